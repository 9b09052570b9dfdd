import type { WireForm } from './fan-out/wire-form.ts';
import type { ResumePoint } from './resuming/resume-point.ts';

/** Why a player gets no more of a stream. */
export type PlayEndReason =
  /** The stream has ended in good order, or its publisher did not come back. */
  | 'ended'
  /** It was not there, and did not come within the time that a player waits. */
  | 'not-found'
  /** Nothing was taken by the player's socket for too long. */
  | 'stalled'
  /** The stream is of another media family than the player can be sent. */
  | 'format'
  /** The relay stops. */
  | 'shutdown';

/** How a player that gets a stream keeps up. */
export interface PlayStanding {
  /** Whether it misses frames now. */
  readonly isLagging: boolean;
  /** Frames that were left out for it. */
  readonly droppedFrames: number;
  /** What waits for it and was not written to its socket yet, bytes. */
  readonly queuedBytes: number;
  /** How long the oldest of what it has not taken has waited, milliseconds. */
  readonly backlogMs: number;
}

/** What the stream core knows of a player: sessions implement it. Calls never come from within a call of the session's own. */
export interface Player {
  /** Whether it is a relay that plays for players of its own: those come first. */
  readonly isRelay: boolean;
  /** Whether it forwards the stream on this relay's own account: such a player keeps no stream alive. */
  readonly isForward?: boolean;
  /** Ids of the relays that wait for the stream behind it, its own first. */
  readonly path?: readonly string[];
  /** Bytes accepted by {@link write} and not yet taken by the socket. */
  readonly backlogBytes: number;
  /** What the player has taken in the life of its connection, whatever is around it: as long as it reads, this moves within seconds. */
  readonly takenBytes: number;
  /** Writes media; the buffer is shared with other players. `onTaken` is called once the socket has taken it. */
  write(bytes: Buffer, onTaken?: () => void): void;
  /** Holds back what is written until `uncork`, which sends it in one go. */
  cork?(): void;
  uncork?(): void;
  /** The stream is there: media follows, at once or at the next keyframe. @param path - ids of the relays that bring it */
  onStart(path: readonly string[]): void;
  /** There is nothing to send though all is well, or there is again. For relays. */
  onDry?(isDry: boolean): void;
  /** The stream comes on another path. For relays. */
  onPath?(path: readonly string[]): void;
  /** The player is off the stream; it is not called again. */
  onEnd(reason: PlayEndReason): void;
}

/** How a player wants to get a stream. */
export interface PlayOptions {
  readonly form: WireForm;
  /** Whether to begin with the keyframe group, or with the next keyframe. */
  readonly lateJoin: 'keyframeGroup' | 'live';
  /** Where a relay left off that wants to go on there, if the frames since are still kept. */
  readonly resume?: ResumePoint | undefined;
}
