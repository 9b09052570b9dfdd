import { describe, expect, test } from 'vitest';
import {
  AmfCallError,
  AmfClient,
  type AmfClientOptions,
  type AmfNotice,
} from '../../src/amf-gateway/amf-client.ts';
import { AmfGateway } from '../../src/amf-gateway/amf-gateway.ts';
import type { GatewayCall } from '../../src/amf-gateway/gateway-call.ts';
import { answerRequest } from '../../src/amf-gateway/gateway-http.ts';
import { serviceHandlers } from '../../src/amf-gateway/service-handlers.ts';
import {
  type AmfHeader,
  type AmfPacket,
  decodeAmfPacket,
  encodeAmfPacket,
} from '../../src/protocol/amf/amf-packet.ts';
import { type AmfValue, amfObject } from '../../src/protocol/amf/amf-value.ts';
import { CallFault } from '../../src/protocol/amf/call-fault.ts';

const gateway = new AmfGateway({
  handlers: serviceHandlers<GatewayCall<undefined>>({
    echo: (_call, value) => value,
    math: { add: (_call, a, b) => Number(a) + Number(b) },
    fail: () => {
      throw new CallFault('Shop.Closed', 'come back at nine', amfObject({ opens: 9 }));
    },
    work: (call) => {
      call.notify('onProgress', 0.5);
      return 'done';
    },
    forever: () => new Promise(() => {}),
  }),
});

interface Sent {
  readonly url: string;
  readonly packet: AmfPacket;
  readonly authorization: string | null;
}

/** A client of a gateway, and what it has sent. */
function client(
  options: AmfClientOptions = {},
  answer: (request: Request) => Promise<Response> = (request) => answerRequest(gateway, request, undefined),
): AmfClient & { readonly sent: Sent[] } {
  const sent: Sent[] = [];
  const own = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const request = new Request(input, init);
    const packet = decodeAmfPacket(new Uint8Array(await request.clone().arrayBuffer()));
    sent.push({ url: request.url, packet, authorization: request.headers.get('authorization') });
    return answer(request);
  };
  return Object.assign(new AmfClient('http://gateway/amf', { fetch: own, ...options }), { sent });
}

/** A gateway that says exactly this. */
const saying = (packet: Partial<AmfPacket>, init?: ResponseInit) => async (): Promise<Response> =>
  new Response(new Uint8Array(encodeAmfPacket({ version: 0, headers: [], bodies: [], ...packet })), init);

function header(name: string, value: AmfValue): AmfHeader {
  return { name, mustUnderstand: false, value };
}

async function errorOf(call: Promise<unknown>): Promise<AmfCallError> {
  const error = await call.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(error instanceof AmfCallError)) throw new Error(`no AmfCallError: ${error}`);
  return error;
}

describe('calls', () => {
  test.each([0, 3] as const)('a result comes back in version %i', async (version) => {
    const amf = client({ version });
    expect(await amf.call('math.add', [1, 2])).toBe(3);
    expect(await amf.call('echo', [amfObject({ list: [1, 'a', null] })])).toEqual({ list: [1, 'a', null] });
    expect(amf.sent.map(({ packet }) => packet.version)).toEqual([version, version]);
  });

  test('several go in one packet, and each has its own outcome', async () => {
    const amf = client();
    const outcomes = await amf.callAll([
      { name: 'math.add', args: [1, 2] },
      { name: 'fail' },
      { name: 'echo', args: ['x'] },
    ]);
    expect(amf.sent).toHaveLength(1);
    expect(outcomes[0]).toEqual({ status: 'fulfilled', value: 3 });
    expect(outcomes[2]).toEqual({ status: 'fulfilled', value: 'x' });
    const { reason } = outcomes[1] as PromiseRejectedResult;
    expect(reason).toBeInstanceOf(AmfCallError);
    expect(reason).toMatchObject({
      ...{ code: 'Shop.Closed', message: 'come back at nine' },
      information: { level: 'error', details: { opens: 9 } },
    });
  });

  test('what a method says besides its result is told with the call', async () => {
    const notices: AmfNotice[] = [];
    const amf = client({ onNotice: (notice) => notices.push(notice) });
    await amf.callAll([{ name: 'echo' }, { name: 'work' }]);
    expect(notices).toEqual([{ call: 1, method: 'onProgress', value: 0.5 }]);
  });

  test('a value that AMF cannot carry is not sent', async () => {
    const amf = client();
    await expect(amf.call('echo', [1n as unknown as AmfValue])).rejects.toThrow('AMF3 has no bigint');
    expect(amf.sent).toEqual([]);
  });

  test('headers of AMF and of HTTP go with each packet', async () => {
    const amf = client({ httpHeaders: { authorization: 'Bearer x' } });
    amf.setHeader('Credentials', amfObject({ userid: 'joe' }));
    await amf.call('echo');
    amf.removeHeader('Credentials');
    await amf.call('echo');
    expect(amf.sent.map(({ packet }) => packet.headers.map(({ name }) => name))).toEqual([
      ['Credentials'],
      [],
    ]);
    expect(amf.sent.map(({ authorization }) => authorization)).toEqual(['Bearer x', 'Bearer x']);
  });
});

