import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { openProtocol } from '../../load-tester/protocols/open-protocol.ts';
import type {
  PlayedMedia,
  PlayerProtocol,
  PlayerProtocolEvents,
} from '../../load-tester/protocols/player-protocol.ts';
import { type LoadTarget, parseTarget } from '../../load-tester/target.ts';
import { type SeenFrame, seenFrame } from './seen-frame.ts';

const RETRY_MS = 200;

/** Opens connections from where players are. */
export type Connect = (place: { readonly host: string; readonly port: number }) => Promise<Socket>;

/** A player that notes each frame that it gets, and plays again when it is let go. */
export class RecordingPlayer implements PlayerProtocolEvents, Disposable {
  /** All frames so far, in the order in which they came. */
  readonly frames: SeenFrame[] = [];
  /** When it was let go, by `performance.now`, and why. */
  readonly partings: { readonly atMs: number; readonly reason: string }[] = [];
  readonly #target: LoadTarget;
  readonly #connect: Connect;
  #protocol: PlayerProtocol | undefined;
  #socket: Socket | undefined;
  #life = 0;
  #isClosed = false;

  /** @param url - that `streampump load` takes, without TLS */
  constructor(url: string, connect: Connect) {
    const target = parseTarget(url);
    if (target === undefined) throw new Error(`${url} cannot be played`);
    this.#target = target;
    this.#connect = connect;
    void this.#play();
  }

  [Symbol.dispose](): void {
    this.#isClosed = true;
    this.#socket?.destroy();
  }

  // --- what the protocol tells

  send(bytes: Buffer): void {
    if (this.#socket?.writable) this.#socket.write(bytes);
  }

  onMedia(media: PlayedMedia): void {
    const frame = seenFrame(media, this.#life);
    if (frame !== undefined) this.frames.push(frame);
  }

  onRefused(code: string, description: string): void {
    this.#lose(`refused: ${code} ${description}`);
  }

  onEnded(reason: string): void {
    this.#lose(`the stream has ended: ${reason}`);
  }

  async #play(): Promise<void> {
    try {
      const socket = await this.#connect(this.#target);
      if (this.#isClosed) return void socket.destroy();
      this.#life++;
      this.#socket = socket;
      const protocol = openProtocol(this.#target, this);
      this.#protocol = protocol;
      socket.on('data', (bytes: Buffer) => this.#receive(protocol, bytes));
      socket.on('error', () => {}); // 'close' follows
      socket.on('close', () => {
        if (this.#socket === socket) this.#lose('closed by the server');
      });
      protocol.start();
    } catch (error) {
      this.#lose(`cannot connect: ${(error as Error).message}`);
    }
  }

  #receive(protocol: PlayerProtocol, bytes: Buffer): void {
    if (this.#protocol !== protocol) return;
    try {
      protocol.receive(bytes);
    } catch (error) {
      this.#lose(`corrupt data: ${(error as Error).message}`);
    }
  }

  #lose(reason: string): void {
    if (this.#isClosed) return;
    this.partings.push({ atMs: performance.now(), reason });
    this.#protocol = undefined;
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.destroy();
    void sleep(RETRY_MS).then(() => (this.#isClosed ? undefined : this.#play()));
  }
}
