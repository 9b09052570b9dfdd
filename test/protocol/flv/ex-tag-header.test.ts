import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ModExEnd, readExTracks, walkModEx } from '../../../src/protocol/flv/ex-tag-header.ts';

const hex = (wire: string): Buffer => Buffer.from(wire.replaceAll(' ', ''), 'hex');
const [avc1, hvc1] = ['61766331', '68766331'];
const chainEnd: ModExEnd = { packetType: 6, at: 1, timestampOffsetNs: 0 };

describe('walkModEx', () => {
  test.each([
    { form: 'no ModEx', wire: '91', end: { packetType: 1, at: 1, timestampOffsetNs: 0 } },
    {
      form: '8-bit size, 123,456 ns, then coded frames',
      wire: '97 02 01e240 01',
      end: { packetType: 1, at: 6, timestampOffsetNs: 123_456 },
    },
    {
      form: '16-bit size of 3, 999,999 ns, then a sequence start',
      wire: '97 ff 0002 0f423f 00',
      end: { packetType: 0, at: 8, timestampOffsetNs: 999_999 },
    },
    {
      form: '16-bit size of 300',
      wire: `97 ff 012b 000001${'00'.repeat(297)} 01`,
      end: { packetType: 1, at: 305, timestampOffsetNs: 1 },
    },
    {
      form: '8-bit size of 255, the largest',
      wire: `97 fe 000002${'00'.repeat(252)} 01`,
      end: { packetType: 1, at: 258, timestampOffsetNs: 2 },
    },
    {
      form: 'an unknown ModEx type before the offset',
      wire: '97 00 aa 17 02 00000a 01',
      end: { packetType: 1, at: 9, timestampOffsetNs: 10 },
    },
    {
      form: 'an offset too short to be one',
      wire: '97 01 ffff 01',
      end: { packetType: 1, at: 5, timestampOffsetNs: 0 },
    },
  ])('reads $form', ({ wire, end }) => {
    const payload = hex(wire);
    expect(walkModEx(payload)).toEqual(end);
    for (let size = 1; size < payload.length; size++) {
      expect(walkModEx(payload.subarray(0, size)), `cut after ${size} bytes`).toBeUndefined();
    }
  });

  test('reads 16 ModEx packets, gives a longer chain up', () => {
    expect(walkModEx(hex(`97${'00aa17'.repeat(15)}00aa11`))).toEqual({
      packetType: 1,
      at: 49,
      timestampOffsetNs: 0,
    });
    expect(walkModEx(hex(`97${'00aa17'.repeat(16)}00aa11`))).toBeUndefined();
  });
});

describe('readExTracks', () => {
  test.each([
    {
      form: 'OneTrack',
      wire: `96 01 ${avc1} 05`,
      packetType: 1,
      tracks: [{ trackId: 5, fourCc: 'avc1' }],
    },
    {
      form: 'ManyTracks',
      wire: `96 11 ${avc1} 00 000002 aaaa 01 000000`,
      packetType: 1,
      tracks: [
        { trackId: 0, fourCc: 'avc1' },
        { trackId: 1, fourCc: 'avc1' },
      ],
    },
    {
      form: 'ManyTracksManyCodecs',
      wire: `96 20 ${hvc1} 02 000001 bb ${avc1} ff 000003 cccccc`,
      packetType: 0,
      tracks: [
        { trackId: 2, fourCc: 'hvc1' },
        { trackId: 255, fourCc: 'avc1' },
      ],
    },
  ])('reads $form', ({ wire, packetType, tracks }) => {
    expect(readExTracks(hex(wire), chainEnd, 6)).toEqual({ packetType, tracks });
  });

  test.each([
    { fault: 'no multitrack type', wire: '96' },
    { fault: 'Multitrack within Multitrack', wire: `96 06 ${avc1} 00` },
    { fault: 'ModEx within Multitrack', wire: `96 07 ${avc1} 00` },
    { fault: 'a reserved multitrack type', wire: `96 31 ${avc1} 00` },
    { fault: 'OneTrack without a track id', wire: `96 01 ${avc1}` },
    { fault: 'ManyTracks without a track', wire: `96 11 ${avc1}` },
    { fault: 'a size beyond the payload', wire: `96 11 ${avc1} 00 000003 aaaa` },
    { fault: 'the largest size', wire: `96 11 ${avc1} 00 ffffff aaaa` },
    { fault: 'a second track cut off', wire: `96 11 ${avc1} 00 000001 aa 01 0000` },
    { fault: 'a second FourCC cut off', wire: `96 21 ${avc1} 00 000001 aa 687663` },
    { fault: 'more tracks than there are track ids', wire: `96 11 ${avc1} ${'00000000'.repeat(257)}` },
  ])('gives up at $fault', ({ wire }) => {
    expect(readExTracks(hex(wire), chainEnd, 6)).toBeUndefined();
  });

  test('reads 256 tracks', () => {
    const payload = hex(`96 11 ${avc1} ${'00000000'.repeat(256)}`);
    expect(readExTracks(payload, chainEnd, 6)?.tracks).toHaveLength(256);
  });

  test('reads whatever tracks a message is built of', () => {
    const track = fc.record({
      trackId: fc.integer({ min: 0, max: 255 }),
      fourCc: fc.constantFrom('avc1', 'hvc1', 'qqqq'),
      body: fc.uint8Array({ maxLength: 20 }),
    });
    fc.assert(
      fc.property(fc.array(track, { minLength: 1, maxLength: 8 }), (tracks) => {
        const payload = Buffer.concat([
          hex('96 21'),
          ...tracks.flatMap(({ trackId, fourCc, body }) => [
            Buffer.from(fourCc),
            Buffer.from([trackId, 0, 0, body.length]),
            body,
          ]),
        ]);
        expect(readExTracks(payload, chainEnd, 6)?.tracks).toEqual(
          tracks.map(({ trackId, fourCc }) => ({ trackId, fourCc })),
        );
      }),
    );
  });
});
