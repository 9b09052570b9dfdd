import type { Frame } from '../../stream/frame.ts';
import type { ResumePoint } from '../../stream/resuming/resume-point.ts';

/** For whom a stream is pulled. */
export interface PulledFor {
  /** Ids of the relays that wait for the stream, this one first. */
  readonly waiting: readonly string[];
  /** How far they have come with it; undefined where there is nothing to go on from. */
  readonly resume?: ResumePoint | undefined;
}

/** Why an upstream gives no more. `denied`: this relay's own access. `not-found`: it does not have the stream, and said so. */
export interface UpstreamEnd {
  readonly kind: 'denied' | 'ended' | 'lost' | 'not-found' | 'redirect' | 'refused';
  /** For people. */
  readonly description: string;
  /** What the server says of it, as it came: with secrets of the request, perhaps, and of any length. */
  readonly said?: string;
  /** Where a redirect leads. */
  readonly url?: string;
}

/** What an upstream tells whoever opened it. */
export interface UpstreamEvents {
  /** It accepted to send the stream. @param path - ids of the relays that bring it, nearest first */
  onStart(path: readonly string[]): void;
  /** The path has changed. */
  onPath(path: readonly string[]): void;
  /** Hands a frame over for good. */
  onMedia(frame: Frame): void;
  /** It has nothing to send though all is well with it, or has again. */
  onDry(isDry: boolean): void;
  /** It asks to be left for another server, for `url` if it names one. */
  onReconnectRequest(url: string | undefined): void;
  /** What it sends costs much more work than bytes usually do: it is slowed down from now on. */
  onSlowed?(): void;
  /** It is over; nothing is told after this. */
  onEnd(end: UpstreamEnd): void;
}

/** A connection that brings one stream in, whatever its protocol. */
export interface Upstream {
  /** Asks for a sign of life; {@link signsOfLife} grows with the answer. */
  ping(): void;
  readonly signsOfLife: number;
  /** What has come on the connection, once there is one; it stays known when that is over. */
  readonly receivedBytes: number;
  /** Leaves; no event follows. */
  close(): void;
}
