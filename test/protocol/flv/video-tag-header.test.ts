import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeVideoTagHeader } from '../../../src/protocol/flv/video-tag-header.ts';

const hex = (wire: string): Buffer => Buffer.from(wire.replaceAll(' ', ''), 'hex');
const fourCcs = {
  avc1: '61766331',
  hvc1: '68766331',
  av01: '61763031',
  vp09: '76703039',
  vp08: '76703038',
};

function other(frameType: number): object {
  return { packet: 'other', frameType, tracks: [], timestampOffsetNs: 0 };
}

test.each([
  {
    form: 'AVC sequence header',
    wire: '17 00 000000 01',
    packet: 'sequenceStart',
    frameType: 1,
    fourCc: 'avc1',
  },
  { form: 'AVC keyframe', wire: '17 01 000000 65', packet: 'codedFrames', frameType: 1, fourCc: 'avc1' },
  { form: 'AVC inter frame', wire: '27 01 000042 41', packet: 'codedFrames', frameType: 2, fourCc: 'avc1' },
  { form: 'AVC end of sequence', wire: '17 02', packet: 'sequenceEnd', frameType: 1, fourCc: 'avc1' },
  {
    form: 'AVC end as ffmpeg ends',
    wire: '17 02 000000',
    packet: 'sequenceEnd',
    frameType: 1,
    fourCc: 'avc1',
  },
  {
    form: 'HEVC sequence header',
    wire: '1c 00 000000 01',
    packet: 'sequenceStart',
    frameType: 1,
    fourCc: 'hvc1',
  },
  { form: 'HEVC inter frame', wire: '2c 01 000000 02', packet: 'codedFrames', frameType: 2, fourCc: 'hvc1' },
  {
    form: 'AV1 sequence header',
    wire: '1d 00 000000 81',
    packet: 'sequenceStart',
    frameType: 1,
    fourCc: 'av01',
  },
  { form: 'AV1 keyframe', wire: '1d 01 000000 12', packet: 'codedFrames', frameType: 1, fourCc: 'av01' },
  {
    form: 'MPEG-4 as ffmpeg',
    wire: '19 00 000000 0000',
    packet: 'sequenceStart',
    frameType: 1,
    fourCc: 'mp4v',
  },
  { form: 'Sorenson H.263', wire: '12 0000 84', packet: 'codedFrames', frameType: 1, fourCc: 'h263' },
  { form: 'Sorenson H.263 disposable', wire: '32 0000', packet: 'codedFrames', frameType: 3, fourCc: 'h263' },
  { form: 'VP6 of one byte', wire: '24', packet: 'codedFrames', frameType: 2, fourCc: 'vp6' },
  { form: 'VP6 with alpha', wire: '15 00', packet: 'codedFrames', frameType: 1, fourCc: 'vp6a' },
  { form: 'screen video', wire: '13 00', packet: 'codedFrames', frameType: 1, fourCc: 'screen' },
  { form: 'screen video 2', wire: '16 00', packet: 'codedFrames', frameType: 1, fourCc: 'screen2' },
])('reads legacy $form', ({ wire, packet, frameType, fourCc }) => {
  const header = decodeVideoTagHeader(hex(wire));
  expect(header).toEqual({ packet, frameType, tracks: [{ trackId: 0, fourCc }], timestampOffsetNs: 0 });
  expect(decodeVideoTagHeader(hex(wire)), 'shared').toBe(header);
});

test.each([
  { form: 'an empty message', wire: '', frameType: 0 },
  { form: 'AVC of one byte', wire: '17', frameType: 1 },
  { form: 'AVC cut in its composition time', wire: '17 01 0000', frameType: 1 },
  { form: 'an AVC sequence header cut off', wire: '17 00', frameType: 1 },
  { form: 'an unknown AVC packet type', wire: '17 03 000000 00', frameType: 1 },
  { form: 'an AVC command frame', wire: '57 00', frameType: 5 },
  { form: 'a VP6 command frame', wire: '54 01', frameType: 5 },
  { form: 'a reserved codec id', wire: '11 01 000000 00', frameType: 1 },
  { form: 'codec id 14, which means many things', wire: '1e 01 000000 00', frameType: 1 },
  { form: 'an Ex command frame', wire: 'd1 00', frameType: 5 },
  { form: 'an Ex command frame that looks like a FourCC', wire: `d1 ${fourCcs.avc1} 000000`, frameType: 5 },
  { form: 'an Ex command frame behind ModEx', wire: 'd7 00 aa 01 01', frameType: 5 },
  { form: 'a Multitrack command frame', wire: `d6 04 ${fourCcs.avc1} 00`, frameType: 5 },
  { form: 'an unknown packet type', wire: `98 ${fourCcs.avc1}`, frameType: 1 },
  { form: 'the highest packet type', wire: `af ${fourCcs.avc1}`, frameType: 2 },
  { form: 'Multitrack within Multitrack', wire: `96 06 ${fourCcs.avc1} 00`, frameType: 1 },
  { form: 'an unknown packet type within Multitrack', wire: `96 08 ${fourCcs.avc1} 00`, frameType: 1 },
  { form: 'a track size beyond the payload', wire: `a6 11 ${fourCcs.avc1} 00 000002 aa`, frameType: 2 },
])('leaves $form alone', ({ wire, frameType }) => {
  expect(decodeVideoTagHeader(hex(wire))).toEqual(other(frameType));
});