describe('calls without a result', () => {
  test.each([
    { what: 'an answer to no call', packet: { bodies: [] }, message: 'has not answered this call' },
    {
      ...{ what: 'an answer to another call', message: 'has not answered this call' },
      packet: { bodies: [{ target: '/2/onResult', response: '', value: 1 }] },
    },
    {
      ...{ what: 'a fault that says nothing', message: 'says that the call has failed' },
      packet: { bodies: [{ target: '/1/onStatus', response: '', value: null }] },
    },
    {
      ...{ what: 'a target such as no gateway has', message: 'has not answered this call' },
      packet: { bodies: [{ target: '/1e0/onResult', response: '', value: 1 }] },
    },
  ])('$what', async ({ packet, message }) => {
    const error = await errorOf(client({}, saying(packet)).call('echo'));
    expect(error.code).toBe('NetConnection.Call.Failed');
    expect(error.message).toContain(message);
  });

  test.each([
    { what: 'another status', answer: saying({}, { status: 503 }), message: 'HTTP status 503' },
    { what: 'HTML', answer: async () => new Response('<html>'), message: 'the answer is no AMF: version' },
    {
      ...{ what: 'too much', message: 'the answer is too long' },
      answer: async () => new Response(new Uint8Array(2000)),
    },
    {
      ...{ what: 'no connection', message: 'cannot be reached' },
      answer: () => Promise.reject(new TypeError('fetch failed')),
    },
  ])('$what', async ({ answer, message }) => {
    const error = await errorOf(client({ maxAnswerBytes: 1000 }, answer).call('echo'));
    expect(error.message).toContain(message);
    expect(error.information).toBeUndefined();
  });

  test('only the first answer to a call counts', async () => {
    const bodies = [1, 2].map((value) => ({ target: '/1/onResult', response: '', value }));
    expect(await client({}, saying({ bodies })).call('echo')).toBe(1);
  });

  test('an exchange may take so long', async () => {
    const error = await errorOf(client({ timeLimitMs: 20 }, forever).call('forever'));
    expect(error.message).toBe('no answer within 20 ms');
  });

  test('whoever waits may give up', async () => {
    const leaving = new AbortController();
    const call = client({}, forever).call('forever', [], { signal: leaving.signal });
    leaving.abort(new Error('no time'));
    await expect(call).rejects.toThrow('no time');
    await expect(client().call('echo', [], { signal: leaving.signal })).rejects.toThrow('no time');
  });
});

/** Never answers, and gives up as fetch does. */
function forever({ signal }: Request): Promise<Response> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason));
  });
}

describe('what a gateway says of packets to come', () => {
  /** The URLs of three packets, of which the first two are answered with these headers. */
  async function urls(...headers: AmfHeader[]): Promise<string[]> {
    const bodies = ['/1', '/2', '/3'].map((id) => ({ target: `${id}/onResult`, response: '', value: 1 }));
    const amf = client({}, saying({ headers, bodies }));
    for (let i = 0; i < 3; i++) await amf.call('echo');
    return amf.sent.map(({ url }) => url);
  }

  test('AppendToGatewayUrl stands behind the URL, once', async () => {
    const appended = 'http://gateway/amf;jsessionid=1';
    expect(await urls(header('AppendToGatewayUrl', ';jsessionid=1'))).toEqual([
      ...['http://gateway/amf', appended, appended],
    ]);
  });

  test('ReplaceGatewayUrl is another place of the same server', async () => {
    const moved = 'http://gateway/other';
    expect(await urls(header('ReplaceGatewayUrl', '/other'))).toEqual(['http://gateway/amf', moved, moved]);
  });

  test.each([
    header('ReplaceGatewayUrl', 'http://elsewhere/amf'),
    header('ReplaceGatewayUrl', 'https://gateway/amf'),
    header('ReplaceGatewayUrl', '//elsewhere/amf'),
    header('ReplaceGatewayUrl', 'file:///etc/passwd'),
    header('ReplaceGatewayUrl', 'http://[/'),
    header('ReplaceGatewayUrl', 1),
    header('AppendToGatewayUrl', null),
    header('AppendToGatewayUrl', 'x'.repeat(2049)),
  ])('nowhere else: %j', async (odd) => {
    expect(new Set(await urls(odd))).toEqual(new Set(['http://gateway/amf']));
  });

  test('a suffix does not lead to another server', async () => {
    const amf = new AmfClient('http://gateway', {
      fetch: saying({ headers: [header('AppendToGatewayUrl', '@elsewhere')] }),
    });
    await amf.callAll([]);
    expect(new URL(amf.url).host).toBe('gateway');
  });

  test('RequestPersistentHeader goes with each packet from then on', async () => {
    const value = amfObject({ name: 'Session', mustUnderstand: true, data: 'abc' });
    const bodies = ['/1', '/2'].map((id) => ({ target: `${id}/onResult`, response: '', value: 1 }));
    const amf = client({}, saying({ headers: [header('RequestPersistentHeader', value)], bodies }));
    await amf.call('echo');
    await amf.call('echo');
    expect(amf.sent.map(({ packet }) => packet.headers)).toEqual([
      [],
      [{ name: 'Session', mustUnderstand: true, value: 'abc' }],
    ]);
  });

  test('headers that a gateway has its client keep are not without end', async () => {
    let name = 0;
    const many = async (): Promise<Response> => {
      const headers = Array.from({ length: 30 }, () =>
        header('RequestPersistentHeader', amfObject({ name: `h${name++}`, data: 1 })),
      );
      return saying({ headers })();
    };
    const amf = client({}, many);
    for (let i = 0; i < 3; i++) await amf.callAll([]);
    expect(amf.sent[2]?.packet.headers).toHaveLength(32);
  });
});
