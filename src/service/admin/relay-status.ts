import type { LogLevels } from '../../log.ts';
import type { SessionRole } from '../../session/session.ts';
import type { SourceOrigin } from '../../stream/source.ts';
import type { StreamState } from '../../stream/stream-description.ts';

/** Where something that a relay does comes from. */
export type Origin = 'config' | 'api';

/** How a pull is doing, for people and metrics. */
export interface PullStatus {
  /** The same for the same stream, whichever worker has it and however often the relay is started. */
  readonly id: string;
  readonly origin: Origin;
  readonly stream: string;
  /** Without credentials. */
  readonly url: string;
  readonly state: 'connecting' | 'flowing' | 'waiting';
  /** Seconds in this connection. */
  readonly seconds: number;
  /** Null where there was none. */
  readonly lastError: string | null;
  readonly reconnects: number;
  readonly frames: number;
  readonly delayMs: number;
  /** Ids of the relays that bring the stream, nearest first. */
  readonly path: readonly string[];
}

/** How a forward is doing, for people and metrics. */
export interface ForwardStatus {
  /** The same for the same stream and server, whichever worker has it and however often the relay is started. */
  readonly id: string;
  readonly origin: Origin;
  readonly stream: string;
  /** Without anything that may be secret. */
  readonly url: string;
  readonly state: 'connecting' | 'flowing' | 'waiting';
  /** Null where there was none. */
  readonly lastError: string | null;
  readonly reconnects: number;
  /** Over all of its connections. */
  readonly sentBytes: number;
}

/** How a hook is doing; one that is asked some things and told others is there twice. */
export interface HookStatus {
  /** The same as long as the configuration names it at the same place. */
  readonly id: string;
  /** As the configuration calls it, such as `hooks.0`. */
  readonly hook: string;
  /** `exec`: a program that is told. */
  readonly kind: 'asked' | 'told' | 'exec';
  /** Pattern of stream keys. */
  readonly match: string;
  readonly events: readonly string[];
  /** The server of its URL, or the path of its program. */
  readonly target: string;
  /** Whether it is asked or told as always, not at all, or once to see whether it is back; of several workers the worst. */
  readonly breaker: 'closed' | 'open' | 'half-open';
  /** Questions or events that wait. */
  readonly waiting: number;
  /** Questions or events by what became of them. */
  readonly counts: Readonly<Record<string, number>>;
  /** What went wrong last, and when; null where nothing has. */
  readonly lastProblem: { readonly at: string; readonly problem: string } | null;
}

/** What a finding can be about. */
export const findingTopics = [
  'draining',
  'house',
  'entry',
  'rule',
  'hooks',
  'upstream',
  'publisher',
  'family',
  'keyframes',
  'players',
  'limits',
  'bans',
  'refusals',
  'log',
] as const;

/** One thing that has to do with whether a stream can be seen. */
export interface Finding {
  readonly about: (typeof findingTopics)[number];
  /** False where it keeps people from seeing the stream, null where that is not for it to say. */
  readonly ok: boolean | null;
  /** For people. */
  readonly text: string;
}

/** Why a stream is seen or not. */
export interface StreamExplanation {
  readonly stream: string;
  /** One sentence: that it plays, or why it does not. */
  readonly verdict: string;
  readonly findings: readonly Finding[];
}

/** What a stream or session has carried. */
export interface Traffic {
  readonly receivedBytes: number;
  readonly sentBytes: number;
  /** Over the last seconds; null in its first half second. */
  readonly receivedBitsPerSecond: number | null;
  readonly sentBitsPerSecond: number | null;
}

/** One track of a stream. */
export interface TrackStatus {
  readonly kind: 'audio' | 'video' | 'mixed';
  /** 0 to 255; 0 is the one that every player knows. */
  readonly track: number;
  /** A FourCC, or a short name where the codec has none. */
  readonly codec: string;
}

/** How a stream is doing. */
export interface StreamStatus extends Traffic {
  readonly stream: string;
  readonly state: StreamState;
  /** Null while nothing comes. */
  readonly family: string | null;
  /** Null while it has none. */
  readonly source: SourceOrigin | null;
  /** Since when it has its source, ISO 8601. */
  readonly since: string | null;
  readonly tracks: readonly TrackStatus[];
  readonly players: number;
  /** Players that wait for it to begin. */
  readonly waitingPlayers: number;
  readonly laggingPlayers: number;
  /** Frames left out for players that did not keep up, over all players. */
  readonly droppedFrames: number;
  /** What players were sent and have not taken. */
  readonly backlogBytes: number;
  readonly cacheBytes: number;
  readonly cacheSeconds: number;
  /** Null before the first keyframe. */
  readonly keyframeAgeSeconds: number | null;
  /** Between the last keyframes of video; null before there are two. */
  readonly keyframeIntervalSeconds: number | null;
  /** Null while it is not known. */
  readonly videoFramesPerSecond: number | null;
  /** Key of the recording that it is written to now; null where there is none. */
  readonly recording: string | null;
}

