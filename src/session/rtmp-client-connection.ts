import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { ProtocolError } from '../errors.ts';
import type { AmfValue } from '../protocol/amf/amf-value.ts';
import type { ChunkReaderLimits } from '../protocol/rtmp/chunk-reader.ts';
import { ClientDialogue, type ClientDialogueHandler } from '../protocol/rtmp/client-dialogue.ts';
import { CapsEx } from '../protocol/rtmp/enhanced.ts';
import type { RtmpTarget } from '../protocol/rtmp/rtmp-url.ts';
import { SocketWriter } from './socket-writer.ts';

/** What a connection tells whoever opened it: the dialogue's events, and that it is over. */
export interface RtmpClientHandler extends Omit<ClientDialogueHandler, 'send'> {
  /** The connection failed or closed; not called after {@link RtmpClientConnection.close}. */
  onClosed(description: string): void;
}

/** What a connection is for. */
export interface RtmpClientIntent {
  readonly does: 'play' | 'publish';
  readonly target: RtmpTarget;
  readonly capsEx?: number;
  /** Joins the command object of connect. */
  readonly connectProperties: Readonly<Record<string, AmfValue>>;
}

/** A server gets this long to take the last words, milliseconds. */
const FAREWELL_MS = 2000;

/** Capabilities of a relay that follows a ReconnectRequest. */
export const RECONNECTING_CLIENT: number =
  CapsEx.reconnect | CapsEx.multitrack | CapsEx.modEx | CapsEx.timestampNanoOffset;

/** A client's RTMP connection: a socket to a server and the dialogue on it. */
export class RtmpClientConnection {
  readonly dialogue: ClientDialogue;
  readonly writer: SocketWriter;
  readonly #socket: Socket;
  readonly #handler: RtmpClientHandler;
  #isOver = false;

  constructor(handler: RtmpClientHandler, intent: RtmpClientIntent, limits: ChunkReaderLimits) {
    const { does, target, capsEx, connectProperties } = intent;
    const { scheme, host, port, app, tcUrl, streamName } = target;
    this.#handler = handler;
    this.#socket =
      scheme === 'rtmps'
        ? connectTls({ host, port, ...(isIP(host) === 0 ? { servername: host } : {}) })
        : connectTcp({ host, port });
    this.#socket.setNoDelay(true);
    this.writer = new SocketWriter(this.#socket);
    this.dialogue = new ClientDialogue(
      {
        send: (bytes) => this.writer.write(bytes),
        onConnected: (information) => handler.onConnected?.(information),
        onStarted: (information) => handler.onStarted(information),
        onMedia: (type, timestamp, payload) => handler.onMedia(type, timestamp, payload),
        onRefused: (refusal) => handler.onRefused(refusal),
        onEnded: (reason) => handler.onEnded(reason),
        onStatus: (code, information) => handler.onStatus?.(code, information),
        onDry: (isDry) => handler.onDry?.(isDry),
      },
      { does, app, tcUrl, streamName, connectProperties, ...(capsEx === undefined ? {} : { capsEx }) },
      limits,
    );
    this.#socket.once(scheme === 'rtmps' ? 'secureConnect' : 'connect', () => this.dialogue.start());
    this.#socket.on('data', (bytes: Buffer) => this.#onBytes(bytes));
    this.#socket.on('error', (error) => this.#fail(describe(error, host, port)));
    this.#socket.on('end', () => this.#fail('the server closed the connection'));
    this.#socket.on('close', () => this.#fail('the connection is closed'));
  }

  get receivedBytes(): number {
    return this.#socket.bytesRead;
  }

  get sentBytes(): number {
    return this.#socket.bytesWritten - this.#socket.writableLength;
  }

  /** Leaves in good order; the handler is not called any more. */
  close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const socket = this.#socket;
    if (!socket.writable || socket.connecting) {
      socket.destroy();
      return;
    }
    this.dialogue.finish();
    socket.destroySoon();
    // one that takes nothing any more would keep the connection, and all that is yet to be sent, for ever
    const timer = setTimeout(() => socket.destroy(), FAREWELL_MS).unref();
    socket.once('close', () => clearTimeout(timer));
  }

  #onBytes(bytes: Buffer): void {
    if (this.#isOver) return;
    this.#socket.cork();
    try {
      this.dialogue.receive(bytes);
    } catch (error) {
      this.#fail(
        error instanceof ProtocolError
          ? `the server breaks the protocol: ${error.message} (${error.code})`
          : `bug: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
      );
    } finally {
      this.#socket.uncork();
    }
  }

  #fail(description: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#socket.destroy();
    this.#handler.onClosed(description);
  }
}

function describe(
  error: NodeJS.ErrnoException & { errors?: readonly Error[] },
  host: string,
  port: number,
): string {
  const cause = error.message || error.errors?.map(({ message }) => message).join(', ') || error.code;
  return `cannot reach ${host} port ${port}: ${cause}`;
}