const packetTypes = [
  { packetType: 0, packet: 'sequenceStart' },
  { packetType: 1, packet: 'codedFrames' },
  { packetType: 2, packet: 'sequenceEnd' },
  { packetType: 3, packet: 'codedFrames' },
  { packetType: 4, packet: 'metadata' },
  { packetType: 5, packet: 'mpeg2TsSequenceStart' },
];

test.each([...Object.entries(fourCcs), ['qqqq', '71717171'] as const])('reads Ex %s', (fourCc, code) => {
  for (const { packetType, packet } of packetTypes) {
    for (const frameType of [1, 2]) {
      const payload = hex(`${(8 + frameType).toString(16)}${packetType} ${code}`);
      const tracks = [{ trackId: 0, fourCc }];
      expect(decodeVideoTagHeader(payload)).toEqual({ packet, frameType, tracks, timestampOffsetNs: 0 });
      for (let size = 1; size < payload.length; size++) {
        const cut = decodeVideoTagHeader(payload.subarray(0, size));
        expect(cut, `cut after ${size} bytes`).toEqual(other(frameType));
      }
    }
  }
});

test('metadata ignores the frame type, command too', () => {
  expect(decodeVideoTagHeader(hex(`d4 ${fourCcs.hvc1} 02`))).toMatchObject({
    packet: 'metadata',
    frameType: 5,
  });
  expect(decodeVideoTagHeader(hex(`d7 00 aa 14 ${fourCcs.hvc1} 02`))).toMatchObject({ packet: 'metadata' });
});

test('shares the header of coded frames of a known codec', () => {
  const first = decodeVideoTagHeader(hex(`91 ${fourCcs.hvc1} 000000 aa`));
  expect(decodeVideoTagHeader(hex(`93 ${fourCcs.hvc1} bb`))).toBe(first);
});

test.each([
  {
    form: 'OneTrack',
    wire: `96 01 ${fourCcs.hvc1} 02 000000 aa`,
    packet: 'codedFrames',
    tracks: [{ trackId: 2, fourCc: 'hvc1' }],
  },
  {
    form: 'ManyTracks',
    wire: `96 13 ${fourCcs.avc1} 00 000002 aaaa 01 000001 bb`,
    packet: 'codedFrames',
    tracks: [
      { trackId: 0, fourCc: 'avc1' },
      { trackId: 1, fourCc: 'avc1' },
    ],
  },
  {
    form: 'ManyTracksManyCodecs',
    wire: `96 20 ${fourCcs.av01} 00 000002 8100 ${fourCcs.vp09} 01 000000 71717171 02 000001 cc`,
    packet: 'sequenceStart',
    tracks: [
      { trackId: 0, fourCc: 'av01' },
      { trackId: 1, fourCc: 'vp09' },
      { trackId: 2, fourCc: 'qqqq' },
    ],
  },
])('reads every track of $form', ({ wire, packet, tracks }) => {
  expect(decodeVideoTagHeader(hex(wire))).toEqual({ packet, frameType: 1, tracks, timestampOffsetNs: 0 });
});

test.each([
  { form: '8-bit size', wire: `a7 02 01e240 03 ${fourCcs.vp09} aa` },
  { form: '16-bit size', wire: `a7 ff 0002 01e240 01 ${fourCcs.vp09} aa` },
  { form: 'Multitrack behind it', wire: `a7 02 01e240 06 11 ${fourCcs.vp09} 00 000001 aa` },
])('reads a nanosecond offset: $form', ({ wire }) => {
  expect(decodeVideoTagHeader(hex(wire))).toEqual({
    packet: 'codedFrames',
    frameType: 2,
    tracks: [{ trackId: 0, fourCc: 'vp09' }],
    timestampOffsetNs: 123_456,
  });
});

test('never throws: any bytes have a header', () => {
  const anyBytes = fc.uint8Array({ maxLength: 64 });
  const exBytes = fc
    .tuple(fc.integer({ min: 0x80, max: 0xff }), anyBytes)
    .map(([first, rest]) => Uint8Array.of(first, ...rest));
  fc.assert(
    fc.property(fc.oneof(anyBytes, exBytes), (bytes) => {
      const { packet, tracks } = decodeVideoTagHeader(Buffer.from(bytes));
      expect(tracks.length > 0).toBe(packet !== 'other');
    }),
    { numRuns: 2_000 },
  );
});