/** How a session is doing. */
export interface SessionStatus extends Traffic {
  readonly id: string;
  readonly role: SessionRole;
  readonly protocol: string;
  readonly tls: boolean;
  /** The name of this server that it has asked for in TLS, cut where that is long; null where it has not. */
  readonly serverName: string | null;
  /** What it publishes or plays; null where that is nothing yet. */
  readonly stream: string | null;
  /** All of them, where a connection has several. */
  readonly streams: readonly string[];
  /** Who it has proven to be; null where it has not. */
  readonly identity: string | null;
  /** What its URL calls it (`uid`), cut where that is long; null where it does not. Nobody has proven it. */
  readonly uid: string | null;
  readonly address: string;
  /** The address of the proxy that has brought it; null where it came by itself. */
  readonly via: string | null;
  /** What software the peer says it is, cut where that is long. */
  readonly client: string;
  /** ISO 8601. */
  readonly since: string;
  readonly lagging: boolean;
  readonly droppedFrames: number;
  readonly backlogBytes: number;
  /** How long the oldest of what it has not taken has waited. */
  readonly backlogMs: number;
}

/** A listener that is open. */
export interface ListenerStatus {
  /** What it is called in the configuration, such as `rtmp`. */
  readonly listener: string;
  /** Its address; of the admin socket its path. */
  readonly host: string;
  /** Null for a Unix socket. */
  readonly port: number | null;
  readonly tls: boolean;
}

/** How much of something there is, and how much there may be. */
export interface LoadStatus {
  /** What, with its unit: `sessions`, `sentBitsPerSecond`, `residentBytes` and others. */
  readonly name: string;
  readonly now: number;
  /** Null where nothing limits it. */
  readonly limit: number | null;
}

/** The certificate of a listener. */
export interface CertificateStatus {
  readonly listener: string;
  readonly subject: string;
  /** ISO 8601. */
  readonly notAfter: string;
}

/** How it went to read the configuration. */
export interface ReloadStatus {
  /** Whether the last time succeeded. */
  readonly succeeded: boolean;
  /** When that was, ISO 8601; the start, where it was not read again. */
  readonly at: string;
}

/** How a relay does with the house that it belongs to. */
export interface HouseStatus {
  readonly url: string;
  /** What the house calls the relay. */
  readonly id: string;
  readonly state: 'linked' | 'connecting' | 'waiting';
  /** What the house calls itself; null while there is no link. */
  readonly name: string | null;
  /** Since when there is a link, ISO 8601; null while there is none. */
  readonly since: string | null;
  /** Why there is none; null where nothing has failed since the last one. */
  readonly lastError: string | null;
  readonly reconnects: number;
  /** The config of the house that the relay goes by; null where it has none. */
  readonly revision: string | null;
  /** Why it does not go by the last one that it was given; null where it does. */
  readonly configProblem: string | null;
}

/** Every readiness there is. */
export const readinesses: readonly ['ready', 'draining', 'full'] = ['ready', 'draining', 'full'];

/** Whether newcomers are let in, or why not: the relay is about to stop, or has no room. */
export type Readiness = 'ready' | 'draining' | 'full';

/** How any service is doing as a whole. */
export interface ServiceStatus {
  /** Other at each start. */
  readonly id: string;
  readonly name: string;
  readonly version: string;
  /** Version of Node. */
  readonly node: string;
  readonly pid: number;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly uptimeSeconds: number;
  readonly readiness: Readiness;
  readonly logLevel: LogLevels['level'];
  readonly listeners: readonly ListenerStatus[];
  readonly certificates: readonly CertificateStatus[];
  readonly reload: ReloadStatus;
}

/** How a relay is doing as a whole. */
export interface RelayStatus extends ServiceStatus {
  /** How many threads serve. */
  readonly workers: number;
  readonly load: readonly LoadStatus[];
  /** Null where it belongs to none. */
  readonly house: HouseStatus | null;
}

/** A part of a list, in order. */
export interface ListPart<T> {
  readonly items: readonly T[];
  /** What to ask for in order to get what follows; null at the end. */
  readonly next: string | null;
}
