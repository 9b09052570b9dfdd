import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AmfGateway, type AmfGatewayOptions } from '../../src/amf-gateway/amf-gateway.ts';
import type { GatewayCall } from '../../src/amf-gateway/gateway-call.ts';
import { type Services, serviceHandlers } from '../../src/amf-gateway/service-handlers.ts';
import {
  type AmfBody,
  type AmfHeader,
  type AmfPacket,
  decodeAmfPacket,
  encodeAmfPacket,
} from '../../src/protocol/amf/amf-packet.ts';
import { type AmfValue, amfObject } from '../../src/protocol/amf/amf-value.ts';
import { CallFault } from '../../src/protocol/amf/call-fault.ts';
import { amf3Value } from '../support/amf-values.ts';
import { faultOf } from '../support/protocol-fault.ts';

interface Scene {
  readonly gateway: AmfGateway<string>;
  readonly failures: unknown[];
  /** Lets the time pass that the first call which still runs may take. */
  timeOut(): void;
}

function scene(
  services: Services<GatewayCall<string>>,
  more: Partial<AmfGatewayOptions<string>> = {},
): Scene {
  const failures: unknown[] = [];
  const timers = new Set<() => void>();
  const gateway = new AmfGateway<string>({
    handlers: serviceHandlers(services),
    onFailed: (error) => failures.push(error),
    after: (_ms, callback) => {
      timers.add(callback);
      return () => timers.delete(callback);
    },
    ...more,
  });
  const timeOut = (): void => {
    const [first] = timers;
    first?.();
  };
  return { gateway, failures, timeOut };
}

function call(target: string, args: AmfValue = [], response = '/1'): AmfBody {
  return { target, response, value: args };
}

/** What a gateway answers, and nothing else than the packet. */
async function exchange(
  { gateway }: Scene,
  bodies: readonly AmfBody[],
  { version = 3, headers = [] }: Partial<AmfPacket> = {},
  signal?: AbortSignal,
): Promise<AmfPacket> {
  const answer = await gateway.answer(encodeAmfPacket({ version, headers, bodies }), 'somebody', signal);
  return decodeAmfPacket(answer);
}

/** Target and value of each body. */
async function told(...args: Parameters<typeof exchange>): Promise<[string, AmfValue][]> {
  const { bodies } = await exchange(...args);
  return bodies.map(({ target, value }) => [target, value]);
}

const failed = (description: string) =>
  amfObject({ level: 'error', code: 'NetConnection.Call.Failed', description });

const math = { add: (_call: unknown, a: AmfValue, b: AmfValue) => Number(a) + Number(b) };

