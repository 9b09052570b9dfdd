import { z } from 'zod';
import type { Origin, PullStatus } from '../../relay-status.ts';
import { count, facts } from './facts.ts';

/** Of what the relay does with another server. */
export const linkFields: {
  id: z.ZodType<string>;
  origin: z.ZodType<Origin>;
  stream: z.ZodType<string>;
  state: z.ZodType<PullStatus['state']>;
  lastError: z.ZodType<string | null>;
  reconnects: z.ZodType<number>;
} = {
  id: z.string().describe('the same in every worker and after a restart'),
  origin: z.enum(['config', 'api']).describe('whether the configuration says so, or somebody by this API'),
  stream: z.string().describe('the stream key'),
  state: z.enum(['connecting', 'flowing', 'waiting']).describe('waiting: for the next try'),
  lastError: z.string().nullable().describe('why the last connection was lost or refused'),
  reconnects: count.describe('how often a connection was lost or refused'),
};

const { id, origin, stream, state, lastError, reconnects } = linkFields;

/** The schema of a {@link PullStatus}. */
export const upstreamSchema: z.ZodType<PullStatus> = facts<PullStatus>({
  id,
  origin,
  stream,
  url: z.string().describe('without credentials'),
  state,
  seconds: count.describe('age of this connection'),
  lastError,
  reconnects,
  frames: count.describe('audio and video messages on this connection'),
  delayMs: z.number().describe('how much later the last frame came than the fastest one of this connection'),
  path: z.array(z.string()).describe('ids of the relays that bring the stream, nearest first'),
});
