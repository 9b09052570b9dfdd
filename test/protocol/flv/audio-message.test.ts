import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type AudioMessage,
  decodeAudioMessage,
  encodeAudioMessage,
} from '../../../src/protocol/flv/audio-message.ts';
import { FourCc } from '../../../src/protocol/flv/fourcc.ts';
import { bbbTags } from '../../support/media.ts';

const data = Buffer.from('aabb', 'hex');
const track = { trackId: 0, fourCc: FourCc.opus, data } as const;
const enhanced = { form: 'enhanced', packet: 'codedFrames', timestampOffsetNs: 0 } as const;

test.each<{ form: string; wire: string; message: AudioMessage }>([
  {
    form: 'an AAC frame',
    wire: 'af 01 aabb',
    message: { form: 'legacy', packet: 'codedFrames', soundFormat: 10, soundFlags: 15, data },
  },
  {
    form: 'a sequence start of AAC',
    wire: 'af 00 aabb',
    message: { form: 'legacy', packet: 'sequenceStart', soundFormat: 10, soundFlags: 15, data },
  },
  {
    form: 'an MP3 frame',
    wire: '2e aabb',
    message: { form: 'legacy', packet: 'codedFrames', soundFormat: 2, soundFlags: 14, data },
  },
  { form: 'an Opus frame', wire: '91 4f707573 aabb', message: { ...enhanced, tracks: [track] } },
  {
    form: 'channels of several',
    wire: '94 4f707573 aabb',
    message: { ...enhanced, packet: 'multichannelConfig', tracks: [track] },
  },
  {
    form: 'two tracks of one codec, 7 ns later',
    wire: '97 02 000007 05 11 4f707573 00 000002 aabb 09 000000',
    message: {
      ...enhanced,
      timestampOffsetNs: 7,
      tracks: [track, { ...track, trackId: 9, data: Buffer.alloc(0) }],
    },
  },
])('$form, in both directions', ({ wire, message }) => {
  const bytes = Buffer.from(wire.replaceAll(' ', ''), 'hex');
  expect(decodeAudioMessage(new Uint8Array(bytes))).toEqual(message);
  expect(encodeAudioMessage(message).toString('hex')).toBe(bytes.toString('hex'));
});

test.each(['', 'af', 'af02', '904f7075', '984f707573'])('%s is no message', (wire) => {
  expect(decodeAudioMessage(Buffer.from(wire, 'hex'))).toBeUndefined();
});

test('the sound format that announces an extended header is no codec', () => {
  const message: AudioMessage = {
    form: 'legacy',
    packet: 'codedFrames',
    soundFormat: 9,
    soundFlags: 0,
    data,
  };
  expect(() => encodeAudioMessage(message)).toThrow(RangeError);
});

test('the audio of ffmpeg is the same, taken apart and put together', () => {
  const payloads = bbbTags().flatMap(({ type, payload }) => (type === 8 ? [payload] : []));
  expect(payloads.length).toBeGreaterThan(200);
  for (const payload of payloads) {
    const message = decodeAudioMessage(payload);
    if (message === undefined) throw new Error('no message');
    expect(encodeAudioMessage(message).equals(payload)).toBe(true);
  }
});

test('any bytes give a message that means the same when it is written, or none', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 60 }),
      fc.constantFrom(0x91, 0x95, 0x97, 0xaf, 0x2f),
      (bytes, first) => {
        const message = decodeAudioMessage(Buffer.concat([Buffer.of(first), bytes]));
        if (message === undefined || (message.form === 'enhanced' && message.timestampOffsetNs > 999_999))
          return;
        expect(decodeAudioMessage(encodeAudioMessage(message))).toEqual(message);
      },
    ),
    { numRuns: 2000 },
  );
});
