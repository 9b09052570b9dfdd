import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ByteQueue } from '../../../../src/bytes/byte-queue.ts';
import { ProtocolError } from '../../../../src/errors.ts';
import {
  ClientHandshake,
  type HandshakeStep,
  ServerHandshake,
} from '../../../../src/protocol/rtmp/handshake/handshake.ts';

const partBytes = 1536;
const shared = Buffer.from('f0eec24a8068bee82e00d0d1029e7e576eec5d2d29806fab93b8e636cfeb31ae', 'hex');
const player = Buffer.from('Genuine Adobe Flash Player 001');
const server = Buffer.from('Genuine Adobe Flash Media Server 001');

const schemas = [
  { schema: 'schema 0, key first', offsetBytesAt: 772 },
  { schema: 'schema 1, digest first', offsetBytesAt: 8 },
];

/** Where C1 or S1 has the place of its digest, and what the digest has to be. */
function digestOf(part: Buffer, offsetBytesAt: number, key: Buffer): { at: number; expected: Buffer } {
  const [a = 0, b = 0, c = 0, d = 0] = part.subarray(offsetBytesAt, offsetBytesAt + 4);
  const at = offsetBytesAt + 4 + ((a + b + c + d) % 728);
  const others = Buffer.concat([part.subarray(0, at), part.subarray(at + 32)]);
  return { at, expected: hmac(key, others) };
}

function hmac(key: Buffer, bytes: Buffer): Buffer {
  return createHmac('sha256', key).update(bytes).digest();
}

/** What has to end C2 or S2. */
function signatureOf(answer: Buffer, name: Buffer, peerDigest: Buffer): Buffer {
  return hmac(hmac(Buffer.concat([name, shared]), peerDigest), answer.subarray(0, partBytes - 32));
}

/** C1 or S1 of a peer that nobody here wrote: time, version, bytes of a pattern, and the digest. */
function foreignPart(softwareVersion: number, signed?: { offsetBytesAt: number; key: Buffer }): Buffer {
  const part = Buffer.from(Array.from({ length: partBytes }, (_, i) => (i * 31 + 7) & 0xff));
  part.writeUInt32BE(0x0001e240, 0);
  part.writeUInt32BE(softwareVersion, 4);
  if (signed !== undefined) {
    const { at, expected } = digestOf(part, signed.offsetBytesAt, signed.key);
    expected.copy(part, at);
  }
  return part;
}

const version = Buffer.of(3);
const anyAnswer = Buffer.alloc(partBytes, 0xa5);
const chunks = Buffer.from('0200000000000401000000000000001000', 'hex');

interface Handshake {
  advance(received: ByteQueue): HandshakeStep;
}

/** What came of a handshake that heard these bytes: all it sent, whether it is done, and what it left, or its error. */
function outcome(handshake: Handshake, arrivals: Iterable<Buffer>) {
  const received = new ByteQueue();
  const sent: string[] = [];
  let done = false;
  try {
    for (const bytes of arrivals) {
      received.push(bytes);
      const step = handshake.advance(received);
      if (step.send !== undefined) sent.push(step.send.toString('hex'));
      if (done && !step.done) throw new Error('done, then not done');
      done = step.done;
    }
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return { code: error.code, message: error.message };
  }
  return { sent, done, left: received.peek(received.length)?.toString('hex') };
}

function* everyCut(wire: Buffer): Generator<Buffer[]> {
  for (let at = 0; at <= wire.length; at++) yield [wire.subarray(0, at), wire.subarray(at)];
  yield Array.from(wire, (_, i) => wire.subarray(i, i + 1));
}

const clientForms = [
  { form: 'simple', c1: foreignPart(0) },
  { form: 'a version but no digest', c1: foreignPart(0x0a002d02) },
  {
    form: 'a digest made with the key of a server',
    c1: foreignPart(0x09007c02, { offsetBytesAt: 8, key: server }),
  },
  ...schemas.map(({ schema, offsetBytesAt }) => ({
    form: `digest, ${schema}`,
    c1: foreignPart(0x09007c02, { offsetBytesAt, key: player }),
  })),
];

const serverForms = [
  { form: 'simple', s1: foreignPart(0) },
  { form: 'a version but no digest', s1: foreignPart(0x04050001) },
  ...schemas.map(({ schema, offsetBytesAt }) => ({
    form: `digest, ${schema}`,
    s1: foreignPart(0x04050001, { offsetBytesAt, key: server }),
  })),
];

