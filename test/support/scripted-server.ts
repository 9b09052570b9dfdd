import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { StreamRequest } from '../../src/protocol/rtmp/dialogue/server-commands.ts';
import {
  type ConnectRequest,
  ServerDialogue,
  type ServerDialogueHandler,
} from '../../src/protocol/rtmp/dialogue/server-dialogue.ts';
import type { MediaType } from '../../src/protocol/rtmp/message/message.ts';

const limits = { messageBytes: 2 ** 24 - 1, partialBytes: 2 ** 26, chunkStreams: 64 };

/** One connection to a {@link ScriptedServer}. */
export class ScriptedConnection implements ServerDialogueHandler {
  readonly socket: Socket;
  readonly dialogue: ServerDialogue;
  /** Resolves when the connection is closed. */
  readonly closed: Promise<void>;
  connectRequest: ConnectRequest | undefined;
  /** How often the client has ended a stream in good order. */
  stops = 0;
  readonly media: { readonly type: MediaType; readonly timestamp: number; readonly payload: Buffer }[] = [];
  readonly #script: Script;

  constructor(socket: Socket, script: Script) {
    this.socket = socket;
    this.#script = script;
    this.dialogue = new ServerDialogue(this, limits);
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()));
    socket.on('error', () => {}); // 'close' follows
    socket.on('data', (bytes: Buffer) => this.dialogue.receive(bytes));
  }

  send(bytes: Buffer): void {
    if (this.socket.writable) this.socket.write(bytes);
  }

  onConnect(request: ConnectRequest): void {
    this.connectRequest = request;
    if (this.#script.onConnect === undefined) this.dialogue.acceptConnect();
    else this.#script.onConnect(this, request);
  }

  onPlay(request: StreamRequest): void {
    this.#script.onPlay?.(this, request);
  }

  onPublish(request: StreamRequest): void {
    if (this.#script.onPublish === undefined) this.dialogue.acceptPublish(request.messageStreamId, 'go on');
    else this.#script.onPublish(this, request);
  }

  onStop(): void {
    this.stops++;
  }

  onPause(): void {}

  onReceive(): void {}

  onMedia(_messageStreamId: number, type: MediaType, timestamp: number, payload: Buffer): void {
    this.media.push({ type, timestamp, payload: Buffer.from(payload) });
  }
}

/** What a server does when it is asked; by default it accepts connect and publish, and says nothing to play. */
export interface Script {
  onConnect?(connection: ScriptedConnection, request: ConnectRequest): void;
  onPlay?(connection: ScriptedConnection, request: StreamRequest): void;
  onPublish?(connection: ScriptedConnection, request: StreamRequest): void;
}

/** An RTMP server on a free port that does what a test wants. */
export class ScriptedServer implements AsyncDisposable {
  readonly connections: ScriptedConnection[] = [];
  readonly #server: Server;

  private constructor(script: Script) {
    this.#server = createServer((socket) => this.connections.push(new ScriptedConnection(socket, script)));
  }

  static async start(script: Script = {}): Promise<ScriptedServer> {
    const server = new ScriptedServer(script);
    server.#server.listen(0, '127.0.0.1');
    await once(server.#server, 'listening');
    return server;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { socket } of this.connections) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