describe('calls', () => {
  test.each([0, 3] as const)('of version %i are answered in the same version', async (version) => {
    const answer = await exchange(scene({ math }), [call('math.add', [1, 2])], { version });
    expect(answer).toStrictEqual({
      ...{ version, headers: [] },
      bodies: [{ target: '/1/onResult', response: 'null', value: 3 }],
    });
  });

  test('all are run, also where one fails, and are answered in their order', async () => {
    const slow = Promise.withResolvers<AmfValue>();
    const services = {
      math,
      slow: () => slow.promise,
      fail: () => {
        slow.resolve('late');
        throw new Error('the password is in /etc/secret');
      },
      refuse: () => {
        throw new CallFault('Shop.Closed', 'come back at nine', amfObject({ opens: 9 }));
      },
    };
    const all = scene(services);
    const calls = ['slow', 'fail', 'refuse', 'nothing', 'math.add'].map((name, i) =>
      call(name, [1, 2], `/${i + 1}`),
    );
    expect(await told(all, calls)).toStrictEqual([
      ['/1/onResult', 'late'],
      ['/2/onStatus', failed('the call has failed')],
      [
        '/3/onStatus',
        amfObject({
          ...{ level: 'error', code: 'Shop.Closed', description: 'come back at nine' },
          details: amfObject({ opens: 9 }),
        }),
      ],
      ['/4/onStatus', failed('there is no method "nothing"')],
      ['/5/onResult', 3],
    ]);
    expect(all.failures).toHaveLength(1);
    expect(String(all.failures[0])).toContain('/etc/secret');
  });

  test('a call may take so long; what comes later is ignored', async () => {
    const slow = Promise.withResolvers<AmfValue>();
    const begun = Promise.withResolvers<AbortSignal>();
    const patient = scene({
      slow: ({ signal }) => {
        begun.resolve(signal);
        return slow.promise;
      },
      math,
    });
    const answer = told(patient, [call('slow'), call('math.add', [1, 1], '/2')]);
    const signal = await begun.promise;
    expect(signal.aborted).toBe(false);
    patient.timeOut();
    expect(signal.aborted).toBe(true);
    slow.resolve('too late');
    expect(await answer).toStrictEqual([
      ['/1/onStatus', failed('the call took longer than 10000 ms')],
      ['/2/onResult', 2],
    ]);
    expect(patient.failures).toEqual([]);
  });

  test('a client that goes aborts its calls', async () => {
    const begun = Promise.withResolvers<AbortSignal>();
    const waiting = scene({
      forever: ({ signal }) => {
        begun.resolve(signal);
        return new Promise(() => {});
      },
    });
    const client = new AbortController();
    const answer = exchange(waiting, [call('forever')], {}, client.signal);
    const signal = await begun.promise;
    client.abort(new Error('gone'));
    await expect(answer).rejects.toThrow('gone');
    expect(signal.aborted).toBe(true);
    expect(waiting.failures).toEqual([]);
    await expect(exchange(waiting, [call('forever')], {}, client.signal)).rejects.toThrow('gone');
  });

  test('a method may call methods of whoever waits for the answer, before it is there', async () => {
    let lateNotice: () => void = () => {};
    const services: Services<GatewayCall<string>> = {
      work: (call) => {
        call.notify('onProgress', 1);
        call.notify('onProgress', 2);
        lateNotice = () => call.notify('onProgress', 3);
        return 'done';
      },
    };
    const answer = told(scene(services), [call('work', [], '/7')]);
    const bodies = await answer;
    lateNotice();
    expect(bodies).toStrictEqual([
      ['/7/onProgress', 1],
      ['/7/onProgress', 2],
      ['/7/onResult', 'done'],
    ]);
  });

  test.each([
    { what: 'a function', result: () => 1 },
    { what: 'a bigint', result: 1n },
    { what: 'an array with one', result: [1n] },
  ])('$what as a result fails its call and no other', async ({ result }) => {
    const odd = scene({ math, odd: () => result as unknown as AmfValue });
    expect(await told(odd, [call('odd'), call('math.add', [1, 1], '/2')])).toStrictEqual([
      ['/1/onStatus', failed('the call has failed')],
      ['/2/onResult', 2],
    ]);
    expect(odd.failures).toHaveLength(1);
  });

  test('details of a fault that AMF cannot carry fail nothing else', async () => {
    const odd = scene({
      odd: () => {
        throw new CallFault('Odd', 'odd', 1n as unknown as AmfValue);
      },
    });
    expect(await told(odd, [call('odd')])).toStrictEqual([['/1/onStatus', failed('the call has failed')]]);
  });

  test('a value that is shared or cyclic goes and comes as it is', async () => {
    const echo = scene({ echo: (_call, value) => value });
    const node = amfObject({ name: 'a' });
    node['self'] = node;
    for (const version of [0, 3] as const) {
      const [[, again] = []] = await told(echo, [call('echo', [node])], { version });
      expect((again as typeof node)['self']).toBe(again);
    }
  });

  test('arguments that are no array are one argument', async () => {
    const echo = scene({ count: (_call, ...args) => args.length });
    expect(await told(echo, [call('count', 'one')])).toEqual([['/1/onResult', 1]]);
  });
});

describe('names', () => {
  class Inherited {
    add(): number {
      return 1;
    }
  }
  const calls: string[] = [];
  const services = {
    plain: { method: () => 'ok' },
    instance: new Inherited(),
    accessor: {
      get method(): () => string {
        calls.push('accessor');
        return () => 'ok';
      },
    },
    values: { number: 1, list: [() => 'ok'] },
    'com.example.Math': { add: () => 'ok' },
    lone: () => 'ok',
  } as unknown as Services<GatewayCall<string>>;

  test.each(['plain.method', 'com.example.Math.add', 'lone'])('%s is a method', async (name) => {
    expect(await told(scene(services), [call(name)])).toEqual([['/1/onResult', 'ok']]);
  });

  test.each([
    'instance.add',
    'instance.constructor',
    'accessor.method',
    'plain.constructor',
    'plain.toString',
    'plain.__proto__',
    'plain.hasOwnProperty',
    'plain.__defineGetter__',
    'plain.method.constructor',
    'plain.method.call',
    'lone.call',
    'lone.constructor',
    'values.number',
    'values.list.0',
    'constructor',
    '__proto__.toString',
    'constructor.constructor',
    'toString',
    'plain',
    'plain.',
    '.method',
    '.',
    '',
  ])('%j is none', async (name) => {
    const [[target, status] = []] = await told(scene(services), [call(name)]);
    expect(target).toBe('/1/onStatus');
    expect(status).toStrictEqual(failed(`there is no method ${JSON.stringify(name)}`));
    expect(calls).toEqual([]);
  });

  test('a long one is not repeated', async () => {
    const [[, status] = []] = await told(scene({}), [call('x'.repeat(1000))]);
    expect((status as { description: string }).description).toHaveLength(121);
  });
});