describe('server', () => {
  test.each(clientForms.slice(0, 3))('answers C1 ($form) in the simple form, S2 being an echo', ({ c1 }) => {
    const received = new ByteQueue();
    received.push(Buffer.concat([version, c1]));
    const { send, done } = new ServerHandshake().advance(received);
    expect(done).toBe(false);
    expect(send?.length).toBe(1 + 2 * partBytes);
    expect(send?.[0]).toBe(3);
    expect(send?.subarray(1, 9).toString('hex')).toBe('0000000000000000'); // time, version
    expect(send?.subarray(1 + partBytes).equals(c1)).toBe(true);
  });

  test.each(schemas)(
    'answers a digest in $schema likewise, and proves in S2 that it read it',
    ({ offsetBytesAt }) => {
      const c1 = foreignPart(0x09007c02, { offsetBytesAt, key: player });
      const received = new ByteQueue();
      received.push(Buffer.concat([version, c1]));
      const { send = Buffer.alloc(0) } = new ServerHandshake().advance(received);
      expect(send.length).toBe(1 + 2 * partBytes);
      expect(send[0]).toBe(3);
      const s1 = send.subarray(1, 1 + partBytes);
      expect(s1.readUInt8(4)).toBeGreaterThanOrEqual(3); // below, ffmpeg looks for no digest
      const ours = digestOf(s1, offsetBytesAt, server);
      expect(s1.subarray(ours.at, ours.at + 32)).toEqual(ours.expected);
      const s2 = send.subarray(1 + partBytes);
      const theirs = digestOf(c1, offsetBytesAt, player).expected;
      expect(s2.subarray(partBytes - 32)).toEqual(signatureOf(s2, server, theirs));
    },
  );

  test.each(clientForms)('$form: says and leaves the same at every cut', ({ c1 }) => {
    const wire = Buffer.concat([version, c1, anyAnswer, chunks]);
    const whole = outcome(new ServerHandshake(), [wire]);
    expect(whole).toMatchObject({ done: true, left: chunks.toString('hex') });
    for (const parts of everyCut(wire)) expect(outcome(new ServerHandshake(), parts)).toEqual(whole);
  });

  test('is silent until C1 is complete, and done with the last byte of C2', () => {
    const received = new ByteQueue();
    const handshake = new ServerHandshake();
    expect(handshake.advance(received)).toEqual({ done: false });
    received.push(Buffer.concat([version, foreignPart(0).subarray(1)]));
    expect(handshake.advance(received)).toEqual({ done: false });
    received.push(Buffer.of(0));
    expect(handshake.advance(received).send?.length).toBe(1 + 2 * partBytes);
    received.push(anyAnswer.subarray(1));
    expect(handshake.advance(received)).toEqual({ done: false });
    expect(received.length).toBe(0); // what arrived of C2 is not kept
    received.push(Buffer.of(0));
    expect(handshake.advance(received)).toEqual({ done: true });
  });

  test('reads nothing more once it is done', () => {
    const handshake = new ServerHandshake();
    const received = new ByteQueue();
    received.push(Buffer.concat([version, foreignPart(0), anyAnswer]));
    expect(handshake.advance(received).done).toBe(true);
    received.push(chunks);
    expect(handshake.advance(received)).toEqual({ done: true });
    expect(received.read(received.length)).toEqual(chunks);
  });

  test('an answer is the own memory of the caller: neither C1 nor that of another connection', () => {
    const c1 = foreignPart(0);
    const ask = () => {
      const received = new ByteQueue();
      received.push(Buffer.concat([version, c1]));
      return new ServerHandshake().advance(received).send ?? Buffer.alloc(0);
    };
    const first = ask();
    const untouched = Buffer.from(first);
    first.fill(0);
    expect(ask()).toEqual(untouched);
  });
});

describe('client', () => {
  test('starts with a digest first, as players do', () => {
    const hello = new ClientHandshake().start();
    expect(hello.length).toBe(1 + partBytes);
    expect(hello[0]).toBe(3);
    const c1 = hello.subarray(1);
    expect(c1.readUInt32BE(4)).not.toBe(0);
    const { at, expected } = digestOf(c1, 8, player);
    expect(c1.subarray(at, at + 32)).toEqual(expected);
  });

  test('starts without a digest on request', () => {
    const hello = new ClientHandshake({ digest: false }).start();
    expect(hello.length).toBe(1 + partBytes);
    expect(hello.subarray(0, 9).toString('hex')).toBe('030000000000000000');
  });

  test.each(schemas)('signs C2 for S1 with a digest in $schema', ({ offsetBytesAt }) => {
    const s1 = foreignPart(0x04050001, { offsetBytesAt, key: server });
    const received = new ByteQueue();
    received.push(Buffer.concat([version, s1]));
    const { send: c2 = Buffer.alloc(0), done } = new ClientHandshake().advance(received);
    expect(done).toBe(false);
    expect(c2.length).toBe(partBytes);
    const theirs = digestOf(s1, offsetBytesAt, server).expected;
    expect(c2.subarray(partBytes - 32)).toEqual(signatureOf(c2, player, theirs));
  });

  test.each([
    { digest: true, s1: foreignPart(0), to: 'a simple server' },
    { digest: true, s1: foreignPart(0x04050001), to: 'a version without a digest' },
    {
      digest: false,
      s1: foreignPart(0x04050001, { offsetBytesAt: 8, key: server }),
      to: 'a digest it did not ask for',
    },
  ])('digest $digest: C2 is an echo to $to', ({ digest, s1 }) => {
    const arrived = Buffer.concat([version, s1]);
    const received = new ByteQueue();
    received.push(arrived);
    const { send } = new ClientHandshake({ digest }).advance(received);
    arrived.fill(0); // C2 is a copy: received memory is not kept
    expect(send).toEqual(s1);
  });

  test.each(serverForms)('$form: says and leaves the same at every cut', ({ s1 }) => {
    const wire = Buffer.concat([version, s1, anyAnswer, chunks]);
    const whole = outcome(new ClientHandshake(), [wire]);
    expect(whole).toMatchObject({ done: true, left: chunks.toString('hex') });
    for (const parts of everyCut(wire)) expect(outcome(new ClientHandshake(), parts)).toEqual(whole);
  });
});

