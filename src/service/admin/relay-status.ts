import type { SessionRole } from '../../session/session.ts';
import type { StreamState } from '../../stream/live-stream.ts';
import type { SourceOrigin } from '../../stream/source.ts';

/** How a pull is doing, for people and metrics. */
export interface PullStatus {
  readonly stream: string;
  /** Without credentials. */
  readonly url: string;
  readonly state: 'connecting' | 'flowing' | 'waiting';
  /** Seconds in this connection. */
  readonly seconds: number;
  readonly lastError: string | undefined;
  readonly reconnects: number;
  readonly frames: number;
  readonly delayMs: number;
  /** Ids of the relays that bring the stream, nearest first. */
  readonly path: readonly string[];
}

/** How a forward is doing, for people and metrics. */
export interface ForwardStatus {
  readonly stream: string;
  /** Without anything that may be secret. */
  readonly url: string;
  readonly state: 'connecting' | 'flowing' | 'waiting';
  readonly lastError: string | undefined;
  readonly reconnects: number;
  /** Over all of its connections. */
  readonly sentBytes: number;
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

/** A part of a list, in order. */
export interface ListPart<T> {
  readonly entries: readonly T[];
  /** What to ask for in order to get what follows; null at the end. */
  readonly next: string | null;
}
