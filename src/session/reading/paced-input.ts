import type { Readable } from 'node:stream';
import { ByteQueue } from '../../bytes/byte-queue.ts';
import { ownBytes } from '../../bytes/own-bytes.ts';
import type { Clock } from '../../stream/clock.ts';
import { DirectSocket } from './direct-socket.ts';
import { type Paced, ReadPace } from './read-pace.ts';

/** What is read at a time of a connection whose bytes do not always pay for their work, bytes. */
const SLICE_BYTES = 1024;

/** What is read ahead of those who wait, bytes: so much that a peer that leaves is noticed. */
const READ_AHEAD_BYTES = 128 * 1024;

/** In how many pieces that may come: each is work, though nothing is done with it yet. */
const READ_AHEAD_PIECES = 256;

/** What a peer has said before its end gets this long to be acted on, milliseconds. */
const LAST_WORDS_MS = 2000;

/** Acts on bytes: those at the beginning of `memory`, which holds something else as soon as this has returned. */
export type ActOnBytes = (memory: Buffer, length: number) => void;

/** Who acts on what a socket brings. */
export interface InputReader {
  /** Whether what comes is to be kept until {@link PacedInput.goOn}: what it means depends on an answer that is not there yet. */
  readonly isHeld: boolean;
  /** Goes on with what it was given before and has not acted on. */
  proceed(): void;
  /** Something has come and was acted on or kept, or what was kept was acted on: it may hold more or less than before. */
  onReceived?(): void;
  /** The connection is slowed down from now on; called once. */
  onSlowed(): void;
}

/**
 * What a socket brings, in the order in which it came, and no faster than its pace. It stands between the kernel and whoever acts on
 * the bytes of a direct socket, or else the socket's own buffer: whoever listens to that, be it node:http or `ws`, gets so much at a time. The
 * end comes behind all of it.
 */
export class PacedInput implements Paced {
  /** To be told of all work that the bytes are. */
  readonly pace: ReadPace;
  readonly #clock: Clock;
  #reader: InputReader;
  #socket: Readable | undefined;
  /** The socket's own ways to take what has come, and to ask for more. */
  #push: (bytes: Buffer | null) => boolean = () => true;
  #askForMore: (size: number) => void = () => {};
  /** Undefined where bytes go through the socket's own buffer. */
  #act: ActOnBytes | undefined;
  /** What has come and is not read. */
  readonly #kept = new ByteQueue();
  /** How many pieces have come since something was last read. */
  #keptPieces = 0;
  /** Whether the socket has room for more. */
  #isWanted = true;
  /** Whether nothing comes until it is asked for. */
  #isStopped = false;
  #isPassing = false;
  /** What the peer has said of its end: `said` waits behind what is kept. */
  #end: 'none' | 'said' | 'passed' = 'none';

  /** @param isTrusted - it leads to a server that the operator has chosen */
  constructor(clock: Clock, reader: InputReader, isTrusted = false) {
    this.#clock = clock;
    this.#reader = reader;
    this.pace = new ReadPace(clock, this, isTrusted);
  }

  /** Bytes that have come and are not read. */
  get keptBytes(): number {
    return this.#kept.length;
  }

  /**
   * Paces a socket from now on, which no other does: of two, one behind the other, each would wait for the other to ask.
   * @param act - acts on its bytes; left out where others listen to the socket
   */
  attach(socket: Readable, act?: ActOnBytes): void {
    if (Object.hasOwn(socket, 'push')) throw new Error('this socket is paced already');
    this.#socket = socket;
    this.#push = socket.push.bind(socket);
    this.#askForMore = socket._read.bind(socket);
    socket.push = (bytes: Buffer | null) => this.#receive(bytes);
    socket._read = (size) => this.#onWanted(size);
    if (act === undefined) return;
    if (socket instanceof DirectSocket) this.#readDirectly(socket, act);
    else socket.on('data', (bytes: Buffer) => act(bytes, bytes.length));
  }

