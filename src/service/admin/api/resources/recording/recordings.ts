import { z } from 'zod';
import { checkedString } from '../../../../../config/setting-schema.ts';
import type { RecordingListWish } from '../../../../../recording/link/store-link.ts';
import { isStreamKey } from '../../../../../stream/stream-key.ts';
import type { Operator } from '../../../../access/operating/operators.ts';
import { listOf, pageQuery } from '../../lists.ts';
import { type Operation, operation } from '../../operation.ts';
import { recordingSchema } from '../../schemas/recording.ts';

/** A stream key in a path or query. */
export const streamKey: z.ZodType<string> = checkedString(
  (key) => (isStreamKey(key) ? undefined : 'expected a stream key, its slashes as %2F'),
  'stream key',
);
const ofRecording = z.strictObject({
  key: z.string().min(1).max(2048).describe('its slashes as %2F'),
});

/** Recordings. */
export const recordingOperations: readonly Operation[] = [
  operation({
    method: 'GET',
    path: '/api/v1/recordings',
    may: 'read',
    id: 'listRecordings',
    summary: 'Recordings, by stream and start',
    query: pageQuery<RecordingListWish>({ stream: streamKey.optional() }),
    answers: { 200: { description: 'recordings', schema: listOf(recordingSchema) } },
    handle: ({ service, query }) => service.recordings.list(query),
  }),
  operation({
    method: 'GET',
    path: '/api/v1/recordings/{key}',
    may: 'read',
    id: 'getRecording',
    summary: 'One recording',
    params: ofRecording,
    answers: { 200: { description: 'the recording', schema: recordingSchema } },
    handle: ({ service, params: { key } }) => service.recordings.describe(key),
  }),
  operation({
    method: 'DELETE',
    path: '/api/v1/recordings/{key}',
    may: 'operate',
    id: 'deleteRecording',
    summary: 'Deletes a recording for good',
    params: ofRecording,
    answers: { 204: { description: 'it is gone' } },
    handle: ({ service, params: { key }, operator }) => service.recordings.delete(key, nameOf(operator)),
  }),
];

/** Who it was, for the audit log of recordings. */
export function nameOf({ by, identity }: Operator): string {
  return `api:${identity ?? by}`;
}
