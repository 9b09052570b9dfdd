import type { ChunkReaderLimits } from '../protocol/rtmp/chunk/chunk-reader.ts';
import type { SessionCallHandler } from './session-call.ts';

/** What a peer may make a session hold. */
export interface RtmpSessionLimits extends ChunkReaderLimits {
  /** Longest message, bytes; default 8 MiB. */
  readonly messageBytes: number;
  /** Memory for messages that have begun and are not complete, bytes; default 16 MiB. */
  readonly partialBytes: number;
  /** Chunk stream ids; default 64. */
  readonly chunkStreams: number;
  /** Messages and events that nobody has iterated over yet; then the connection is not read until half of them are. Default 1000. */
  readonly unreadEvents: number;
  /** Bytes of those; default 8 MiB. What is over is one message. */
  readonly unreadBytes: number;
  /** Bytes that the peer has not taken when `send` of a stream begins to wait; default 256 KiB. */
  readonly highWaterBytes: number;
  /** Bytes that the peer has not taken when the session fails; default 16 MiB. */
  readonly backlogBytes: number;
  /** Message streams that a client opens; default 32. A server gives out 32. */
  readonly messageStreams: number;
  /** Calls of the peer that are answered at the same time; default 64. Of our own 256 can be open. */
  readonly runningCalls: number;
}

/** How long things may take, milliseconds; `Infinity` for any time. */
export interface RtmpSessionDeadlines {
  /** Default 10,000. */
  readonly handshakeMs: number;
  /** For `connect`, from the end of the handshake until the server answers or the client asks; default 10,000. */
  readonly connectMs: number;
  /** Until a server answers `play` or `publish`, and until whoever uses a server session decides about a request; default 30,000. */
  readonly requestMs: number;
  /** Until the peer answers a call; default 30,000. */
  readonly callMs: number;
  /** Until a handler answers a call of the peer; default 30,000. */
  readonly answerMs: number;
  /** Between pings; default 15,000. */
  readonly pingMs: number;
  /** Without a sign of life, be it the answer to a ping; default 45,000. */
  readonly silenceMs: number;
  /** For what was written when a session closes; default 2,000. */
  readonly closeMs: number;
}

/** What sessions of both roles can be told. */
export interface RtmpSessionOptions {
  readonly limits?: Partial<RtmpSessionLimits>;
  readonly deadlines?: Partial<RtmpSessionDeadlines>;
  /** What answers calls of the peer, by name; as `onCall`, and in time for what comes with the answer to connect. */
  readonly calls?: Readonly<Record<string, SessionCallHandler>>;
  /** Hears what a call handler throws that is no `CallFault`: the peer is told only that the call has failed. */
  readonly onHandlerError?: (error: unknown, name: string) => void;
  /** Closes the session at once when it aborts. */
  readonly signal?: AbortSignal;
}

const defaultLimits: RtmpSessionLimits = {
  messageBytes: 8 * 2 ** 20,
  partialBytes: 16 * 2 ** 20,
  chunkStreams: 64,
  unreadEvents: 1000,
  unreadBytes: 8 * 2 ** 20,
  highWaterBytes: 256 * 1024,
  backlogBytes: 16 * 2 ** 20,
  messageStreams: 32,
  runningCalls: 64,
};

const defaultDeadlines: RtmpSessionDeadlines = {
  handshakeMs: 10_000,
  connectMs: 10_000,
  requestMs: 30_000,
  callMs: 30_000,
  answerMs: 30_000,
  pingMs: 15_000,
  silenceMs: 45_000,
  closeMs: 2000,
};

export function limitsOf({ limits }: RtmpSessionOptions): RtmpSessionLimits {
  return { ...defaultLimits, ...limits };
}

export function deadlinesOf({ deadlines }: RtmpSessionOptions): RtmpSessionDeadlines {
  return { ...defaultDeadlines, ...deadlines };
}
