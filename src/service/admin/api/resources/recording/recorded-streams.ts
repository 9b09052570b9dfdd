import { z } from 'zod';
import { type Operation, operation } from '../../operation.ts';
import { nameOf, streamKey } from './recordings.ts';

const params = z.strictObject({ stream: streamKey });

/** Streams that operators have recorded. */
export const recordedStreamOperations: readonly Operation[] = [
  operation({
    method: 'POST',
    path: '/api/v1/streams/{stream}/recording',
    may: 'operate',
    id: 'startRecording',
    summary: 'Records a stream that is live, until it ends',
    params,
    body: z
      .strictObject({
        append: z.boolean().default(false).describe('whether it is the next part of its latest recording'),
      })
      .default({ append: false }),
    answers: { 204: { description: 'it is being recorded, from a keyframe on' } },
    handle: ({ service, params: { stream }, body: { append }, operator }) =>
      service.recordings.start(stream, append ? 'latest' : 'new', nameOf(operator)),
  }),
  operation({
    method: 'DELETE',
    path: '/api/v1/streams/{stream}/recording',
    may: 'operate',
    id: 'stopRecording',
    summary: 'Records a stream no more, until it has ended and comes again',
    params,
    answers: { 204: { description: 'its file is being finished' } },
    handle: ({ service, params: { stream } }) => service.recordings.stop(stream),
  }),
];
