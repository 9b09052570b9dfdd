import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { ByteQueue } from '../../src/bytes/byte-queue.ts';
import { type AmfObject, type AmfValue, amfObject } from '../../src/protocol/amf/amf-value.ts';
import { encodeAmf0 } from '../../src/protocol/amf/amf0.ts';
import { ChunkReader } from '../../src/protocol/rtmp/chunk/chunk-reader.ts';
import { encodeChunks } from '../../src/protocol/rtmp/chunk/chunk-writer.ts';
import type { RawMessage } from '../../src/protocol/rtmp/message/message.ts';
import { describeMessage, nameMessage } from './describe-message.ts';
import { simpleClientHandshake } from './server-scene.ts';

const handshakeAnswerBytes = 1 + 2 * 1536;

/** A client that keeps to no rule but those that a test wants it to keep to. */
export class RawClient implements AsyncDisposable {
  readonly socket: Socket;
  /** The client's address as the relay logs it. */
  peer = '';
  /** Resolves when the connection is closed. */
  readonly closed: Promise<void>;
  /** What the server has said, one line for each message; a status with its description. */
  readonly said: string[] = [];
  /** Times of the audio and video messages that have come, milliseconds. */
  readonly mediaTimes: number[] = [];
  /** The values of each command that the server has sent. */
  readonly commands: (readonly AmfValue[])[] = [];
  /** The information object of each status, by its code; of several the last. */
  readonly #information = new Map<string, AmfObject>();
  readonly #bytes = new ByteQueue();
  readonly #reader = new ChunkReader(this.#bytes, {
    messageBytes: 2 ** 24 - 1,
    partialBytes: 2 ** 26,
    chunkStreams: 64,
  });
  #handshakeLeft = handshakeAnswerBytes;
  #wake: () => void = () => {};

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('error', () => {}); // 'close' follows
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()));
    socket.on('data', (bytes: Buffer) => this.#receive(bytes));
    socket.on('close', () => this.#wake());
  }

  /** Speaks over a connection that is there. */
  static over(socket: Socket): RawClient {
    return new RawClient(socket);
  }

  /** Opens a connection, from another loopback address if one is given. */
  static async open(port: number, localAddress = '127.0.0.1'): Promise<RawClient> {
    const socket = connect({ port, host: '127.0.0.1', localAddress });
    const client = new RawClient(socket);
    await once(socket, 'connect');
    client.peer = `${socket.localAddress}:${socket.localPort}`;
    return client;
  }

  /** Opens a connection and does what comes before publish and play: handshake, connect, createStream. */
  static async openConnected(port: number, app = 'live'): Promise<RawClient> {
    const client = await RawClient.open(port);
    client.connect(app);
    client.command('createStream', 2, null);
    await client.heard('_result', 2);
    return client;
  }

  send(...parts: readonly (Buffer | string)[]): void {
    if (!this.socket.writable) return;
    this.socket.write(
      Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'hex') : part))),
    );
  }

  /** Sends the handshake, and connect behind it. */
  connect(app = 'live', more: Record<string, AmfValue> = {}): void {
    this.send(simpleClientHandshake);
    this.command('connect', 1, amfObject({ app, tcUrl: `rtmp://127.0.0.1/${app}`, ...more }));
  }

  command(name: AmfValue, ...values: AmfValue[]): void {
    this.commandOn(0, name, ...values);
  }

  commandOn(messageStreamId: number, name: AmfValue, ...values: AmfValue[]): void {
    this.message(20, encodeAmf0(name, ...values), messageStreamId);
  }

  /** Sends a message in chunks of 128 bytes. */
  message(type: number, payload: Uint8Array, messageStreamId = 0, timestamp = 0): void {
    this.send(encodeChunks({ type, timestamp, messageStreamId }, payload, 128));
  }

  /** Resolves when a line that the server said begins with this, for the `count`-th time; rejects when the connection closes. */
  async heard(start: string, count = 1): Promise<string> {
    for (;;) {
      const line = this.said.filter((candidate) => candidate.startsWith(start))[count - 1];
      if (line !== undefined) return line;
      if (this.socket.closed) throw new Error(`closed without ${start}, but\n${this.said.join('\n')}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** The values of the answer to a call, once it is there: its name, the transaction id, and what follows. */
  async answerTo(transactionId: number): Promise<readonly AmfValue[]> {
    const isAnswer = ([name, id]: readonly AmfValue[]): boolean =>
      id === transactionId && (name === '_result' || name === '_error');
    for (;;) {
      const found = this.commands.find(isAnswer);
      if (found !== undefined) return found;
      if (this.socket.closed) throw new Error(`closed without an answer to ${transactionId}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** What the server has said with a status. */
  information(code: string): AmfObject | undefined {
    return this.#information.get(code);
  }

  #receive(bytes: Buffer): void {
    const skipped = Math.min(this.#handshakeLeft, bytes.length);
    this.#handshakeLeft -= skipped;
    this.#bytes.push(bytes.subarray(skipped));
    for (const message of this.#reader.messages()) {
      this.said.push(lineFor(message));
      if (message.type === 8 || message.type === 9) this.mediaTimes.push(message.timestamp);
      const described = describeMessage(message);
      if ('command' in described) this.commands.push(described.command);
      const information = informationOf(message);
      const code = information?.['code'];
      if (typeof code === 'string') this.#information.set(code, information as AmfObject);
    }
    this.#wake();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.destroy();
    await this.closed;
  }
}

function lineFor(message: RawMessage): string {
  const line = nameMessage(message);
  const information = informationOf(message);
  return information !== undefined && 'description' in information
    ? `${line}: ${String(information['description'])}`
    : line;
}

function informationOf(message: RawMessage): AmfObject | undefined {
  const described = describeMessage(message);
  const information = 'command' in described ? described.command[3] : undefined;
  return typeof information === 'object' && information !== null ? (information as AmfObject) : undefined;
}
