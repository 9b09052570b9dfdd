import type { AmfValue } from '../protocol/amf/amf-value.ts';
import type { ConnectRequest } from '../protocol/rtmp/dialogue/server-dialogue.ts';
import { StatusCode } from '../protocol/rtmp/dialogue/status.ts';
import type { ServerPlay, ServerPublication, ServerStreamPlace } from './server-stream.ts';

/** Carries a decision out. It throws when there was one before, and a `SessionClosedError` when the session is closed. */
export interface RequestDecision<Accepted> {
  /** Says yes. @param more - joins the information object */
  accept(description: string, more: Record<string, AmfValue>): Accepted;
  /** Says no. @param more - joins the information object */
  refuse(code: string, description: string, more: Record<string, AmfValue>): void;
}

/**
 * A client wants to connect to an application. Decide with `accept` or `refuse` within {@link RtmpSessionDeadlines.requestMs}: until then
 * nothing that the client sends is acted on, answers to calls included.
 */
export class ConnectEvent {
  readonly type = 'connect';
  /** What the client says of itself and of where it wants to go. */
  readonly request: ConnectRequest;
  readonly #decision: RequestDecision<void>;

  constructor(request: ConnectRequest, decision: RequestDecision<void>) {
    this.request = request;
    this.#decision = decision;
  }

  /** Lets the client connect. */
  accept(): void {
    this.#decision.accept('', {});
  }

  /** Refuses, and closes the session. @param more - joins the information object, such as `ex` with a redirect */
  refuse(description: string, more: Record<string, AmfValue> = {}): void {
    this.#decision.refuse(StatusCode.connectRejected, description, more);
  }
}

/** A client wants to publish a stream. Decide as with {@link ConnectEvent}. */
export class PublishEvent implements ServerStreamPlace {
  readonly type = 'publish';
  /** As the client sent it, query included. */
  readonly streamName: string;
  readonly messageStreamId: number;
  /** What the client wishes to become of it: `live`, `record`, `append`, or whatever it has sent. */
  readonly publishType: string;
  readonly #decision: RequestDecision<ServerPublication>;

  constructor(
    { streamName, messageStreamId }: ServerStreamPlace,
    publishType: string,
    decision: RequestDecision<ServerPublication>,
  ) {
    this.streamName = streamName;
    this.messageStreamId = messageStreamId;
    this.publishType = publishType;
    this.#decision = decision;
  }

  /** Lets it publish. @param more - joins the information object */
  accept(
    description: string = `${this.streamName} is published`,
    more: Record<string, AmfValue> = {},
  ): ServerPublication {
    return this.#decision.accept(description, more);
  }

  /** Says no. @param description - a sentence for the person at the encoder */
  refuse(description: string, code: string = StatusCode.publishDenied): void {
    this.#decision.refuse(code, description, {});
  }
}

/** A client wants to play a stream. Decide as with {@link ConnectEvent}. */
export class PlayEvent implements ServerStreamPlace {
  readonly type = 'play';
  /** As the client sent it, query included. */
  readonly streamName: string;
  readonly messageStreamId: number;
  /** Where to begin: milliseconds, -1000 or -1 for live alone, -2000 or -2 for live or recorded; -2000 when the client says nothing. */
  readonly start: number;
  readonly #decision: RequestDecision<ServerPlay>;

  constructor(
    { streamName, messageStreamId }: ServerStreamPlace,
    start: number,
    decision: RequestDecision<ServerPlay>,
  ) {
    this.streamName = streamName;
    this.messageStreamId = messageStreamId;
    this.start = start;
    this.#decision = decision;
  }

  /** Lets it play. @param more - joins the information object */
  accept(
    description: string = `playing ${this.streamName}`,
    more: Record<string, AmfValue> = {},
  ): ServerPlay {
    return this.#decision.accept(description, more);
  }

  /** Says no. @param description - a sentence for the person at the player */
  refuse(description: string, code: string = StatusCode.playStreamNotFound): void {
    this.#decision.refuse(code, description, {});
  }
}

/** A player wants to get nothing for now, or media again. */
export interface PauseEvent {
  readonly type: 'pause';
  readonly play: ServerPlay;
  readonly isPaused: boolean;
}

/** A player says whether it wants audio, or video, from now on. */
export interface ReceiveEvent {
  readonly type: 'receive';
  readonly play: ServerPlay;
  readonly kind: 'audio' | 'video';
  readonly isWanted: boolean;
}

/** What a client asks of a server session. */
export type ServerSessionEvent = ConnectEvent | PublishEvent | PlayEvent | PauseEvent | ReceiveEvent;
