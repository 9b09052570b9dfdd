import { once } from 'node:events';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { ProtocolError } from '../../src/errors.ts';
import { monotonicMs } from '../clock.ts';
import { LoadError } from '../load-error.ts';
import { BrokenResponse } from '../protocols/player-protocol.ts';
import { writeStamp } from '../stamp.ts';
import type { PublishTarget } from '../target.ts';
import type { LoopPiece, PublisherProtocol, PublisherProtocolEvents } from './publisher-protocol.ts';

/** A server must have accepted the stream within this time, milliseconds. */
const ACCEPT_MS = 15_000;
/** What a server has not taken by then it will not take in time, bytes. */
const MAX_BACKLOG_BYTES = 32 * 2 ** 20;

/** What is published, and how. */
export interface LoopPublication<Piece extends LoopPiece> {
  /** The stream, endless. */
  readonly pieces: Iterator<Piece, never>;
  open(events: PublisherProtocolEvents): PublisherProtocol<Piece>;
}

/** Publishes a file over and over in real time, and stamps every piece that has room for it with its number and the time of sending. */
export class LoopPublisher<Piece extends LoopPiece = LoopPiece> {
  /** Resolves with the reason when the publication has ended without being asked to. */
  readonly ended: Promise<string>;
  readonly #socket: Socket;
  readonly #protocol: PublisherProtocol<Piece>;
  readonly #pieces: Iterator<Piece, never>;
  readonly #started = Promise.withResolvers<void>();
  readonly #resolveEnded: (reason: string) => void;
  #next: Piece | undefined;
  #startedAtMs = 0;
  #sequence = 0;
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;

  private constructor(target: PublishTarget, address: string, { pieces, open }: LoopPublication<Piece>) {
    const { isTls, host, port } = target;
    const { promise, resolve } = Promise.withResolvers<string>();
    this.ended = promise;
    this.#resolveEnded = resolve;
    this.#pieces = pieces;
    this.#protocol = open({
      send: (bytes) => this.#socket.write(bytes),
      onStarted: () => this.#started.resolve(),
      onEnded: (reason) => this.#end(reason),
    });
    const options = { host: address, port, noDelay: true };
    this.#socket = isTls
      ? connectTls({ ...options, ...(isIP(host) === 0 ? { servername: host } : {}) })
      : connectTcp(options);
    this.#socket.once(isTls ? 'secureConnect' : 'connect', () => this.#protocol.start());
    this.#socket.on('data', (bytes: Buffer) => this.#onBytes(bytes));
    this.#socket.on('error', ({ message }) => this.#end(message));
    this.#socket.on('close', () => this.#end('the server closed the connection'));
  }

  /** Resolves once the server has accepted the stream and its first pieces are sent. @throws LoadError when it does not */
  static async start<Piece extends LoopPiece>(
    target: PublishTarget,
    address: string,
    publication: LoopPublication<Piece>,
  ): Promise<LoopPublisher<Piece>> {
    const publisher = new LoopPublisher(target, address, publication);
    const deadline = setTimeout(() => publisher.#end(`no answer within ${ACCEPT_MS / 1000} s`), ACCEPT_MS);
    try {
      const refusal = await Promise.race([publisher.#started.promise, publisher.ended]);
      if (typeof refusal === 'string') throw new LoadError(`cannot publish: ${refusal}`);
    } finally {
      clearTimeout(deadline);
    }
    publisher.#startedAtMs = monotonicMs();
    publisher.#sendDue();
    return publisher;
  }

  /** Ends the publication in good order. */
  async close(): Promise<void> {
    if (this.#socket.closed) return;
    this.#isOver = true;
    clearTimeout(this.#timer);
    const closed = once(this.#socket, 'close');
    if (this.#socket.writable) this.#protocol.finish();
    this.#socket.destroySoon();
    await closed;
  }

  #onBytes(bytes: Buffer): void {
    if (this.#isOver) return;
    try {
      this.#protocol.receive(bytes);
    } catch (error) {
      if (error instanceof ProtocolError)
        this.#end(`the server breaks the protocol: ${error.message} (${error.code})`);
      else if (error instanceof BrokenResponse) this.#end(`the server breaks the protocol: ${error.message}`);
      else throw error;
    }
  }

  /** Sends all whose time has come, and comes back for the next. */
  #sendDue(): void {
    if (this.#isOver) return;
    this.#socket.cork();
    for (;;) {
      this.#next ??= this.#pieces.next().value;
      const waitMs = this.#startedAtMs + this.#next.atMs - monotonicMs();
      if (waitMs > 0) {
        this.#timer = setTimeout(() => this.#sendDue(), waitMs);
        break;
      }
      this.#send(this.#next);
      this.#next = undefined;
      if (this.#socket.writableLength > MAX_BACKLOG_BYTES) this.#end('the server does not take the stream');
      if (this.#isOver) return;
    }
    this.#socket.uncork();
  }

  #send(piece: Piece): void {
    if (piece.stamped !== undefined) writeStamp(piece.stamped, this.#sequence++, process.hrtime.bigint());
    this.#protocol.publish(piece);
  }

  #end(reason: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#socket.destroy();
    this.#resolveEnded(reason);
  }
}
