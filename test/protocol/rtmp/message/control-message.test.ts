import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  BandwidthLimit,
  decodeAbort,
  decodeAcknowledgement,
  decodeSetChunkSize,
  decodeSetPeerBandwidth,
  decodeWindowAcknowledgementSize,
  encodeSetPeerBandwidth,
  encodeUint32,
} from '../../../../src/protocol/rtmp/message/control-message.ts';
import { hex } from '../../../support/chunk-outcome.ts';

const truncated = expect.objectContaining({ name: 'ProtocolError', code: 'RTMP_PAYLOAD_TRUNCATED' });

describe('Set Chunk Size', () => {
  test.each([
    { wire: '00000001', size: 1 },
    { wire: '00000080', size: 128 },
    { wire: '00400000', size: 4_194_304 },
    { wire: '00ffffff', size: 16_777_215 },
    { wire: '01000000', size: 16_777_215 },
    { wire: '7fffffff', size: 16_777_215 },
    { wire: '0000100000', size: 4096 },
  ])('$wire is $size', ({ wire, size }) => {
    expect(decodeSetChunkSize(hex(wire))).toBe(size);
  });

  test.each(['00000000', '80000000', '80000080', 'ffffffff'])('%s is refused', (wire) => {
    expect(() => decodeSetChunkSize(hex(wire))).toThrowError(
      expect.objectContaining({ name: 'ProtocolError', code: 'RTMP_CHUNK_SIZE_INVALID' }),
    );
  });
});

describe.each([
  { name: 'Abort', decode: decodeAbort },
  { name: 'Acknowledgement', decode: decodeAcknowledgement },
  { name: 'Window Acknowledgement Size', decode: decodeWindowAcknowledgementSize },
])('$name', ({ decode }) => {
  test.each([
    { wire: '00000000', value: 0 },
    { wire: '01020304', value: 0x01020304 },
    { wire: 'ffffffff', value: 0xffffffff },
    { wire: '01020304ff', value: 0x01020304 },
  ])('$wire is $value', ({ wire, value }) => {
    expect(decode(hex(wire))).toBe(value);
    expect(encodeUint32(value).toString('hex')).toBe(wire.slice(0, 8));
  });
});

describe('Set Peer Bandwidth', () => {
  test.each([
    { wire: '002625a000', windowSize: 2_500_000, limitType: BandwidthLimit.hard },
    { wire: '0000000101', windowSize: 1, limitType: BandwidthLimit.soft },
    { wire: 'ffffffff02', windowSize: 0xffffffff, limitType: BandwidthLimit.dynamic },
  ])('$wire', ({ wire, windowSize, limitType }) => {
    expect(decodeSetPeerBandwidth(hex(wire))).toEqual({ windowSize, limitType });
    expect(encodeSetPeerBandwidth(windowSize, limitType).toString('hex')).toBe(wire);
  });

  test('a limit type that nobody knows is passed on', () => {
    expect(decodeSetPeerBandwidth(hex('00000001ff'))).toEqual({ windowSize: 1, limitType: 255 });
  });

  test('without its limit type is too short', () => {
    expect(() => decodeSetPeerBandwidth(hex('002625a0'))).toThrowError(truncated);
  });
});

test.each([
  decodeSetChunkSize,
  decodeAbort,
  decodeAcknowledgement,
  decodeWindowAcknowledgementSize,
  decodeSetPeerBandwidth,
])('%o needs four bytes', (decode) => {
  for (const wire of ['', '00', '0000', '000001']) expect(() => decode(hex(wire))).toThrowError(truncated);
});

test('a number beyond uint32 is sent as its low 32 bits', () => {
  fc.assert(
    fc.property(fc.nat(2 ** 31 - 1), fc.nat(1000), (low, wraps) => {
      expect(encodeUint32(wraps * 2 ** 32 + low).readUInt32BE(0)).toBe(low);
    }),
  );
});
