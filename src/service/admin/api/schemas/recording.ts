import { z } from 'zod';
import type { Recording } from '../../../../recording/recording.ts';
import { count, facts, moment } from './facts.ts';

/** A recording: one file. */
export const recordingSchema: z.ZodType<Recording> = facts<Recording>({
  key: z.string().describe('by which it is played, and deleted'),
  stream: z.string().describe('key of the stream'),
  id: z.string().describe('its start and 128 random bits'),
  family: z.enum(['FLV', 'ASF']),
  state: z
    .enum(['recording', 'finished', 'recovered'])
    .describe('recovered: its end was cut off, and what there is was put in order'),
  startedAt: moment,
  durationMs: count,
  bytes: count.describe('of the file as players get it'),
  run: z.string().describe('what the parts of one broadcast have in common'),
  part: count.describe('from 1 on'),
  hasVideo: z.boolean(),
  isSealed: z.boolean().describe('whether it is encrypted on the disk'),
  isUploaded: z.boolean().describe('whether it is in the bucket'),
});
