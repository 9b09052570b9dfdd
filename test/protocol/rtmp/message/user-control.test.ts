import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  decodeUserControl,
  encodeUserControl,
  UserControlEvent,
} from '../../../../src/protocol/rtmp/message/user-control.ts';
import { hex } from '../../../support/chunk-outcome.ts';

test.each([
  { name: 'Stream Begin', wire: '0000 00000001', event: UserControlEvent.streamBegin, value: 1 },
  { name: 'Stream EOF', wire: '0001 00000001', event: UserControlEvent.streamEof, value: 1 },
  { name: 'Stream Dry', wire: '0002 ffffffff', event: UserControlEvent.streamDry, value: 0xffffffff },
  { name: 'Stream Is Recorded', wire: '0004 00000001', event: UserControlEvent.streamIsRecorded, value: 1 },
  { name: 'ping request', wire: '0006 01020304', event: UserControlEvent.pingRequest, value: 0x01020304 },
  { name: 'ping response', wire: '0007 fedcba98', event: UserControlEvent.pingResponse, value: 0xfedcba98 },
  { name: 'buffer empty', wire: '001f 00000001', event: UserControlEvent.bufferEmpty, value: 1 },
  { name: 'buffer ready', wire: '0020 00000001', event: UserControlEvent.bufferReady, value: 1 },
])('$name', ({ wire, event, value }) => {
  expect(decodeUserControl(hex(wire))).toEqual({ event, value, bufferLengthMs: 0 });
  expect(encodeUserControl(event, value)).toEqual(hex(wire));
});

test('Set Buffer Length', () => {
  const wire = hex('0003 00000001 00000bb8');
  expect(decodeUserControl(wire)).toEqual({ event: 3, value: 1, bufferLengthMs: 3000 });
  expect(encodeUserControl(UserControlEvent.setBufferLength, 1, 3000)).toEqual(wire);
});

test.each([
  { what: 'an event that nobody knows', wire: '001a 00', read: { event: 26, value: 0, bufferLengthMs: 0 } },
  { what: 'an event without its bytes', wire: '0006', read: { event: 6, value: 0, bufferLengthMs: 0 } },
  { what: 'half a value', wire: '0006 0102', read: { event: 6, value: 0, bufferLengthMs: 0 } },
  {
    what: 'half a buffer length',
    wire: '0003 00000001 0000',
    read: { event: 3, value: 1, bufferLengthMs: 0 },
  },
])('$what is read as far as it goes', ({ wire, read }) => {
  expect(decodeUserControl(hex(wire))).toEqual(read);
});

test.each(['', '00'])('"%s" has no event', (wire) => {
  expect(() => decodeUserControl(hex(wire))).toThrowError(
    expect.objectContaining({ name: 'ProtocolError', code: 'RTMP_PAYLOAD_TRUNCATED' }),
  );
});

test('any two bytes or more are read', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 2, maxLength: 12 }), (payload) => {
      expect(decodeUserControl(Buffer.from(payload)).event).toBeLessThan(0x10000);
    }),
  );
});
