import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FourCc } from '../../../src/protocol/flv/fourcc.ts';
import {
  decodeVideoMessage,
  encodeVideoMessage,
  type VideoMessage,
} from '../../../src/protocol/flv/video-message.ts';
import { decodeVideoTagHeader, VideoFrameType } from '../../../src/protocol/flv/video-tag-header.ts';
import { bbbTags } from '../../support/media.ts';

const { key, inter } = VideoFrameType;
const data = Buffer.from('aabb', 'hex');
const track = { trackId: 0, fourCc: FourCc.hevc, compositionTimeMs: 0, data } as const;
const enhanced = { form: 'enhanced', packet: 'codedFrames', frameType: inter, timestampOffsetNs: 0 } as const;

test.each<{ form: string; wire: string; message: VideoMessage }>([
  {
    form: 'an AVC keyframe, shown 80 ms later',
    wire: '17 01 000050 aabb',
    message: {
      form: 'legacy',
      packet: 'codedFrames',
      frameType: key,
      codecId: 7,
      compositionTimeMs: 80,
      data,
    },
  },
  {
    form: 'a frame that is shown earlier',
    wire: '27 01 ffffff aabb',
    message: {
      form: 'legacy',
      packet: 'codedFrames',
      frameType: inter,
      codecId: 7,
      compositionTimeMs: -1,
      data,
    },
  },
  {
    form: 'a frame of a codec without packet types',
    wire: '24 aabb',
    message: {
      form: 'legacy',
      packet: 'codedFrames',
      frameType: inter,
      codecId: 4,
      compositionTimeMs: 0,
      data,
    },
  },
  {
    form: 'a sequence start of HEVC',
    wire: '90 68766331 aabb',
    message: { ...enhanced, packet: 'sequenceStart', frameType: key, tracks: [track] },
  },
  {
    form: 'coded frames with a composition time',
    wire: 'a1 68766331 00002a aabb',
    message: { ...enhanced, tracks: [{ ...track, compositionTimeMs: 42 }] },
  },
  {
    form: 'coded frames without, as CodedFramesX',
    wire: 'a3 68766331 aabb',
    message: { ...enhanced, tracks: [track] },
  },
  {
    form: 'coded frames of AV1, which has none',
    wire: 'a1 61763031 aabb',
    message: { ...enhanced, tracks: [{ ...track, fourCc: FourCc.av1 }] },
  },
  {
    form: 'an offset of 500,000 ns',
    wire: 'a7 02 07a120 03 68766331 aabb',
    message: { ...enhanced, timestampOffsetNs: 500_000, tracks: [track] },
  },
  {
    form: 'one track that is not the default one',
    wire: 'a6 03 68766331 05 aabb',
    message: { ...enhanced, tracks: [{ ...track, trackId: 5 }] },
  },
  {
    form: 'two tracks of one codec',
    wire: 'a6 13 68766331 00 000002 aabb 01 000001 cc',
    message: { ...enhanced, tracks: [track, { ...track, trackId: 1, data: Buffer.of(0xcc) }] },
  },
  {
    form: 'two tracks of two codecs, one with a composition time',
    wire: 'a6 21 68766331 00 000005 000001 aabb 61763031 01 000002 aabb',
    message: {
      ...enhanced,
      tracks: [
        { ...track, compositionTimeMs: 1 },
        { ...track, trackId: 1, fourCc: FourCc.av1 },
      ],
    },
  },
])('$form, in both directions', ({ wire, message }) => {
  const bytes = Buffer.from(wire.replaceAll(' ', ''), 'hex');
  expect(decodeVideoMessage(new Uint8Array(bytes))).toEqual(message);
  expect(encodeVideoMessage(message).toString('hex')).toBe(bytes.toString('hex'));
});

test.each([
  { what: 'nothing', wire: '' },
  { what: 'an unknown codec', wire: '1f 00' },
  { what: 'a command', wire: '57 00' },
  { what: 'a composition time that is cut', wire: 'a1 68766331 0000' },
  { what: 'a reserved packet type', wire: 'a8 68766331 aabb' },
])('$what is no message', ({ wire }) => {
  expect(decodeVideoMessage(Buffer.from(wire.replaceAll(' ', ''), 'hex'))).toBeUndefined();
});

test.each<{ what: string; message: VideoMessage }>([
  { what: 'no track', message: { ...enhanced, tracks: [] } },
  { what: 'a FourCC of three', message: { ...enhanced, tracks: [{ ...track, fourCc: 'hvc' }] } },
  { what: 'a track id of 256', message: { ...enhanced, tracks: [track, { ...track, trackId: 256 }] } },
  {
    what: 'a millisecond of offset',
    message: { ...enhanced, timestampOffsetNs: 1_000_000, tracks: [track] },
  },
  {
    what: 'a time beyond its field',
    message: { ...enhanced, tracks: [{ ...track, compositionTimeMs: 2 ** 23 }] },
  },
  { what: 'the frame type of commands', message: { ...enhanced, frameType: 5, tracks: [track] } },
])('$what has no room in a message', ({ message }) => {
  expect(() => encodeVideoMessage(message)).toThrow(RangeError);
});

test('the video of ffmpeg is the same, taken apart and put together', () => {
  const payloads = bbbTags().flatMap(({ type, payload }) => (type === 9 ? [payload] : []));
  expect(payloads.length).toBeGreaterThan(200);
  for (const payload of payloads) {
    const message = decodeVideoMessage(payload);
    if (message === undefined) throw new Error('no message');
    expect(encodeVideoMessage(message).equals(payload)).toBe(true);
  }
});

test('any bytes give a message whose header says the same, or none, and what is written of it means the same', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 60 }),
      fc.constantFrom(0x90, 0xa1, 0xa6, 0xa7, 0x17, 0x27),
      (bytes, first) => {
        const payload = Buffer.concat([Buffer.of(first), bytes]);
        const message = decodeVideoMessage(payload);
        const header = decodeVideoTagHeader(payload);
        if (message === undefined) return;
        expect(message.packet).toBe(header.packet);
        if (message.form === 'enhanced') expect(message.timestampOffsetNs).toBe(header.timestampOffsetNs);
        if (message.form === 'enhanced' && message.timestampOffsetNs > 999_999) return;
        expect(decodeVideoMessage(encodeVideoMessage(message))).toEqual(message);
      },
    ),
    { numRuns: 2000 },
  );
});
