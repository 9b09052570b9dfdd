import { once } from 'node:events';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { ProtocolError } from '../src/errors.ts';
import { encodeAmf0 } from '../src/protocol/amf/amf0.ts';
import { FlvTagType } from '../src/protocol/flv/flv-tag.ts';
import { ClientDialogue } from '../src/protocol/rtmp/dialogue/client-dialogue.ts';
import type { RtmpTarget } from '../src/protocol/rtmp/rtmp-url.ts';
import { monotonicMs } from './clock.ts';
import type { FlvLoop, LoopMessage } from './flv-loop.ts';
import { LoadError } from './load-error.ts';
import { rtmpLimits } from './protocols/rtmp-protocol.ts';
import { writeStamp } from './stamp.ts';

/** A server must have accepted the stream within this time, milliseconds. */
const ACCEPT_MS = 15_000;
/** What a server has not taken by then it will not take in time, bytes. */
const MAX_BACKLOG_BYTES = 32 * 2 ** 20;
const setDataFrame = encodeAmf0('@setDataFrame');

/** Publishes a file over and over in real time and stamps every coded message with its number and the time of sending. */
export class LoopPublisher {
  /** Resolves with the reason when the publication has ended without being asked to. */
  readonly ended: Promise<string>;
  readonly #socket: Socket;
  readonly #dialogue: ClientDialogue;
  readonly #messages: Iterator<LoopMessage>;
  readonly #started = Promise.withResolvers<void>();
  readonly #resolveEnded: (reason: string) => void;
  #next: LoopMessage | undefined;
  #startedAtMs = 0;
  #sequence = 0;
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;

  private constructor(target: RtmpTarget, address: string, loop: FlvLoop) {
    const { isTls, host, port, app, tcUrl, streamName } = target;
    const { promise, resolve } = Promise.withResolvers<string>();
    this.ended = promise;
    this.#resolveEnded = resolve;
    this.#messages = loop.messages();
    this.#dialogue = new ClientDialogue(
      {
        send: (bytes) => this.#socket.write(bytes),
        onStarted: () => this.#started.resolve(),
        onMedia: () => {},
        onRefused: ({ code, description }) => this.#end(`refused: ${description} (${code})`),
        onEnded: (reason) => this.#end(reason),
      },
      { does: 'publish', app, tcUrl, streamName },
      rtmpLimits,
    );
    const options = { host: address, port, noDelay: true };
    this.#socket = isTls
      ? connectTls({ ...options, ...(isIP(host) === 0 ? { servername: host } : {}) })
      : connectTcp(options);
    this.#socket.once(isTls ? 'secureConnect' : 'connect', () => this.#dialogue.start());
    this.#socket.on('data', (bytes: Buffer) => this.#onBytes(bytes));
    this.#socket.on('error', ({ message }) => this.#end(message));
    this.#socket.on('close', () => this.#end('the server closed the connection'));
  }

  /** Resolves once the server has accepted the stream and its first messages are sent. @throws LoadError when it does not */
  static async start(target: RtmpTarget, address: string, loop: FlvLoop): Promise<LoopPublisher> {
    const publisher = new LoopPublisher(target, address, loop);
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
    if (this.#socket.writable) this.#dialogue.finish();
    this.#socket.destroySoon();
    await closed;
  }

  #onBytes(bytes: Buffer): void {
    if (this.#isOver) return;
    try {
      this.#dialogue.receive(bytes);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#end(`the server breaks the protocol: ${error.message} (${error.code})`);
    }
  }

  /** Sends all whose time has come, and comes back for the next. */
  #sendDue(): void {
    if (this.#isOver) return;
    this.#socket.cork();
    for (;;) {
      this.#next ??= this.#messages.next().value as LoopMessage;
      const waitMs = this.#startedAtMs + this.#next.atMs - monotonicMs();
      if (waitMs > 0) {
        this.#timer = setTimeout(() => this.#sendDue(), waitMs);
        break;
      }
      this.#send(this.#next);
      this.#next = undefined;
      if (this.#socket.writableLength > MAX_BACKLOG_BYTES) {
        this.#end('the server does not take the stream');
        return;
      }
    }
    this.#socket.uncork();
  }

  #send({ type, atMs, payload, isStamped }: LoopMessage): void {
    if (isStamped) writeStamp(payload, this.#sequence++, process.hrtime.bigint());
    const body = type === FlvTagType.script ? Buffer.concat([setDataFrame, payload]) : payload;
    this.#dialogue.sendMedia(type, atMs % 2 ** 32, body);
  }

  #end(reason: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#socket.destroy();
    this.#resolveEnded(reason);
  }
}
