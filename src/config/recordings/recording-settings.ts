import { z } from 'zod';
import { checkedString, integer, section } from '../setting-schema.ts';
import { type EncryptionSettings, encryptionSettings } from './encryption-settings.ts';
import { type PlaybackSettings, playbackSettings } from './playback-settings.ts';
import { type UploadSettings, uploadSettings } from './upload-settings.ts';

/** When a recording goes on in another file: at the next keyframe from there on. */
export interface SegmentSettings {
  /** Media time of a file, milliseconds, 1 second to a day; default an hour. */
  readonly maxDurationMs: number;
  /** Its size, 1 MiB to 1 TiB; default 4 GiB. */
  readonly maxBytes: number;
}

/** How long recordings are kept; the oldest are deleted first. */
export interface RetentionSettings {
  /** From the end of a recording, milliseconds, 1 second to 10 years; null (default): as long as there is room. */
  readonly maxAgeMs: number | null;
  /** All recordings together, 1 MiB to 1 PiB; null (default): no limit of its own. */
  readonly maxBytes: number | null;
}

/** Where streams are recorded, and what becomes of it. */
export interface RecordingSettings {
  /** The folder that holds the recordings; it is made if it is missing. */
  readonly folder: string;
  readonly segment: SegmentSettings;
  /** With less room than that on its file system nothing is recorded, 0 to 1 PiB; default 1 GiB. */
  readonly minFreeBytes: number;
  /** What of a stream may wait to be written, 64 KiB to 1 GiB; default 16 MiB. */
  readonly maxQueueBytes: number;
  readonly retention: RetentionSettings;
  readonly encryption: EncryptionSettings;
  /** Null (default): recordings stay in the folder. */
  readonly upload: UploadSettings | null;
  readonly playback: PlaybackSettings;
}

type WrittenRecordings = Omit<RecordingSettings, 'folder'> & { readonly folder: string | null };

const secondMs = 1000;
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const tenYearsMs = 3650 * dayMs;
const kib = 2 ** 10;
const mib = 2 ** 20;
const gib = 2 ** 30;
const tib = 2 ** 40;
const pib = 2 ** 50;

const folderName = checkedString(
  (name) => (/^[^\0]+$/.test(name) ? undefined : 'expected the name of a folder'),
  'path',
);

/** Schema of `recordings`; without a folder there are none. */
export const recordingSettings: z.ZodType<RecordingSettings | null> = section<WrittenRecordings>({
  folder: folderName.nullable().default(null),
  segment: section<SegmentSettings>({
    maxDurationMs: integer(secondMs, dayMs, hourMs),
    maxBytes: integer(mib, tib, 4 * gib),
  }),
  minFreeBytes: integer(0, pib, gib),
  maxQueueBytes: integer(64 * kib, gib, 16 * mib),
  retention: section<RetentionSettings>({
    maxAgeMs: z.int().min(secondMs).max(tenYearsMs).nullable().default(null),
    maxBytes: z.int().min(mib).max(pib).nullable().default(null),
  }),
  encryption: encryptionSettings,
  upload: uploadSettings,
  playback: playbackSettings,
})
  .nullable()
  .default(null)
  .transform((wanted) => (wanted?.folder == null ? null : (wanted as RecordingSettings)));

/** Which streams are recorded: none, those whose publisher or an operator wishes it, or all. */
export const recordWishes = ['never', 'onWish', 'always'] as const;

/** One of {@link recordWishes}. */
export type RecordWish = (typeof recordWishes)[number];
