import type { ChunkReaderLimits } from '../../protocol/rtmp/chunk/chunk-reader.ts';
import {
  ClientDialogue,
  type ClientDialogueHandler,
  type ClientIntent,
} from '../../protocol/rtmp/dialogue/client-dialogue.ts';
import { CapsEx } from '../../protocol/rtmp/dialogue/enhanced.ts';
import type { RtmpTarget } from '../../protocol/rtmp/rtmp-url.ts';
import { UnreadAnswers } from '../../protocol/unread-answers.ts';
import type { WorkMeter } from '../../protocol/work-meter.ts';
import type { Clock } from '../../stream/clock.ts';
import { type InputReader, PacedInput } from '../reading/paced-input.ts';
import type { PeerSocket } from '../socket/peer-socket.ts';
import { SocketWriter } from '../socket-writer.ts';
import { type Connect, connectFailure, connectStraight } from './server-connector.ts';
import { faultOf } from './upstream-media.ts';

/** What a connection tells whoever opened it: the dialogue's events, and that it is over. */
export interface RtmpClientHandler extends Omit<ClientDialogueHandler, 'send'> {
  /** The connection failed or closed, or was refused; not called after {@link RtmpClientConnection.close}. */
  onClosed(description: string, kind: 'lost' | 'refused'): void;
  /** What the server sends costs much more work than bytes usually do: it is slowed down from now on. */
  onSlowed?(): void;
}

/** What a connection is for. */
export type RtmpClientIntent = Omit<ClientIntent, 'app' | 'streamName' | 'tcUrl'> & {
  readonly target: RtmpTarget;
};

/** What a connection needs of the relay. */
export interface RtmpClientHost {
  readonly clock: Clock;
  readonly limits: ChunkReaderLimits;
  /** Opens connections to servers; straight unless it is given. */
  readonly connect?: Connect;
}

/** A connection to a server, be it one of TCP or what looks like one. */
type ClientSocket = PeerSocket & { destroySoon(): void };

/** A server gets this long to take the last words, milliseconds. */
const FAREWELL_MS = 2000;

/** Capabilities of a relay that follows a ReconnectRequest. */
export const RECONNECTING_CLIENT: number =
  CapsEx.reconnect | CapsEx.multitrack | CapsEx.modEx | CapsEx.timestampNanoOffset;

/** A client's RTMP connection: a socket to a server and the dialogue on it. */
export class RtmpClientConnection implements InputReader {
  readonly dialogue: ClientDialogue;
  readonly #clock: Clock;
  readonly #input: PacedInput;
  readonly #handler: RtmpClientHandler;
  readonly #giveUpConnecting: () => void;
  /** Undefined until it is connected. */
  #socket: ClientSocket | undefined;
  #writer: SocketWriter | undefined;
  #answers: UnreadAnswers | undefined;
  #isHeld = false;
  #isOver = false;

  constructor(handler: RtmpClientHandler, intent: RtmpClientIntent, host: RtmpClientHost) {
    const { clock, limits, connect = connectStraight } = host;
    this.#clock = clock;
    const { target, ...rest } = intent;
    const { app, tcUrl, streamName } = target;
    this.#handler = handler;
    this.#input = new PacedInput(clock, this, true);
    this.dialogue = new ClientDialogue(
      {
        send: (bytes) => this.#answers?.write(bytes),
        onConnected: (information) => handler.onConnected?.(information),
        onStarted: (information) => handler.onStarted(information),
        onMedia: (type, timestamp, payload) => handler.onMedia(type, timestamp, payload),
        onRefused: (refusal) => handler.onRefused(refusal),
        onEnded: (reason) => handler.onEnded(reason),
        onStatus: (code, information) => handler.onStatus?.(code, information),
        onDry: (isDry) => handler.onDry?.(isDry),
      },
      { ...rest, app, tcUrl, streamName },
      { ...limits }, // as they are now: what has begun goes on
      this.#input.pace,
    );
    const onDone = (connected: ClientSocket | Error): void => {
      if (connected instanceof Error) this.#fail(connected.message, connectFailure(connected));
      else this.#onConnected(connected);
    };
    this.#giveUpConnecting = target.isTunnelled
      ? this.#tunnel(target, connect, onDone)
      : connect(target, onDone);
  }

  /** What tunnels take is loaded with the first of them. @returns gives up */
  #tunnel(to: RtmpTarget, connect: Connect, onDone: (connected: ClientSocket | Error) => void): () => void {
    let giveUp: (() => void) | undefined;
    let isWanted = true;
    import('./client-tunnel.ts').then(
      ({ connectByTunnel }) => {
        if (isWanted) giveUp = connectByTunnel(to, connect, this.#clock, onDone);
      },
      (error: unknown) => onDone(error instanceof Error ? error : new Error(String(error))),
    );
    return () => {
      isWanted = false;
      giveUp?.();
    };
  }

  /** Whether what the server sends is left unread. */
  get isHeld(): boolean {
    return this.#isHeld;
  }

  /** To be told how much work the server's bytes are. */
  get meter(): WorkMeter {
    return this.#input.pace;
  }

  /** Writes to the server; undefined until it is connected. */
  get writer(): SocketWriter | undefined {
    return this.#writer;
  }

  get receivedBytes(): number {
    return this.#socket?.bytesRead ?? 0;
  }

  get sentBytes(): number {
    return this.#socket === undefined ? 0 : this.#socket.bytesWritten - this.#socket.writableLength;
  }

  /** Reads nothing more of the server until {@link goOn}, so that it is slowed down. */
  hold(): void {
    this.#isHeld = true;
  }

  goOn(): void {
    this.#isHeld = false;
    this.#input.goOn();
  }

  /** Leaves as if the connection was lost, though what was written is sent; the handler is not called any more. */
  drop(): void {
    this.#leave(() => {});
  }

  /** Leaves in good order; the handler is not called any more. */
  close(): void {
    this.#leave(() => this.dialogue.finish());
  }

  #leave(finish: () => void): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const socket = this.#socket;
    if (socket === undefined) {
      this.#giveUpConnecting();
      return;
    }
    if (!socket.writable) {
      socket.destroy();
      return;
    }
    finish();
    socket.destroySoon();
    // one that takes nothing any more would keep the connection, and all that is yet to be sent, for ever
    socket.once(
      'close',
      this.#clock.after(FAREWELL_MS, () => socket.destroy()),
    );
  }

  proceed(): void {
    this.#act(() => this.dialogue.proceed());
  }

  onSlowed(): void {
    if (!this.#isOver) this.#handler.onSlowed?.();
  }

  #onConnected(socket: ClientSocket): void {
    this.#socket = socket;
    this.#writer = new SocketWriter(socket);
    this.#answers = new UnreadAnswers(this.#writer);
    this.#input.attach(socket, (memory, length) => this.#act(() => this.dialogue.receive(memory, length)));
    socket.on('error', (error) => this.#fail(`the connection has failed: ${error.message}`));
    socket.on('end', () => this.#fail('the server closed the connection'));
    socket.on('close', () => this.#fail('the connection is closed'));
    this.dialogue.start();
  }

  #act(act: () => void): void {
    const socket = this.#socket;
    if (this.#isOver || socket === undefined) return;
    socket.cork();
    try {
      act();
      this.#answers?.check();
    } catch (error) {
      this.#fail(faultOf(error));
    } finally {
      socket.uncork();
    }
  }

  #fail(description: string, kind: 'lost' | 'refused' = 'lost'): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#socket?.destroy();
    this.#handler.onClosed(description, kind);
  }
}
