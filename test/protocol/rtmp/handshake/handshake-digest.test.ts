import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  answerSignature,
  DigestSchema,
  findDigest,
  handshakePartBytes,
  playerKey,
  serverKey,
  writeDigest,
} from '../../../../src/protocol/rtmp/handshake/handshake-digest.ts';

/** The same facts once more, byte by byte: slow and obvious. */
const sharedBytes = [
  0xf0, 0xee, 0xc2, 0x4a, 0x80, 0x68, 0xbe, 0xe8, 0x2e, 0x00, 0xd0, 0xd1, 0x02, 0x9e, 0x7e, 0x57, 0x6e, 0xec,
  0x5d, 0x2d, 0x29, 0x80, 0x6f, 0xab, 0x93, 0xb8, 0xe6, 0x36, 0xcf, 0xeb, 0x31, 0xae,
];
const ascii = (text: string) => Array.from(text, (letter) => letter.charCodeAt(0));
const playerName = ascii('Genuine Adobe Flash Player 001');
const serverName = ascii('Genuine Adobe Flash Media Server 001');

function hmac(key: readonly number[], bytes: readonly number[]): number[] {
  return [...createHmac('sha256', Uint8Array.from(key)).update(Uint8Array.from(bytes)).digest()];
}

function expectedDigest(part: readonly number[], offsetBytesAt: number, key: readonly number[]) {
  let sum = 0;
  for (let i = 0; i < 4; i++) sum += part[offsetBytesAt + i] ?? Number.NaN;
  const at = offsetBytesAt + 4 + (sum % 728);
  const covered = part.filter((_, i) => i < at || i >= at + 32);
  return { at, digest: hmac(key, covered) };
}

const schemas = [
  { order: 'key first', schema: DigestSchema.keyFirst, offsetBytesAt: 772 },
  { order: 'digest first', schema: DigestSchema.digestFirst, offsetBytesAt: 8 },
];
const sides = [
  { side: 'player', key: playerKey, name: playerName },
  { side: 'server', key: serverKey, name: serverName },
];
const cases = schemas.flatMap((schema) => sides.map((side) => ({ ...schema, ...side })));

/** Bytes of C1 or S1 with a version that is not zero. */
const anyPart = fc
  .uint8Array({ minLength: handshakePartBytes, maxLength: handshakePartBytes })
  .map((bytes) => {
    const part = Buffer.from(bytes);
    part.writeUInt32BE(0x09007c02, 4);
    return part;
  });

describe.each(cases)('$order, key of the $side', ({ schema, offsetBytesAt, key, name }) => {
  test('the digest is the HMAC of all other bytes, at the place that the four bytes name', () => {
    fc.assert(
      fc.property(anyPart, (part) => {
        const expected = expectedDigest([...part], offsetBytesAt, name);
        const before = Buffer.from(part);
        writeDigest(part, schema, key);
        expect([...part.subarray(expected.at, expected.at + 32)]).toEqual(expected.digest);
        part.copy(before, expected.at, expected.at, expected.at + 32);
        expect(part.equals(before)).toBe(true); // and nothing else was touched
        expect(findDigest(part, key)).toEqual({ schema, digest: Buffer.from(expected.digest) });
      }),
    );
  });

  test.each([
    { sum: 0, bytes: '00000000', at: 4 },
    { sum: 727, bytes: 'ffffd900', at: 4 + 727 },
    { sum: 728, bytes: 'ffffda00', at: 4 },
    { sum: 1020, bytes: 'ffffffff', at: 4 + 292 },
  ])('offset bytes with the sum $sum', ({ bytes, at }) => {
    const part = Buffer.alloc(handshakePartBytes, 0x5a);
    part.write(bytes, offsetBytesAt, 'hex');
    writeDigest(part, schema, key);
    const found = findDigest(part, key)?.digest;
    expect(found?.byteOffset).toBe(part.byteOffset + offsetBytesAt + at);
  });

  test('any changed byte makes it another part', () => {
    const part = Buffer.alloc(handshakePartBytes, 0x5a);
    writeDigest(part, schema, key);
    for (let i = 0; i < part.length; i++) {
      part.writeUInt8(part.readUInt8(i) ^ 1, i);
      expect(findDigest(part, key), `byte ${i}`).toBeUndefined();
      part.writeUInt8(part.readUInt8(i) ^ 1, i);
    }
    expect(findDigest(part, key)?.schema).toBe(schema);
  });

  test('the key of the other side does not fit', () => {
    const part = Buffer.alloc(handshakePartBytes, 0x5a);
    writeDigest(part, schema, key);
    expect(findDigest(part, key === playerKey ? serverKey : playerKey)).toBeUndefined();
  });

  test('a right digest under the version zero is none', () => {
    const part = Buffer.alloc(handshakePartBytes, 0x5a);
    part.writeUInt32BE(0, 4);
    writeDigest(part, schema, key);
    expect(findDigest(part, key)).toBeUndefined();
  });
});

test.each(sides)(
  'the answer of the $side is signed with the long key and the digest of its peer',
  ({ key, name }) => {
    const bytes = (size: number) => fc.uint8Array({ minLength: size, maxLength: size });
    fc.assert(
      fc.property(bytes(1504), bytes(32), (noise, peerDigest) => {
        const signature = answerSignature(Buffer.from(noise), Buffer.from(peerDigest), key);
        expect([...signature]).toEqual(hmac(hmac([...name, ...sharedBytes], [...peerDigest]), [...noise]));
      }),
    );
  },
);
