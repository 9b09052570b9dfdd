import type { MessagePort } from 'node:worker_threads';
import type { Clock } from '../../../../stream/clock.ts';
import type { BacklogLimits } from '../../../../stream/fan-out/backlog-gauge.ts';
import type { Frame } from '../../../../stream/frame.ts';
import type { ToPeer } from '../messages.ts';
import type { FrameCodec } from './frame-codec.ts';
import {
  type FrameFlow,
  type FrameReceiver,
  messagesBefore,
  readRecord,
  recordSize,
  sizeOfRecord,
  writeRecord,
} from './frame-record.ts';
import { newRing, RingReader, RingWriter } from './frame-ring.ts';
import { type BacklogOwner, FrameSender } from './frame-sender.ts';
import { type UntakenFrame, UntakenFrames } from './untaken-frames.ts';

/** Frames that find no room in the ring share pieces of memory of this size, bytes; a larger one has a piece of its own. */
const PIECE_BYTES = 65_536;

/** Who reads is not woken more often than this, milliseconds: that costs as much as the frames of many streams. */
const WAKE_MS = 4;

/** What goes through the port besides what two workers tell each other. */
type Posted =
  | ToPeer
  /** Where frames are from now on. */
  | { readonly say: 'ring'; readonly memory: SharedArrayBuffer }
  /** Frames that found no room there. */
  | { readonly say: 'piece'; readonly memory: SharedArrayBuffer }
  | typeof WAKE;

/** There is something in the ring: it stands in no order with other messages. */
const WAKE = 0;

/** Memory for frames that find no room in the ring. */
interface Piece {
  readonly memory: SharedArrayBuffer;
  readonly bytes: Buffer;
  /** Where the next one goes. */
  at: number;
}

/** What a link needs of its thread. */
export interface LinkRoute {
  readonly clock: Clock;
  readonly codec: FrameCodec;
  /** Beyond `maxBacklogBytes` of a stream that were not taken, frames are left out; it may change. */
  readonly limits: Pick<BacklogLimits, 'maxBacklogBytes'>;
}

/** Takes what comes from the other end. */
export interface PeerLinkEnd extends FrameReceiver {
  onMessage(message: ToPeer): void;
  onClose(): void;
}

/**
 * The way to another worker and back. Messages go through a port. Frames of all streams go through a ring of shared memory for each
 * direction: one message wakes who reads it, at most once in four milliseconds, and how far it was read says what was taken.
 * Whatever is sent arrives in its order.
 */
export class PeerLink {
  readonly #port: MessagePort;
  readonly #route: LinkRoute;
  readonly #end: PeerLinkEnd;
  readonly #untaken = new UntakenFrames();
  /** Made with the first frame. */
  #ring: RingWriter | undefined;
  #piece: Piece | undefined;
  #isFlushing = false;
  #flushedAt = Number.NEGATIVE_INFINITY;
  /** Messages that were posted, and those from the other end that were acted on: uint32, wrap. */
  #posted = 0;
  #handled = 0;
  #theirRing: RingReader | undefined;
  readonly #flush = (): void => {
    this.#isFlushing = false;
    this.#flushedAt = this.#route.clock.now();
    if (this.#piece !== undefined) this.#postPiece();
    else if (this.#ring?.wake()) this.#port.postMessage(WAKE satisfies Posted);
  };
  readonly #isTaken = (frame: UntakenFrame): boolean => this.#wasTaken(frame);
  readonly #take = (bytes: Buffer, at: number): boolean => this.#takeRecord(bytes, at);

  constructor(port: MessagePort, route: LinkRoute, end: PeerLinkEnd) {
    this.#port = port;
    this.#route = route;
    this.#end = end;
    port.on('message', (posted: Posted) => this.#onPosted(posted));
    port.on('close', () => end.onClose());
  }

  /** Tells the other end. */
  post(message: ToPeer): void {
    this.#postPiece();
    this.#post(message);
  }

  /** For the frames of one stream. */
  sender(flow: FrameFlow): FrameSender {
    return new FrameSender(this.#route.limits, {
      settle: () => this.#untaken.settle(this.#isTaken),
      write: (frame, owner) => this.#write(flow, frame, owner),
    });
  }

  close(): void {
    this.#port.close();
  }

  #post(posted: Exclude<Posted, typeof WAKE>): void {
    this.#posted = (this.#posted + 1) >>> 0;
    this.#port.postMessage(posted);
  }