test.each([{ digest: true }, { digest: false }])('server and client agree, %o', (options) => {
  const client = new ClientHandshake(options);
  const toServer = new ByteQueue();
  const toClient = new ByteQueue();
  const server = new ServerHandshake();
  toServer.push(client.start());
  const greeted = server.advance(toServer);
  toClient.push(greeted.send ?? Buffer.alloc(0));
  toClient.push(chunks);
  const answered = client.advance(toClient);
  expect(answered.done).toBe(true);
  toServer.push(Buffer.concat([answered.send ?? Buffer.alloc(0), chunks]));
  expect(server.advance(toServer)).toEqual({ done: true });
  expect(toServer.read(toServer.length)).toEqual(chunks);
  expect(toClient.read(toClient.length)).toEqual(chunks);
});

describe.each([
  { side: 'server', create: () => new ServerHandshake() },
  { side: 'client', create: () => new ClientHandshake() },
])('$side, hostile', ({ create }) => {
  test.each([
    { wire: '0d', code: 'RTMP_HANDSHAKE_NOT_RTMP', hint: 'looks like the PROXY protocol' },
    { wire: '16', code: 'RTMP_HANDSHAKE_NOT_RTMP', hint: 'looks like TLS: use rtmps:// or the TLS port' },
    { wire: '160301', code: 'RTMP_HANDSHAKE_NOT_RTMP', hint: 'looks like TLS' },
    { wire: '15030100020246', code: 'RTMP_HANDSHAKE_NOT_RTMP', hint: 'looks like TLS' },
    ...[
      'G',
      'GET / HTTP/1.1',
      'P',
      'POST /open/1',
      'PUT ',
      'H',
      'HEAD',
      'HTTP/1.1 400',
      'O',
      'OPTI',
      'D',
    ].map((text) => ({
      wire: Buffer.from(text).toString('hex'),
      code: 'RTMP_HANDSHAKE_NOT_RTMP',
      hint: 'looks like HTTP',
    })),
    { wire: '06', code: 'RTMP_HANDSHAKE_INVALID', hint: 'version 6: encrypted RTMPE is not supported' },
    { wire: '08', code: 'RTMP_HANDSHAKE_INVALID', hint: 'version 8: encrypted RTMPE is not supported' },
    { wire: '00', code: 'RTMP_HANDSHAKE_INVALID', hint: 'version 0' },
    { wire: '02', code: 'RTMP_HANDSHAKE_INVALID', hint: 'version 2' },
    { wire: '04', code: 'RTMP_HANDSHAKE_INVALID', hint: 'version 4' },
    { wire: 'ff', code: 'RTMP_HANDSHAKE_INVALID', hint: 'version 255' },
  ])('refuses $wire at its first byte with $code, $hint', ({ wire, code, hint }) => {
    const bytes = Buffer.from(wire, 'hex');
    const expected = { code, message: expect.stringContaining(hint) };
    for (const parts of [[bytes], [bytes.subarray(0, 1)], Array.from(bytes, (byte) => Buffer.of(byte))]) {
      expect(outcome(create(), parts)).toEqual(expected);
    }
  });

  test('says the same again when asked again', () => {
    const received = new ByteQueue();
    received.push(Buffer.of(4));
    const handshake = create();
    expect(() => handshake.advance(received)).toThrow(ProtocolError);
    expect(() => handshake.advance(received)).toThrow(ProtocolError);
  });

  test('any bytes, cut anywhere, give the same steps or the same ProtocolError', () => {
    const greeting = fc.tuple(
      fc.oneof(
        { weight: 9, arbitrary: fc.constant(3) },
        { weight: 1, arbitrary: fc.integer({ min: 0, max: 255 }) },
      ),
      fc.oneof(
        fc.uint8Array({ maxLength: 2 * partBytes, size: 'max' }),
        fc.uint8Array({ minLength: 2 * partBytes, maxLength: 2 * partBytes + 40, size: 'max' }),
      ),
    );
    const cuts = fc.array(fc.nat({ max: 2 * partBytes + 40 }), { maxLength: 12 });
    fc.assert(
      fc.property(greeting, cuts, ([first, rest], places) => {
        const wire = Buffer.from([first, ...rest]);
        const ends = [...places.sort((a, b) => a - b), wire.length];
        const parts = ends.map((end, i) => wire.subarray(ends[i - 1] ?? 0, end));
        const whole = outcome(create(), [wire]);
        expect(outcome(create(), parts)).toEqual(whole);
        if (first !== 3) expect(whole).toHaveProperty('code');
        else expect(whole).toHaveProperty('done', wire.length >= 1 + 2 * partBytes);
      }),
    );
  });
});