describe('headers', () => {
  const header = (name: string, mustUnderstand: boolean, value: AmfValue = null): AmfHeader => ({
    ...{ name, mustUnderstand, value },
  });
  const whoIs = { who: ({ client }: { readonly client: string }) => client };

  test('one that need not be understood is passed over', async () => {
    const headers = [header('Odd', false)];
    expect(await told(scene(whoIs), [call('who')], { headers })).toEqual([['/1/onResult', 'somebody']]);
  });

  test('one that must be understood and is not fails every call, and none is run', async () => {
    let runs = 0;
    const counted = scene({ count: () => ++runs });
    const headers = [header('Odd', true)];
    const status = failed('the header "Odd" is not understood here');
    expect(await told(counted, [call('count'), call('count', [], '/2')], { headers })).toStrictEqual([
      ['/1/onStatus', status],
      ['/2/onStatus', status],
    ]);
    expect(runs).toBe(0);
  });

  test('Credentials can say who calls, and be wrong', async () => {
    const headers = {
      Credentials: (value: AmfValue) => {
        const { userid, password } = value as { userid: string; password: string };
        if (password !== 'right') throw new CallFault('Server.Authentication', 'the password is wrong');
        return Promise.resolve(userid);
      },
    };
    const guarded = scene(whoIs, { headers });
    const shown = (password: string) => [header('Credentials', true, amfObject({ userid: 'joe', password }))];
    expect(await told(guarded, [call('who')], { headers: shown('right') })).toEqual([['/1/onResult', 'joe']]);
    expect(await told(guarded, [call('who')], { headers: shown('wrong') })).toStrictEqual([
      [
        '/1/onStatus',
        amfObject({ level: 'error', code: 'Server.Authentication', description: 'the password is wrong' }),
      ],
    ]);
  });

  test.each(['constructor', '__proto__', 'toString'])('%s has no handler by inheritance', async (name) => {
    const [[target] = []] = await told(scene(whoIs), [call('who')], { headers: [header(name, true)] });
    expect(target).toBe('/1/onStatus');
  });

  test('they may take so long', async () => {
    const begun = Promise.withResolvers<void>();
    const slow = scene(whoIs, {
      headers: {
        Slow: () => {
          begun.resolve();
          return new Promise(() => {});
        },
      },
    });
    const answer = told(slow, [call('who')], { headers: [header('Slow', false)] });
    await begun.promise;
    slow.timeOut();
    expect(await answer).toStrictEqual([['/1/onStatus', failed('the headers took longer than 10000 ms')]]);
  });
});

describe('packets', () => {
  test.each([
    { what: 'version 1', wire: '000100000000', code: 'AMF_PACKET_INVALID' },
    { what: 'nothing', wire: '', code: 'AMF_TRUNCATED' },
    { what: 'half of one', wire: '00030000', code: 'AMF_TRUNCATED' },
  ])('$what is refused as a whole: $code', async ({ wire, code }) => {
    const { gateway } = scene({});
    expect(faultOf(() => gateway.decode(Buffer.from(wire, 'hex')))?.code).toBe(code);
    await expect(gateway.answer(Buffer.from(wire, 'hex'), '')).rejects.toThrow();
  });

  test('whatever is called with whatever, there is one answer to each call, and nothing is failed for lack of care', async () => {
    const name = fc.oneof(fc.constantFrom('echo', 'null', '', 'a.echo', '__proto__.echo'), fc.string());
    const body = fc.record({
      target: name,
      response: fc.constantFrom('/1', '', 'null'),
      value: fc.oneof(amf3Value, fc.array(amf3Value, { maxLength: 3 })),
    });
    const services = { echo: (_call: unknown, value: AmfValue) => value };
    await fc.assert(
      fc.asyncProperty(
        fc.array(body, { maxLength: 3 }),
        fc.constantFrom<0 | 3>(0, 3),
        async (bodies, version) => {
          const echo = scene({ ...services, a: services });
          const answer = await exchange(echo, bodies, { version });
          expect(answer.bodies).toHaveLength(bodies.length);
          expect(echo.failures).toEqual([]);
        },
      ),
      { numRuns: 300 },
    );
  });

  test('an empty one is answered by an empty one', async () => {
    expect(await exchange(scene({}), [])).toEqual({ version: 3, headers: [], bodies: [] });
  });

  test('limits can be given', () => {
    const { gateway } = scene({}, { limits: { maxBodies: 1 } });
    const packet = encodeAmfPacket({ version: 0, headers: [], bodies: [call('a'), call('b')] });
    expect(faultOf(() => gateway.decode(packet))?.code).toBe('AMF_PACKET_INVALID');
  });
});
