import type { AmfValue } from '../../protocol/amf/amf-value.ts';
import type { ServerDialogue, ServerDialogueHandler } from '../../protocol/rtmp/dialogue/server-dialogue.ts';
import type { MediaType } from '../../protocol/rtmp/message/message.ts';
import type { ResumePoint } from '../../stream/resuming/resume-point.ts';
import type { Challenge, Credentials, Refusal } from '../access.ts';
import type { Connection } from '../connection.ts';
import type { PublishWish } from '../publishing.ts';
import type { PlayerLeft, Revocation, SessionActivity, SessionRole } from '../session.ts';

/** The connection as what is done on it sees it. */
export interface RtmpHost extends Connection, Pick<ServerDialogueHandler, 'onConnect' | 'onCall' | 'send'> {
  readonly dialogue: ServerDialogue;
  /** The application that the client has connected to. */
  readonly app: string;
  /** What it has shown so far, on this connection: it counts for all that it asks for. */
  readonly credentials: Credentials;
  /** The path that the client claims, where it says that it is a relay; else none. */
  readonly path: readonly string[];
  /** Where it says that it left off with the stream for which it comes; undefined where it says nothing. */
  readonly resume: ResumePoint | undefined;
  /** Whether the client says that it comes back elsewhere when it is asked to. */
  readonly canReconnect: boolean;
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

/** A play or publication of an RTMP client, wherever its stream is kept. */
export interface RtmpDeed extends SessionActivity {
  readonly verb: 'play' | 'playback' | 'publish';
  readonly role: SessionRole;
  /** Asks whether the client may. */
  begin(wish: PublishWish): void;
  /** Ends it without a word to the client. */
  leave(reason: PlayerLeft): void;
  /** Ends it with a word: the client may come back elsewhere. */
  dismiss(reason: string): void;
}

/** What a message stream is used for. */
export interface MessageStreamUse {
  readonly activity: RtmpDeed;
  /** The client may not. */
  onDenied(denial: Refusal | Challenge): void;
  /** The client sends a message of a stream. */
  onMedia(type: MediaType, timestamp: number, payload: Buffer): void;
  /** The client wants to get nothing for now, or media again; @param timeMs - where it says that it is, milliseconds; 0 where it does not */
  pause(isPaused: boolean, timeMs: number): void;
  /** The client wants to go on from a time, milliseconds. @returns whether that can be */
  seek?(timeMs: number): boolean;
  /** So much the client holds before it shows it, milliseconds. */
  buffer?(ms: number): void;
  /** receiveAudio and receiveVideo. */
  receive(kind: 'audio' | 'video', isWanted: boolean): void;
}

/** Says what message streams are used for. @param name - what the client calls the stream @param args - behind its name */
export type UseMessageStream = (
  others: OtherActivities,
  messageStreamId: number,
  name: string,
  args: readonly AmfValue[],
) => MessageStreamUse;

/** What playing and publishing is. */
export type RtmpDeeds = Readonly<Record<'play' | 'publish', UseMessageStream>> & {
  /** Answers how long what is played by a name is. @returns whether it will; left out where nothing has a length */
  readonly length?: (host: RtmpHost, transactionId: number, streamName: string) => boolean;
};

/** What is done on one message stream. */
export abstract class RtmpActivity implements MessageStreamUse {
  abstract readonly activity: RtmpDeed;
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

  onMedia(_type: MediaType, _timestamp: number, _payload: Buffer): void {}

  pause(_isPaused: boolean, _timeMs: number): void {}

  receive(_kind: 'audio' | 'video', _isWanted: boolean): void {}
}
