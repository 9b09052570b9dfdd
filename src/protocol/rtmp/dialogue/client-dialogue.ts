import type { AmfObject, AmfValue } from '../../amf/amf-value.ts';
import type { WorkMeter } from '../../work-meter.ts';
import type { ChunkReaderLimits } from '../chunk/chunk-reader.ts';
import { type ConnectIntent, NetConnection, type NetConnectionHandler } from './net-connection.ts';
import type { NetStream, NetStreamHandler, ServerRefusal, StreamIntent } from './net-stream.ts';

/** Where a client goes and what it does there. */
export type ClientIntent = ConnectIntent & StreamIntent;

/** What the dialogue tells the session that owns it. */
export interface ClientDialogueHandler extends NetConnectionHandler, NetStreamHandler {
  /** The server refused to connect, to play or to publish, stopped a publication or closed the connection. */
  onRefused(refusal: ServerRefusal): void;
  /** Any other onStatus, of the stream or of the connection. */
  onStatus?(code: string, information: AmfObject): void;
}

/** The client's side of an RTMP connection that is there to play or publish one stream, and over with it. */
export class ClientDialogue extends NetConnection {
  readonly #stream: NetStream;

  /** @param meter - is told how much work the server's bytes are; without one all are acted on at once */
  constructor(
    handler: ClientDialogueHandler,
    intent: ClientIntent,
    limits: ChunkReaderLimits,
    meter?: WorkMeter,
  ) {
    super(handler, intent, limits, meter);
    this.#stream = this.openStream(intent, handler);
  }

  /** The message stream that carries the stream; 0 until the server gave it. */
  get messageStreamId(): number {
    return this.#stream.messageStreamId;
  }

  override get isOver(): boolean {
    return super.isOver || this.#stream.isOver;
  }

  override get state(): string {
    if (this.isOver) return 'over';
    return super.state === 'connected' ? this.#stream.state : super.state;
  }

  /** Sends a message of the stream that is published. */
  sendMedia(type: number, timestamp: number, payload: Uint8Array): void {
    this.#stream.sendMedia(type, timestamp, payload);
  }

  /** Says something about the stream that is played, or will be, such as `pause`. */
  tell(command: string, ...args: AmfValue[]): void {
    this.#stream.tell(command, ...args);
  }

  /** Ends in good order what was started; the connection may be closed afterwards. */
  finish(): void {
    if (!this.isOver) this.#stream.finish();
    this.leave();
  }
}
