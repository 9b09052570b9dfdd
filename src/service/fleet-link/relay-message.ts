/** What a relay says to its house. */
import { z } from 'zod';
import { settings } from '../../config/setting-schema.ts';
import { LINK_VERSION, MAX_CHARACTERS, MAX_LISTED, MAX_SESSIONS } from './link-limits.ts';

/** What a stream does at a relay. */
export interface StreamReport {
  readonly key: string;
  readonly state: 'live' | 'waiting' | 'away';
  readonly players: number;
  readonly receivedBitsPerSecond: number;
  /** Since its latest keyframe; null where none is known. */
  readonly keyframeAgeSeconds: number | null;
  /** What brings it there. */
  readonly source: 'publisher' | 'pull' | 'none';
}

/** A player that has come to a relay. */
export interface PlayerReport {
  /** Of its session, unique at its relay. */
  readonly id: string;
  /** The label `uid` of its URL: nobody has proven it. */
  readonly uid: string | null;
  /** Who it has proven to be. */
  readonly identity: string | null;
  readonly address: string;
  readonly protocol: string;
  readonly stream: string;
  /** Milliseconds since 1970. */
  readonly since: number;
}

/** A player that has left. */
export interface Departure {
  readonly id: string;
  /** What it was sent. */
  readonly bytes: number;
  readonly seconds: number;
  readonly reason: string;
}

/** What a relay says first. */
export interface RelayHello {
  readonly type: 'hello';
  readonly version: number;
  /** The name and version of the program. */
  readonly software: string;
  /** Another one after each start. */
  readonly instance: string;
  /** Which config of the house it runs with; null without one. */
  readonly revision: string | null;
}

/** What a relay says again and again. */
export interface Telemetry {
  readonly type: 'telemetry';
  /** Whether `joined` begins a whole list, which replaces what was known: so after each connect. */
  readonly whole: boolean;
  /** Whether the rest of the same report follows at once in another message. */
  readonly more: boolean;
  readonly state: 'ready' | 'full' | 'draining';
  readonly players: number;
  readonly publishers: number;
  readonly sentBitsPerSecond: number;
  readonly receivedBitsPerSecond: number;
  /** All that there are, in each report, over as many messages as it takes. */
  readonly streams: readonly StreamReport[];
  /** Since the last report. */
  readonly joined: readonly PlayerReport[];
  readonly left: readonly Departure[];
  /** The config that it has tried last, and what is wrong with it. */
  readonly config: { readonly revision: string | null; readonly problem: string | null };
}

/** What has become of an instruction. */
export interface Acknowledgement {
  readonly type: 'ack';
  /** Of the instruction. */
  readonly id: string;
  /** Null where it was carried out. */
  readonly problem: string | null;
  /** Of `kick`: how many sessions have ended. */
  readonly ended?: number | undefined;
  /** Of `measure`: milliseconds by relay, null where it does not answer. */
  readonly roundTrips?: Readonly<Record<string, number | null>> | undefined;
}

/** Everything that a relay says. */
export type RelayMessage = RelayHello | Telemetry | Acknowledgement;

const count = z.number().min(0).max(Number.MAX_SAFE_INTEGER);
const sessions = z.int().min(0).max(MAX_SESSIONS);
const id = z.string().min(1).max(MAX_CHARACTERS.id);
const key = z.string().max(MAX_CHARACTERS.key);
const label = z.string().max(MAX_CHARACTERS.label);
const word = z.string().max(64);
const revision = id.nullable();
const problem = z.string().max(MAX_CHARACTERS.problem).nullable();

const hello = settings<RelayHello>({
  type: z.literal('hello'),
  version: z.literal(LINK_VERSION),
  software: label,
  instance: id,
  revision,
});

const streamReport = settings<StreamReport>({
  key,
  state: z.enum(['live', 'waiting', 'away']),
  players: sessions,
  receivedBitsPerSecond: count,
  keyframeAgeSeconds: count.nullable(),
  source: z.enum(['publisher', 'pull', 'none']),
});

const playerReport = settings<PlayerReport>({
  id,
  uid: label.nullable(),
  identity: label.nullable(),
  address: word,
  protocol: word,
  stream: key,
  since: count,
});

const telemetry = settings<Telemetry>({
  type: z.literal('telemetry'),
  whole: z.boolean(),
  more: z.boolean(),
  state: z.enum(['ready', 'full', 'draining']),
  players: sessions,
  publishers: sessions,
  sentBitsPerSecond: count,
  receivedBitsPerSecond: count,
  streams: z.array(streamReport).max(MAX_LISTED.streams),
  joined: z.array(playerReport).max(MAX_LISTED.players),
  left: z
    .array(settings<Departure>({ id, bytes: count, seconds: count, reason: word }))
    .max(MAX_LISTED.players),
  config: settings<Telemetry['config']>({ revision, problem }),
});

/** Schema of what has become of an instruction. */
export const acknowledgement: ReturnType<typeof settings<Acknowledgement>> = settings<Acknowledgement>({
  type: z.literal('ack'),
  id,
  problem,
  ended: sessions.optional(),
  roundTrips: z
    .record(id, count.nullable())
    .refine((trips) => Object.keys(trips).length <= MAX_LISTED.targets, 'too many')
    .optional(),
});

/** Schema of what a relay says. */
export const relayMessage: z.ZodType<RelayMessage> = z.discriminatedUnion('type', [
  hello,
  telemetry,
  acknowledgement,
]);