  // --- frames that go out

  #write(flow: FrameFlow, frame: Frame, owner: BacklogOwner): number {
    const { codec } = this.#route;
    const bytes = codec.sizeOf(frame);
    const size = recordSize(bytes);
    this.#ring ??= this.#openRing();
    const ring = this.#ring;
    const at = this.#piece === undefined ? ring.reserve(size) : undefined;
    if (at === undefined) {
      const piece = this.#pieceFor(size);
      writeRecord(codec, piece.bytes, piece.at, flow, frame, size, this.#posted);
      piece.at += size;
      this.#untaken.add({ owner, bytes, went: 'port', until: (this.#posted + 1) >>> 0 });
    } else {
      writeRecord(codec, ring.bytes, at, flow, frame, size, this.#posted);
      ring.commit(size);
      this.#untaken.add({ owner, bytes, went: 'ring', until: ring.written });
    }
    this.#flushSoon();
    return bytes;
  }

  #openRing(): RingWriter {
    const memory = newRing();
    this.#post({ say: 'ring', memory });
    return new RingWriter(memory);
  }

  #pieceFor(size: number): Piece {
    if (this.#piece !== undefined && this.#piece.at + size > this.#piece.bytes.length) this.#postPiece();
    if (this.#piece === undefined) {
      const memory = new SharedArrayBuffer(Math.max(size, PIECE_BYTES));
      this.#piece = { memory, bytes: Buffer.from(memory), at: 0 };
    }
    return this.#piece;
  }

  #postPiece(): void {
    const piece = this.#piece;
    this.#piece = undefined;
    if (piece !== undefined) this.#post({ say: 'piece', memory: piece.memory });
  }

  /** At the end of this turn, or a little later. */
  #flushSoon(): void {
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    const { clock } = this.#route;
    const waitMs = this.#flushedAt + WAKE_MS - clock.now();
    if (waitMs > 0) clock.after(waitMs, this.#flush);
    else clock.soon(this.#flush);
  }

  #wasTaken({ went, until }: UntakenFrame): boolean {
    return (went === 'ring' ? this.#ring?.isRead(until) : this.#ring?.isHandled(until)) ?? false;
  }

  // --- what comes in

  #onPosted(posted: Posted): void {
    if (posted === WAKE) {
      this.#theirRing?.onWoken();
      this.#drain();
      return;
    }
    this.#drain(); // what was written before it was posted
    if (posted.say === 'ring') this.#theirRing = new RingReader(posted.memory);
    else if (posted.say === 'piece') this.#readPiece(Buffer.from(posted.memory));
    else this.#end.onMessage(posted);
    this.#handled = (this.#handled + 1) >>> 0;
    this.#theirRing?.onHandled(this.#handled);
    this.#drain();
  }

  #drain(): void {
    this.#theirRing?.drain(this.#take);
  }

  /** @returns false while a message is to come before it */
  #takeRecord(bytes: Buffer, at: number): boolean {
    if (((messagesBefore(bytes, at) - this.#handled) | 0) > 0) return false;
    readRecord(this.#route.codec, bytes, at, this.#end);
    return true;
  }

  #readPiece(bytes: Buffer): void {
    for (let at = 0; sizeOfRecord(bytes, at) > 0; at += sizeOfRecord(bytes, at))
      readRecord(this.#route.codec, bytes, at, this.#end);
  }
}