  /** From now on somebody else acts on what comes, who begins as one that neither publishes nor plays. */
  handTo(reader: InputReader): void {
    this.#reader = reader;
    this.pace.isPending = true;
  }

  /** Nothing goes through the socket's own buffer any more. */
  #readDirectly(socket: DirectSocket, act: ActOnBytes): void {
    this.#act = act;
    socket.readDirectly((memory, length) => this.#onRead(memory, length));
    const waiting: Buffer | null = socket.read(); // and asks for what comes
    if (waiting === null) return;
    this.#kept.push(waiting);
    this.#clock.next(() => this.goOn());
  }

  /** What was held is read, as far as it may be now. */
  goOn(): void {
    this.#pass();
    this.#reader.onReceived?.();
  }

  onTurn(): void {
    this.#reader.proceed();
    this.goOn();
  }

  onSlowed(): void {
    this.#reader.onSlowed();
  }

  /** @returns whether more may come before it is asked for */
  #receive(bytes: Buffer | null): boolean {
    if (bytes === null) {
      this.#onEnd();
      return false;
    }
    this.pace.onPiece(bytes.length);
    this.#kept.push(bytes);
    this.#keptPieces++;
    this.#pass();
    return this.#onReceived();
  }

  /** As {@link #receive}, of memory that is lent: the usual case is that nothing waits. */
  #onRead(memory: Buffer, length: number): boolean {
    this.pace.onPiece(length);
    if (this.#kept.length === 0 && !this.pace.isSliced && !this.#isPassing && this.#mayPass()) {
      this.#isPassing = true;
      this.#act?.(memory, length);
      this.#isPassing = false;
    } else {
      this.#kept.push(ownBytes(memory.subarray(0, length)));
      this.#keptPieces++;
      this.#pass();
    }
    return this.#onReceived();
  }

  #onReceived(): boolean {
    this.#reader.onReceived?.();
    this.#isStopped = !this.#isWanted || this.#isFull;
    return !this.#isStopped;
  }

  get #isFull(): boolean {
    return this.#kept.length >= READ_AHEAD_BYTES || this.#keptPieces >= READ_AHEAD_PIECES;
  }

  #onWanted(size: number): void {
    this.#isWanted = true;
    if (this.#kept.length > 0) this.#clock.next(() => this.goOn());
    else this.#ask(size);
  }

  #ask(size: number): void {
    if (this.#end !== 'none') return;
    this.#isStopped = false;
    this.#askForMore(size);
  }

  /** Hands on as much as may be read now. */
  #pass(): void {
    if (this.#isPassing) return;
    this.#isPassing = true;
    while (this.#mayPass()) {
      const bytes = this.#kept.readSome(this.pace.isSliced ? SLICE_BYTES : Number.POSITIVE_INFINITY);
      if (bytes === undefined) {
        this.#passEnd();
        break;
      }
      this.#keptPieces = 0;
      if (this.#act === undefined) this.#isWanted = this.#push(bytes);
      else this.#act(bytes, bytes.length);
    }
    this.#isPassing = false;
    if (this.#isStopped && this.#isWanted && !this.#isFull) this.#ask(0);
  }

  #mayPass(): boolean {
    const isOpen = !(this.#socket?.destroyed ?? true);
    return isOpen && this.#isWanted && !this.#reader.isHeld && this.pace.mayRead();
  }

  /** What waits is acted on before the end is told, but nobody waits long for one that has gone. */
  #onEnd(): void {
    this.#end = 'said';
    if (this.#kept.length === 0) this.#passEnd();
    else this.#pass();
    if (this.#end === 'said') this.#clock.after(LAST_WORDS_MS, () => this.#dropRest());
  }

  #dropRest(): void {
    this.#kept.clear();
    this.#passEnd();
  }

  #passEnd(): void {
    if (this.#end !== 'said') return;
    this.#end = 'passed';
    this.#push(null);
    this.#socket?.read(0); // it is told of when it is asked for
  }
}
