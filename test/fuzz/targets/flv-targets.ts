import { isDeepStrictEqual } from 'node:util';
import { flvFrame } from '../../../src/family/flv/flv-frame.ts';
import { FlvIntake } from '../../../src/family/flv/flv-intake.ts';
import {
  type AudioMessage,
  decodeAudioMessage,
  encodeAudioMessage,
} from '../../../src/protocol/flv/audio-message.ts';
import { decodeAudioTagHeader } from '../../../src/protocol/flv/audio-tag-header.ts';
import { FlvTagReader } from '../../../src/protocol/flv/flv-tag-reader.ts';
import { decodeAacConfig, decodeAvcConfig } from '../../../src/protocol/flv/sequence-header.ts';
import {
  decodeVideoMessage,
  encodeVideoMessage,
  type VideoMessage,
} from '../../../src/protocol/flv/video-message.ts';
import { decodeVideoTagHeader } from '../../../src/protocol/flv/video-tag-header.ts';
import { FuzzFault } from '../engine/fuzz-target.ts';
import { amfTokens } from './amf-targets.ts';
import { plainBodies, rtmpMessages } from './seed-material.ts';
import { bytesTarget, streamReader, streamTarget, type TargetPlan } from './target-plan.ts';

const maxTagBytes = 2 ** 15;

const files = (): Buffer[] => [
  ...plainBodies('to-server', 'http-publish'),
  ...plainBodies('to-client', 'http-pull'),
];

const flvTokens: readonly (Buffer | string)[] = [
  ...['FLV', 'avc1', 'hvc1', 'av01', 'vp09', 'mp4a', 'Opus', 'fLaC', 'ac-3', '.mp3'],
  ...[
    '00000000',
    '080000ff',
    '09ffffff',
    '12000001',
    '28',
    '0000000b',
    'ffffffff',
    '0900000900000000000000',
  ].map((hex) => Buffer.from(hex, 'hex')),
];

/** Payloads of audio, video and data as encoders that know more codecs send them. @see Enhanced RTMP v2 */
const enhanced: readonly Buffer[] = [
  ...['9068766331', '91687663310000000001020304', '9568766331', '9668766331', '9468766331', '9361766331aabb'],
  ...[
    '9668766331006176633100',
    '96006876633101000005aabbccddee',
    '961168766331000000050102030405010000020607',
  ],
  ...[
    '962168766331000000020102617663310100000203 04'.replaceAll(' ', ''),
    '97000000007068766331',
    '9702aabbcc9768766331',
  ],
  ...[
    '97ffffff00',
    '904f707573',
    '914f70757301',
    '94 4f7075730102'.replaceAll(' ', ''),
    '95104f7075730000000101',
    '9500',
  ],
].map((hex) => Buffer.from(hex, 'hex'));

const payloads = (types: readonly number[]): Buffer[] => [
  ...rtmpMessages()
    .filter(({ type }) => types.includes(type))
    .map(({ payload }) => payload.subarray(0, 300)),
  ...enhanced,
];

const typeOf = { 8: 8, 9: 9, 15: 15, 18: 18 } as const;

export const flvTargets: Readonly<Record<string, TargetPlan>> = {
  'flv-tags': streamTarget({ seeds: files, tokens: flvTokens }, 0, (meter) => {
    const reader = new FlvTagReader({ maxTagBytes }, meter);
    return streamReader(reader, () => reader.tags());
  }),
  'flv-intake': streamTarget({ seeds: files, tokens: [...flvTokens, ...amfTokens] }, 0, (meter) => {
    const intake = new FlvIntake(maxTagBytes, meter);
    return streamReader(intake, () => intake.frames());
  }),
  'flv-video-header': bytesTarget(
    { seeds: () => payloads([9]), tokens: flvTokens },
    (bytes) => decodeVideoTagHeader(bytes),
    [],
  ),
  'flv-video-message': bytesTarget(
    { seeds: () => payloads([9]), tokens: flvTokens },
    (bytes) => {
      const message = decodeVideoMessage(bytes);
      for (const data of dataOf(message)) decodeAvcConfig(data);
      expectSame(message, (same) => decodeVideoMessage(encodeVideoMessage(same)));
    },
    [],
  ),
  'flv-audio-message': bytesTarget(
    { seeds: () => payloads([8]), tokens: flvTokens },
    (bytes) => {
      const message = decodeAudioMessage(bytes);
      for (const data of dataOf(message)) decodeAacConfig(data);
      expectSame(message, (same) => decodeAudioMessage(encodeAudioMessage(same)));
    },
    [],
  ),
  'flv-audio-header': bytesTarget(
    { seeds: () => payloads([8]), tokens: flvTokens },
    (bytes) => decodeAudioTagHeader(bytes),
    [],
  ),
  'flv-frame': bytesTarget(
    {
      seeds: () =>
        [8, 9, 15, 18].flatMap((type) =>
          payloads([type === 15 ? 18 : type]).map((payload) => Buffer.concat([Buffer.of(type), payload])),
        ),
      tokens: [...flvTokens, ...amfTokens],
    },
    (bytes) => flvFrame(typeOf[(bytes[0] ?? 8) as 8] ?? 9, 0, bytes.subarray(1)),
    [],
  ),
};

function dataOf(message: AudioMessage | VideoMessage | undefined): readonly Uint8Array[] {
  if (message === undefined) return [];
  return message.form === 'legacy' ? [message.data] : message.tracks.map(({ data }) => data);
}

/** What was taken apart means the same when it is put together; a time that has no room in a message is no fault of its reader. */
function expectSame<T extends AudioMessage | VideoMessage>(
  message: T | undefined,
  again: (message: T) => unknown,
): void {
  if (message === undefined || (message.form === 'enhanced' && message.timestampOffsetNs > 999_999)) return;
  if (!isDeepStrictEqual(again(message), message))
    throw new FuzzFault('rewritten', 'is another message when it is written');
}
