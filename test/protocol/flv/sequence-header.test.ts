import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeAudioMessage } from '../../../src/protocol/flv/audio-message.ts';
import {
  type AacConfig,
  type AvcConfig,
  decodeAacConfig,
  decodeAvcConfig,
  encodeAacConfig,
  encodeAvcConfig,
} from '../../../src/protocol/flv/sequence-header.ts';
import { decodeVideoMessage } from '../../../src/protocol/flv/video-message.ts';
import { bbbTags } from '../../support/media.ts';

/** What stands in the sequence header of the test media. */
function configOf(type: 8 | 9): Uint8Array {
  for (const tag of bbbTags()) {
    const message = type === 8 ? decodeAudioMessage(tag.payload) : decodeVideoMessage(tag.payload);
    if (tag.type === type && message?.form === 'legacy' && message.packet === 'sequenceStart')
      return message.data;
  }
  throw new Error('no sequence header');
}

test('the AVC configuration of ffmpeg, in both directions', () => {
  const data = configOf(9);
  const config = decodeAvcConfig(data) as AvcConfig;
  expect(config).toMatchObject({ nalLengthBytes: 4 });
  expect(config.sps.map((set) => (set[0] ?? 0) & 0x1f)).toEqual([7]); // nal_unit_type of an SPS
  expect(config.pps.map((set) => (set[0] ?? 0) & 0x1f)).toEqual([8]);
  expect([config.profile, config.level]).toEqual([config.sps[0]?.[1], config.sps[0]?.[3]]);
  expect(encodeAvcConfig(config)).toEqual(Buffer.from(data));
});

test('an AVC configuration that is cut or of another version is none', () => {
  const data = configOf(9);
  const { extension } = decodeAvcConfig(data) as AvcConfig;
  for (let size = 0; size < data.length - extension.length; size++)
    expect(decodeAvcConfig(data.subarray(0, size)), `cut after ${size} bytes`).toBeUndefined();
  expect(decodeAvcConfig(Buffer.concat([Buffer.of(2), data.subarray(1)]))).toBeUndefined();
});

test('more parameter sets than can be counted are refused', () => {
  const config = decodeAvcConfig(configOf(9)) as AvcConfig;
  expect(() => encodeAvcConfig({ ...config, sps: Array(32).fill(Buffer.of(0x67)) })).toThrow(RangeError);
});

test.each<{ form: string; wire: string; config: AacConfig }>([
  {
    form: 'AAC-LC, 44.1 kHz, stereo',
    wire: '1210',
    config: { objectType: 2, sampleRate: 44_100, channels: 2 },
  },
  { form: 'AAC-LC, 48 kHz, 5.1', wire: '11b0', config: { objectType: 2, sampleRate: 48_000, channels: 6 } },
  {
    form: 'a rate of its own',
    wire: '17801b7708',
    config: { objectType: 2, sampleRate: 14_062, channels: 1 },
  },
  { form: 'xHE-AAC', wire: 'f94840', config: { objectType: 42, sampleRate: 44_100, channels: 2 } },
])('$form, in both directions', ({ wire, config }) => {
  expect(decodeAacConfig(Buffer.from(wire, 'hex'))).toEqual(config);
  expect(encodeAacConfig(config).toString('hex')).toBe(wire);
});

test('the AAC configuration of ffmpeg is read', () => {
  expect(decodeAacConfig(configOf(8))).toEqual({ objectType: 2, sampleRate: 44_100, channels: 2 });
});

test('any bytes give a configuration, or none', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      const aac = decodeAacConfig(bytes);
      if (aac !== undefined) expect(decodeAacConfig(encodeAacConfig(aac))).toEqual(aac);
      const avc = decodeAvcConfig(Buffer.concat([Buffer.of(1), bytes]));
      if (avc !== undefined) expect(decodeAvcConfig(encodeAvcConfig(avc))).toEqual(avc);
    }),
  );
});
