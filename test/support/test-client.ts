import { connect, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import {
  ClientDialogue,
  type ClientDialogueHandler,
  type ClientIntent,
} from '../../src/protocol/rtmp/dialogue/client-dialogue.ts';
import type { ServerRefusal } from '../../src/protocol/rtmp/dialogue/net-stream.ts';
import type { MediaType } from '../../src/protocol/rtmp/message/message.ts';

/** One media message as it went over the wire. */
export interface MediaMessage {
  readonly type: MediaType;
  /** Milliseconds, uint32. */
  readonly timestamp: number;
  readonly payload: Buffer;
}

const limits = { messageBytes: 16 * 2 ** 20, partialBytes: 64 * 2 ** 20, chunkStreams: 64 };

/** Our own RTMP client on a plain socket: for what no other client can be made to send or show. */
export class TestClient implements ClientDialogueHandler, AsyncDisposable {
  /** Media messages so far. */
  readonly messages: MediaMessage[] = [];
  /** Resolves when the server has accepted publish or play; rejects when it has not. */
  readonly started: Promise<void>;
  /** Resolves with the reason when the stream that is played ends; rejects when the connection ends before it. */
  readonly ended: Promise<string>;
  /** Resolves with the server's no; rejects when the connection ends without one. */
  readonly refused: Promise<ServerRefusal>;
  protected readonly dialogue: ClientDialogue;
  readonly #socket: Socket;
  readonly #closed: Promise<void>;
  readonly #waiting = new Set<() => void>();
  readonly #settle: {
    readonly start: () => void;
    readonly end: (reason: string) => void;
    readonly refuse: (refusal: ServerRefusal) => void;
  };

  /**
   * @param key - stream key, its first segment is the app; a query goes with the name
   * @param socket - a connection that is being opened, or a plain one that is open; by default a plain one to the port
   */
  constructor(
    port: number,
    does: ClientIntent['does'],
    key: string,
    socket: Socket = connect(port, '127.0.0.1'),
  ) {
    const [app = '', ...name] = key.split('/');
    const tcUrl = `rtmp://127.0.0.1:${port}/${app}`;
    this.dialogue = new ClientDialogue(this, { does, app, tcUrl, streamName: name.join('/') }, limits);
    const started = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<string>();
    const refused = Promise.withResolvers<ServerRefusal>();
    const closed = Promise.withResolvers<void>();
    this.#settle = { start: started.resolve, end: ended.resolve, refuse: refused.resolve };
    for (const { promise } of [started, ended, refused]) promise.catch(() => {}); // not everybody waits for it
    this.started = started.promise;
    this.ended = ended.promise;
    this.refused = refused.promise;
    this.#closed = closed.promise;
    this.#socket = socket;
    if (socket.connecting || socket instanceof TLSSocket)
      socket.once(socket instanceof TLSSocket ? 'secureConnect' : 'connect', () => this.dialogue.start());
    else this.dialogue.start();
    this.#socket.on('data', (bytes: Buffer) => this.dialogue.receive(bytes));
    this.#socket.on('error', () => {}); // 'close' follows
    this.#socket.on('close', () => {
      const gone = new Error(`connection for ${key} closed after ${this.messages.length} messages`);
      for (const { reject } of [started, ended, refused]) reject(gone);
      closed.resolve();
    });
  }

  /** Resolves when the connection is closed. */
  get closed(): Promise<void> {
    return this.#closed;
  }

  /** Resolves with the first message that is as wished, be it there already or not; rejects when the stream ends before. */
  async waitFor(isWished: (message: MediaMessage) => boolean): Promise<MediaMessage> {
    for (;;) {
      const found = this.messages.find(isWished);
      if (found !== undefined) return found;
      const { promise, resolve } = Promise.withResolvers<'more'>();
      this.#waiting.add(() => resolve('more'));
      if ((await Promise.race([promise, this.ended])) !== 'more') throw new Error('the stream has ended');
    }
  }

  /** Cuts the connection without a word. */
  cut(): Promise<void> {
    this.#socket.destroy();
    return this.#closed;
  }

  /** Ends in good order what was begun, and the connection. */
  finish(): Promise<void> {
    this.dialogue.finish();
    this.#socket.end();
    return this.#closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.cut();
  }

  // --- what the dialogue tells

  send(bytes: Buffer): void {
    if (this.#socket.writable) this.#socket.write(bytes);
  }

  onStarted(): void {
    this.#settle.start();
  }

  onMedia(type: MediaType, timestamp: number, payload: Buffer): void {
    this.messages.push({ type, timestamp, payload: Buffer.from(payload) });
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const wake of waiting) wake();
  }

  onRefused(refusal: ServerRefusal): void {
    this.#settle.refuse(refusal);
  }

  onEnded(reason: string): void {
    this.#settle.end(reason);
  }
}
