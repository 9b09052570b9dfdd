import { ByteQueue } from '../../src/bytes/byte-queue.ts';
import type { FlvMessageType } from '../../src/family/flv/flv-family.ts';
import { ChunkReader } from '../../src/protocol/rtmp/chunk/chunk-reader.ts';
import type { Clock } from '../../src/stream/clock.ts';
import type { PlayEndReason, Player } from '../../src/stream/player.ts';
import { type MediaMessage, wordFor } from './fake-media.ts';

/** Set Chunk Size 65,536: what a session says before any media. */
const setChunkSize = Buffer.from('02000000000004010000000000010000', 'hex');

interface Write {
  left: number;
  readonly onTaken: (() => void) | undefined;
}

/** A player of the RTMP form with a socket that takes everything, or nothing until it is told to. */
export class FakePlayer implements Player {
  readonly isRelay: boolean;
  /** Every media message it was written, decoded. */
  readonly messages: MediaMessage[] = [];
  /** Size of each write. */
  readonly writes: number[] = [];
  /** Calls of onStart and onEnd. */
  readonly calls: string[] = [];
  onStarting: () => void = () => {};
  onEnding: () => void = () => {};
  onWriting: () => void = () => {};
  /** Whether the socket takes what it is given at once. */
  isTaking = true;
  readonly #clock: Clock;
  readonly #bytes = new ByteQueue();
  readonly #reader = new ChunkReader(this.#bytes, {
    messageBytes: 2 ** 24,
    partialBytes: 2 ** 26,
    chunkStreams: 64,
  });
  #backlog: Write[] = [];
  takenBytes = 0;

  constructor(clock: Clock, isRelay = false) {
    this.#clock = clock;
    this.isRelay = isRelay;
    this.#bytes.push(setChunkSize);
  }

  get backlogBytes(): number {
    return this.#backlog.reduce((sum, { left }) => sum + left, 0);
  }

  /** What it has seen, as a script of {@link media}. */
  get seen(): string {
    return this.messages.map(wordFor).join(' ');
  }

  /** What it has seen since the last call. */
  get news(): string {
    const words = this.messages.slice(this.#told).map(wordFor).join(' ');
    this.#told = this.messages.length;
    return words;
  }

  #told = 0;

  write(bytes: Buffer, onTaken?: () => void): void {
    if (bytes.length === 0) throw new Error('an empty write');
    this.writes.push(bytes.length);
    this.#bytes.push(Buffer.from(bytes));
    for (const { type, timestamp, payload } of this.#reader.messages()) {
      this.messages.push({ type: type as FlvMessageType, timestamp, payload });
    }
    if (!this.isTaking) this.#backlog.push({ left: bytes.length, onTaken });
    else {
      this.takenBytes += bytes.length;
      if (onTaken !== undefined) this.#clock.soon(onTaken);
    }
    this.onWriting();
  }

  /** The socket takes so many bytes of the backlog, or all that it is now. */
  take(size: number = this.backlogBytes): void {
    let rest = size;
    while (rest > 0) {
      const [first] = this.#backlog;
      if (first === undefined) return;
      const taken = Math.min(rest, first.left);
      first.left -= taken;
      rest -= taken;
      this.takenBytes += taken;
      if (first.left > 0) return;
      this.#backlog = this.#backlog.slice(1);
      first.onTaken?.();
    }
  }

  onStart(): void {
    this.calls.push('start');
    this.onStarting();
  }

  onEnd(reason: PlayEndReason): void {
    this.calls.push(reason);
    this.onEnding();
  }
}
