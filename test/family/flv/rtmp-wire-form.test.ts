import { expect, test } from 'vitest';
import { rtmpWireForm } from '../../../src/family/flv/rtmp-wire-form.ts';
import { frames } from '../../support/fake-media.ts';
import { packFrames } from '../../support/pack-frames.ts';

const all = { messageStreamId: 1, audio: true, video: true };

test('is one object for what is the same on the wire', () => {
  expect(rtmpWireForm({ ...all })).toBe(rtmpWireForm({ ...all }));
  expect(rtmpWireForm({ ...all, messageStreamId: 2 })).not.toBe(rtmpWireForm(all));
  expect(rtmpWireForm({ ...all, video: false }).packing.hasVideo).toBe(false);
});

test.each([
  { what: 'audio', script: 'A7@4660', wire: '04 001234 000006 08 01000000 af01 00000007' },
  {
    what: 'metadata, always at 0',
    script: 'M7@16777216',
    wire: '05 000000 000011 12 01000000 02000a6f6e4d65746144617461 00000007',
  },
  { what: 'video', script: 'P7@0', wire: '06 000000 000009 09 01000000 2701000000 00000007' },
  {
    what: 'an extended timestamp',
    script: `A7@${0xff_ffff}`,
    wire: '04 ffffff 000006 08 01000000 00ffffff af01 00000007',
  },
  { what: '0xFFFFFE', script: 'A7@16777214', wire: '04 fffffe 000006 08 01000000 af01 00000007' },
  { what: 'the last', script: 'A7@4294967295', wire: '04 ffffff 000006 08 01000000 ffffffff af01 00000007' },
])('packs $what', ({ script, wire }) => {
  expect(packFrames(rtmpWireForm(all).packing, frames(script)).toString('hex')).toBe(
    wire.replaceAll(' ', ''),
  );
});

test.each([
  { wish: { audio: true, video: true }, includes: [true, true, true, true, true] },
  { wish: { audio: false, video: true }, includes: [true, false, false, true, true] },
  { wish: { audio: true, video: false }, includes: [true, true, true, false, false] },
  { wish: { audio: false, video: false }, includes: [true, false, false, false, false] },
])('includes what was asked for: $wish', ({ wish, includes }) => {
  const { packing } = rtmpWireForm({ messageStreamId: 1, ...wish });
  expect(frames('M1@0 AH1@0 A1@0 VH1@0 K1@0').map((frame) => packing.includes(frame))).toEqual(includes);
});
