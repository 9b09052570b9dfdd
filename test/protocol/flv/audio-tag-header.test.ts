import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeAudioTagHeader } from '../../../src/protocol/flv/audio-tag-header.ts';

const hex = (wire: string): Buffer => Buffer.from(wire.replaceAll(' ', ''), 'hex');
const fourCcs = {
  Opus: '4f707573',
  fLaC: '664c6143',
  'ac-3': '61632d33',
  'ec-3': '65632d33',
  '.mp3': '2e6d7033',
  mp4a: '6d703461',
};
const other = { packet: 'other', tracks: [], timestampOffsetNs: 0 };

test.each([
  { form: 'AAC sequence header', wire: 'af 00 1210', packet: 'sequenceStart', fourCc: 'mp4a' },
  { form: 'AAC frame', wire: 'af 01 2110', packet: 'codedFrames', fourCc: 'mp4a' },
  { form: 'AAC frame without data', wire: 'af 01', packet: 'codedFrames', fourCc: 'mp4a' },
  { form: 'MP3', wire: '2f fffb', packet: 'codedFrames', fourCc: 'mp3' },
  { form: 'MP3 of one byte', wire: '2f', packet: 'codedFrames', fourCc: 'mp3' },
  { form: 'MP3 at 8 kHz', wire: 'ee fffb', packet: 'codedFrames', fourCc: 'mp3' },
  {
    form: 'Speex, whose second byte is no packet type',
    wire: 'b6 00',
    packet: 'codedFrames',
    fourCc: 'speex',
  },
  { form: 'G.711 A-law', wire: '72 d5', packet: 'codedFrames', fourCc: 'alaw' },
  { form: 'G.711 mu-law', wire: '82 ff', packet: 'codedFrames', fourCc: 'mulaw' },
  { form: 'PCM', wire: '3e 0000', packet: 'codedFrames', fourCc: 'pcm' },
])('reads legacy $form', ({ wire, packet, fourCc }) => {
  const header = decodeAudioTagHeader(hex(wire));
  expect(header).toEqual({ packet, tracks: [{ trackId: 0, fourCc }], timestampOffsetNs: 0 });
  expect(decodeAudioTagHeader(hex(wire)), 'shared').toBe(header);
});

test.each([
  { form: 'an empty message, which is silence', wire: '' },
  { form: 'AAC of one byte', wire: 'af' },
  { form: 'an unknown AAC packet type', wire: 'af 02 00' },
  { form: 'a reserved sound format', wire: 'cf 00 00' },
  { form: 'Ex of one byte', wire: '91' },
  { form: 'an unknown packet type', wire: `93 ${fourCcs.Opus}` },
  { form: 'the highest packet type', wire: `9f ${fourCcs.Opus}` },
  { form: 'Multitrack within Multitrack', wire: `95 05 ${fourCcs.Opus} 00` },
  { form: 'an unknown packet type within Multitrack', wire: `95 06 ${fourCcs.Opus} 00` },
  { form: 'a track size beyond the payload', wire: `95 11 ${fourCcs.Opus} 00 000002 aa` },
])('leaves $form alone', ({ wire }) => {
  expect(decodeAudioTagHeader(hex(wire))).toEqual(other);
});

const packetTypes = [
  { packetType: 0, packet: 'sequenceStart' },
  { packetType: 1, packet: 'codedFrames' },
  { packetType: 2, packet: 'sequenceEnd' },
  { packetType: 4, packet: 'multichannelConfig' },
];

test.each([...Object.entries(fourCcs), ['qqqq', '71717171'] as const])('reads Ex %s', (fourCc, code) => {
  for (const { packetType, packet } of packetTypes) {
    const payload = hex(`9${packetType} ${code}`);
    const track = { trackId: 0, fourCc };
    expect(decodeAudioTagHeader(payload)).toEqual({ packet, tracks: [track], timestampOffsetNs: 0 });
    for (let size = 0; size < payload.length; size++) {
      expect(decodeAudioTagHeader(payload.subarray(0, size)), `cut after ${size} bytes`).toEqual(other);
    }
  }
});

test('shares the header of coded frames of a known codec', () => {
  const first = decodeAudioTagHeader(hex(`91 ${fourCcs.Opus} aa`));
  expect(decodeAudioTagHeader(hex(`91 ${fourCcs.Opus} bb`))).toBe(first);
});

test.each([
  {
    form: 'OneTrack',
    wire: `95 01 ${fourCcs.Opus} 03 aabb`,
    packet: 'codedFrames',
    tracks: [{ trackId: 3, fourCc: 'Opus' }],
  },
  {
    form: 'ManyTracks',
    wire: `95 10 ${fourCcs.mp4a} 00 000002 1210 01 000002 1190`,
    packet: 'sequenceStart',
    tracks: [
      { trackId: 0, fourCc: 'mp4a' },
      { trackId: 1, fourCc: 'mp4a' },
    ],
  },
  {
    form: 'ManyTracksManyCodecs',
    wire: `95 24 ${fourCcs.fLaC} 00 000002 0102 ${fourCcs['ec-3']} 07 000002 0006`,
    packet: 'multichannelConfig',
    tracks: [
      { trackId: 0, fourCc: 'fLaC' },
      { trackId: 7, fourCc: 'ec-3' },
    ],
  },
])('reads every track of $form', ({ wire, packet, tracks }) => {
  expect(decodeAudioTagHeader(hex(wire))).toEqual({ packet, tracks, timestampOffsetNs: 0 });
});

test.each([
  { form: '8-bit size', wire: `97 02 01e240 01 ${fourCcs.Opus} aa` },
  { form: '16-bit size', wire: `97 ff 0002 01e240 01 ${fourCcs.Opus} aa` },
  { form: 'Multitrack behind it', wire: `97 02 01e240 05 01 ${fourCcs.Opus} 00 aa` },
])('reads a nanosecond offset: $form', ({ wire }) => {
  expect(decodeAudioTagHeader(hex(wire))).toEqual({
    packet: 'codedFrames',
    tracks: [{ trackId: 0, fourCc: 'Opus' }],
    timestampOffsetNs: 123_456,
  });
});

test('never throws: any bytes have a header', () => {
  const anyBytes = fc.uint8Array({ maxLength: 64 });
  const exBytes = fc
    .tuple(fc.constantFrom(0x90, 0x91, 0x94, 0x95, 0x97), anyBytes)
    .map(([first, rest]) => Uint8Array.of(first, ...rest));
  fc.assert(
    fc.property(fc.oneof(anyBytes, exBytes), (bytes) => {
      const { packet, tracks } = decodeAudioTagHeader(Buffer.from(bytes));
      expect(tracks.length > 0).toBe(packet !== 'other');
    }),
    { numRuns: 2_000 },
  );
});
