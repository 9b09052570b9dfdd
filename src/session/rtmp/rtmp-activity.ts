import type { ServerDialogue, ServerDialogueHandler } from '../../protocol/rtmp/dialogue/server-dialogue.ts';
import type { Challenge, Credentials, Refusal } from '../access.ts';
import type { Connection } from '../connection.ts';
import type { Playing } from '../playing.ts';
import type { Publishing } from '../publishing.ts';
import type { Revocation } from '../session.ts';

/** The connection as what is done on it sees it. */
export interface RtmpHost extends Connection, Pick<ServerDialogueHandler, 'onConnect' | 'send'> {
  readonly dialogue: ServerDialogue;
  /** The application that the client has connected to. */
  readonly app: string;
  /** What it has shown so far, on this connection: it counts for all that it asks for. */
  readonly credentials: Credentials;
  /** The path that the client claims, where it says that it is a relay; else none. */
  readonly path: readonly string[];
  /** Acts on nothing else that the peer says until there is a decision: what it means depends on that. */
  hold(): void;
  /** A publish was accepted. */
  onPublishing(): void;
  /** A play was accepted. */
  onPlaying(): void;
  /** Nothing is done on the connection any more. */
  onIdle(): void;
  /** Ends whatever is done on it, with a word to the client. */
  revokeAll(reason: string, as: Revocation): void;
  close(reason: string): void;
}

/** What else goes on on the connection, as one activity sees it. */
export interface OtherActivities {
  readonly host: RtmpHost;
  /** Nothing is done on this message stream any more. */
  onOver(messageStreamId: number): void;
  /** Something was refused, and the client was told. */
  onDenied(verb: 'play' | 'publish', description: string): void;
  /** Unless something else goes on, the client has to begin something, or go. */
  checkIdle(): void;
  /** Unless something else goes on, the connection is of no use any more. */
  closeIfIdle(reason: string): void;
}

/** What is done on one message stream. */
export abstract class RtmpActivity {
  abstract readonly activity: Playing | Publishing;
  /** What the client calls the stream. */
  readonly name: string;
  protected readonly host: RtmpHost;
  protected readonly others: OtherActivities;
  protected readonly messageStreamId: number;

  constructor(others: OtherActivities, messageStreamId: number, name: string) {
    this.name = name;
    this.host = others.host;
    this.others = others;
    this.messageStreamId = messageStreamId;
  }

  abstract onDenied(denial: Refusal | Challenge): void;

  onMissed(): void {
    this.host.destroy();
  }
}
