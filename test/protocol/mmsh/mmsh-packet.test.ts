import { expect, test } from 'vitest';
import {
  encodeMmshChange,
  encodeMmshEnd,
  encodeMmshHeader,
  encodeMmshNotice,
  MAX_MMSH_PAYLOAD_BYTES,
  MmshEndReason,
  MmshPacketId,
  mmshDataBytes,
  writeMmshData,
} from '../../../src/protocol/mmsh/mmsh-packet.ts';

const hex = (wire: string): Buffer => Buffer.from(wire.replaceAll(' ', ''), 'hex');

function encodeData(locationId: number, afFlags: number, payload: Buffer): Buffer {
  const packet = Buffer.alloc(mmshDataBytes(payload.length), 0xee);
  writeMmshData(packet, 0, MmshPacketId.data, locationId, afFlags, payload.length);
  payload.copy(packet, mmshDataBytes(0));
  return packet;
}

test.each([
  ['a header', encodeMmshHeader(hex('0001020304')), '24 48 0d 00 | 00 00 00 00 00 0c 0d 00 | 00 01 02 03 04'],
  [
    'the first data packet',
    encodeData(0, 0, hex('0001020304')),
    '24 44 0d 00 | 00 00 00 00 00 00 0d 00 | 00 01 02 03 04',
  ],
  [
    'the last number that a data packet can have',
    encodeData(2 ** 32 - 1, 0x1ff, hex('01')),
    '24 44 09 00 | ff ff ff ff 00 ff 09 00 | 01',
  ],
  ['the end', encodeMmshEnd(MmshEndReason.over), '24 45 04 00 | 00 00 00 00'],
  ['an end that more follows', encodeMmshEnd(MmshEndReason.moreFollows), '24 45 04 00 | 01 00 00 00'],
  ['a stream change', encodeMmshChange(), '24 43 04 00 | 00 00 00 00'],
  ['a notice', encodeMmshNotice(hex('0203')), '24 4e 02 00 | 02 03'],
])('writes %s', (_, bytes, wire) => {
  expect(bytes.toString('hex')).toBe(wire.replaceAll(/[ |]/g, ''));
});

test.each([
  ['nothing', 0, ['0c']],
  ['what fills a packet', MAX_MMSH_PAYLOAD_BYTES, ['0c']],
  ['a byte more than a packet holds', MAX_MMSH_PAYLOAD_BYTES + 1, ['04', '08']],
  ['what fills three packets', 3 * MAX_MMSH_PAYLOAD_BYTES, ['04', '00', '08']],
])('cuts a header of %s into pieces of AFFlags', (_, size, afFlags) => {
  const header = Buffer.from(Uint8Array.from({ length: size }, (_byte, i) => i % 251));
  const wire = encodeMmshHeader(header);
  const pieces: Buffer[] = [];
  const seen: string[] = [];
  for (let at = 0; at < wire.length; ) {
    const framed = wire.readUInt16LE(at + 2);
    expect(wire.toString('latin1', at, at + 2)).toBe('$H');
    expect(wire.readUInt32LE(at + 4)).toBe(pieces.length);
    expect(wire.readUInt16LE(at + 10)).toBe(framed);
    seen.push(wire.toString('hex', at + 9, at + 10));
    pieces.push(wire.subarray(at + 12, at + 4 + framed));
    at += 4 + framed;
  }
  expect(seen).toEqual(afFlags);
  expect(Buffer.concat(pieces).equals(header)).toBe(true);
});
