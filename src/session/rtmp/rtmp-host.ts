import type { ServerDialogue } from '../../protocol/rtmp/dialogue/server-dialogue.ts';
import type { Connection } from '../connection.ts';

/** The client at the other end, as it described itself in connect. */
export interface RtmpClient {
  readonly app: string;
  /** Its path, where it says that it is a relay; else none. */
  readonly path: readonly string[];
}

/** The connection that the activities are on. */
export interface RtmpHost {
  readonly connection: Connection;
  readonly dialogue: ServerDialogue;
  readonly client: RtmpClient;
  /** Acts on nothing else that the peer says until {@link release}: what it means depends on an answer. */
  hold(): void;
  release(): void;
  /** A publish was accepted. */
  onPublishing(): void;
  /** A play was accepted. */
  onPlaying(): void;
  /** Nothing is done on the connection any more. */
  onIdle(): void;
  close(reason: string): void;
  destroy(): void;
}

/** What else goes on on the connection, as one activity sees it. */
export interface OtherActivities {
  /** Nothing is done on this message stream any more. */
  onOver(messageStreamId: number): void;
  /** Something was refused, and the client was told. */
  onDenied(verb: 'play' | 'publish', description: string): void;
  /** Unless something else goes on, the client has to begin something, or go. */
  checkIdle(): void;
  /** Unless something else goes on, the connection is of no use any more. */
  closeIfIdle(reason: string): void;
}
