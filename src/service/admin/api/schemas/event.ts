import { z } from 'zod';
import type { EventData, EventType } from '../../events/relay-event.ts';
import { count, facts, moment } from './facts.ts';
import { relaySchema } from './relay.ts';
import { serviceEventSchemas } from './service-event.ts';
import { sourceSchema, streamSchema } from './stream.ts';

/** Every type of event, in the order of the documentation. */
export const eventTypes: readonly [EventType, ...EventType[]] = [
  'stream',
  'session',
  'upstream',
  'forward',
  'recording',
  'store',
  'uploads',
  'warning',
  'audit',
  'relay',
  'status',
  'gap',
];

const stream = z.string().describe('the stream key');

const link = {
  at: moment,
  stream,
  url: z.string().describe('of the other server, without secrets'),
  why: z.string().nullable().describe('why it is down, in words; null where it is up'),
};

/** What the data of each type of event is. */
export const eventSchemas: { readonly [T in EventType]: z.ZodType<EventData[T]> } = {
  stream: facts<EventData['stream']>({
    at: moment,
    what: z.enum(['live', 'away', 'moved', 'ended']),
    stream,
    source: sourceSchema.nullable().describe('where it comes from; null while it has no source'),
  }),
  session: facts<EventData['session']>({
    at: moment,
    what: z.enum(['begun', 'over']),
    id: z.string().describe('id of the session'),
    verb: z.enum(['publish', 'play', 'playback']),
    stream,
    protocol: z.string(),
    address: z.string(),
    client: z.string().describe('what software it says it is'),
    identity: z.string().nullable().describe('who its credentials say it is'),
    reason: z.string().nullable().describe('why it is over; null where it has begun'),
    seconds: z.number().min(0).describe('how long it has gone on'),
    bytes: count.describe('what it has sent, or was sent, meanwhile'),
  }),
  upstream: facts<EventData['upstream']>({ ...link, what: z.enum(['up', 'down', 'moved']) }),
  forward: facts<EventData['forward']>({ ...link, what: z.enum(['up', 'down']) }),
  recording: facts<EventData['recording']>({
    at: moment,
    what: z.enum(['begun', 'done', 'gap', 'uploaded', 'not-uploaded', 'expired']),
    stream,
    recording: z.string().nullable().describe('its key; null in a gap'),
    outcome: z
      .enum(['finished', 'full', 'failed', 'lost'])
      .nullable()
      .describe('how it has ended; null where it is not over'),
    why: z.string().nullable().describe('in words'),
    seconds: z.number().min(0).describe('how long it is'),
    bytes: count.describe('of its file'),
    frames: count.describe('that are missing'),
  }),
  store: facts<EventData['store']>({
    at: moment,
    what: z.enum(['ok', 'full', 'slow', 'gone']),
    why: z.string().describe('in words'),
  }),
  uploads: facts<EventData['uploads']>({
    at: moment,
    what: z.enum(['up', 'down']),
    why: z.string().describe('in words'),
  }),
  ...serviceEventSchemas(eventTypes),
  relay: facts<EventData['relay']>({
    at: moment,
    what: z.enum(['draining', 'reloaded']),
    restartNeeded: z
      .array(z.string())
      .nullable()
      .describe('settings that wait for a restart; null where it was no reload'),
  }),
  status: facts<EventData['status']>({
    at: moment,
    what: z.literal('status'),
    relay: relaySchema,
    streams: z.array(streamSchema).max(200).describe('those with the most players'),
  }),
};
