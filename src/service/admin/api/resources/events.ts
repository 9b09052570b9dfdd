import type { ServerResponse } from 'node:http';
import { z } from 'zod';
import { checkedString } from '../../../../config/setting-schema.ts';
import { COMMENT_MS, type EventFeed, MAX_SUBSCRIBERS } from '../../events/event-feed.ts';
import type { EventSink } from '../../events/event-subscriber.ts';
import { safeHeaders } from '../../safe-headers.ts';
import type { ServiceControl } from '../../service-control.ts';
import { ApiError } from '../api-error.ts';
import { type Operation, operation } from '../operation.ts';

/** Ids are shorter, characters. */
const MAX_ID = 64;

/** The events of a service. */
export interface EventKinds {
  /** All types, in the order of the documentation. */
  readonly types: readonly string[];
  /** What the data of each is. */
  readonly schemas: Readonly<Record<string, z.ZodType>>;
}

/** A service whose events can be followed. */
export interface FollowedService extends ServiceControl {
  readonly events: EventFeed;
}

/** What happens, as it happens. */
export function eventOperations<C extends FollowedService>(kinds: EventKinds): readonly Operation<C>[] {
  const types = checkedString(
    (names) =>
      readTypes(names, kinds) === undefined
        ? `expected some of ${kinds.types.join(', ')}, with commas between them`
        : undefined,
    'types of events',
  ).describe('types of events, with commas between them; without it all but `status`');
  return [followOperation(kinds, types)];
}

function followOperation<C extends FollowedService>(
  kinds: EventKinds,
  types: z.ZodType<string>,
): Operation<C> {
  return operation({
    method: 'GET',
    path: '/api/v1/events',
    may: 'read',
    id: 'followEvents',
    summary: 'What happens, as it happens, as server-sent events that can be gone on with after a break',
    query: z.strictObject({
      types: types.optional(),
      after: z
        .string()
        .min(1)
        .max(MAX_ID)
        .optional()
        .describe('the id of the last event that was heard, where the header Last-Event-ID does not say it'),
    }),
    answers: {
      200: {
        description: 'events; each has the JSON of its type as data',
        contentType: 'text/event-stream',
        schema: z.union(Object.values(kinds.schemas)),
      },
    },
    handle({ service, query, mayGoOn }, reply) {
      const { events } = service;
      const { raw: request } = reply.request;
      const { 'last-event-id': lastId } = request.headers;
      if (!events.hasRoom)
        throw new ApiError('too-many', `${MAX_SUBSCRIBERS} follow the events already: close one of them`);
      reply.hijack();
      const { raw: response } = reply;
      response.writeHead(200, {
        ...safeHeaders,
        'content-type': 'text/event-stream',
        'x-accel-buffering': 'no',
      });
      if (request.method === 'HEAD') return response.end();
      response.setTimeout(2 * COMMENT_MS); // in which nothing is taken of what is sent
      const after = typeof lastId === 'string' ? lastId.slice(0, MAX_ID) : query.after;
      const wanted = query.types === undefined ? undefined : readTypes(query.types, kinds);
      const wish = { types: wanted, after, mayGoOn };
      const leave = events.subscribe(wish, sinkOf(response));
      response.on('close', leave);
      return reply;
    },
  });
}

function sinkOf(response: ServerResponse): EventSink {
  return {
    get backlogBytes() {
      return response.writableLength;
    },
    write: (text) => void response.write(text),
    end: () => void response.end(),
    destroy: () => void response.destroy(),
  };
}

/** Reads the types that somebody names; undefined where one of them is none. */
function readTypes(names: string, { types }: EventKinds): ReadonlySet<string> | undefined {
  const read = names.split(',');
  return read.every((name) => types.includes(name)) ? new Set(read) : undefined;
}
