import { z } from 'zod';
import type { SourceOrigin } from '../../../../stream/source.ts';
import type { StreamStatus, TrackStatus } from '../../relay-status.ts';
import { bitRate, count, facts, moment } from './facts.ts';

type Push = Extract<SourceOrigin, { type: 'push' }>;
type Pulled = Extract<SourceOrigin, { type: 'pull' }>;

const push = facts<Push>({
  type: z.literal('push'),
  protocol: z.string(),
  peer: z.string().describe('address and port'),
  client: z.string().describe('what software it says it is; empty when it says nothing'),
  session: z.string().describe('id of the session'),
});

const pulled = facts<Pulled>({
  type: z.literal('pull'),
  protocol: z.string(),
  url: z.string().describe('without credentials'),
});

const track = facts<TrackStatus>({
  kind: z.enum(['audio', 'video', 'mixed']),
  track: z.int().min(0).max(255),
  codec: z.string().describe('a FourCC, or a short name where the codec has none'),
});

/** The schema of where a stream comes from. */
export const sourceSchema: z.ZodType<SourceOrigin> = z.union([push, pulled]);

/** The schema of a {@link StreamStatus}. */
export const streamSchema: z.ZodType<StreamStatus> = facts<StreamStatus>({
  stream: z.string().describe('the stream key'),
  state: z.enum(['absent', 'starting', 'live', 'grace']),
  family: z.string().nullable().describe('the kind of media; null while nothing comes'),
  source: sourceSchema.nullable().describe('where the stream comes from; null while it has no source'),
  since: moment.nullable().describe('when this source began'),
  tracks: z.array(track),
  receivedBytes: count.describe('media received'),
  sentBytes: count.describe('bytes written to all players'),
  receivedBitsPerSecond: bitRate,
  sentBitsPerSecond: bitRate,
  players: count.describe('players that get the stream, without forwards'),
  waitingPlayers: count.describe('players that wait for it to begin'),
  laggingPlayers: count.describe('players that miss frames now because they do not keep up'),
  droppedFrames: count.describe('frames left out for players that did not keep up'),
  backlogBytes: count.describe('bytes written for players whose sockets have not taken them yet'),
  cacheBytes: count.describe('kept for players that join late'),
  cacheSeconds: z.number().min(0).describe('how much media that is'),
  keyframeAgeSeconds: z.number().nullable().describe('time since the last keyframe of video'),
  keyframeIntervalSeconds: z.number().nullable().describe('time between the last keyframes of video'),
  videoFramesPerSecond: z.number().nullable().describe('frames of video in a second'),
  recording: z.string().nullable().describe('key of the recording that it is written to now'),
});
