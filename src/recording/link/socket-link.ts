import { connect, type Socket } from 'node:net';
import type { Recording } from '../recording.ts';
import { RecordingError, type RecordingFault } from '../recording-error.ts';
import {
  frameHeader,
  jsonMessage,
  LINK_WINDOW_BYTES,
  type LinkMessage,
  LinkMessageType,
  type LinkQuestion,
  LinkReader,
  messageHeader,
  WRITER_WINDOW_BYTES,
} from './link-message.ts';
import type {
  PlayNote,
  RecordedFrame,
  RecordingEnd,
  RecordingIndex,
  RecordingListWish,
  RecordingPage,
  RecordingWish,
  RecordingWriter,
  RecordingWriterEvents,
  StoreLink,
  StoreLinkEvents,
  StoreState,
  UploadNews,
} from './store-link.ts';

/** The store has so long for an answer, milliseconds. */
const ANSWER_MS = 10_000;

/** Frames wait so long for others that go out with them, milliseconds, or until they are so many bytes: each write is work for both sides. */
const GATHER_MS = 20;
const GATHER_BYTES = 256 * 1024;

/** A question that has no answer yet. */
interface Asked {
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: RecordingError) => void;
  readonly timer: NodeJS.Timeout;
}

/** A connection to the store by its Unix socket. When it is over it stays so: whoever wants another one makes it. */
export class SocketLink implements StoreLink {
  readonly #socket: Socket;
  readonly #events: StoreLinkEvents;
  readonly #answerMs: number;
  readonly #reader = new LinkReader();
  readonly #asked = new Map<number, Asked>();
  readonly #writers = new Map<number, SocketWriterState>();
  #lastNumber = 0;
  /** Bytes of payloads that the store has not taken. */
  #waitingBytes = 0;
  #isGone = false;
  #isClosed = false;
  /** Bytes of payloads that wait to go out together. */
  #gatheredBytes = 0;
  #gathering: NodeJS.Timeout | undefined;

  /** @param path - of the socket */
  constructor(path: string, events: StoreLinkEvents, answerMs: number = ANSWER_MS) {
    this.#events = events;
    this.#answerMs = answerMs;
    this.#socket = connect(path);
    this.#socket.on('data', (chunk: Buffer) => this.#onData(chunk));
    this.#socket.on('error', () => {}); // 'close' follows
    this.#socket.on('close', () => this.#onGone());
    if (events.onUpload !== undefined) this.#send(messageHeader(LinkMessageType.follow, 0, 0));
  }

  begin(wish: RecordingWish, events: RecordingWriterEvents): RecordingWriter {
    const number = this.#nextNumber();
    const state: SocketWriterState = { events, waitingBytes: 0, isHeldBack: false };
    if (this.#isGone) queueMicrotask(() => events.onEnd('lost', undefined, 'the store is not there'));
    else {
      this.#writers.set(number, state);
      this.#send(jsonMessage(LinkMessageType.begin, number, wish));
    }
    return {
      write: (frame) => this.#write(number, frame),
      gap: () => {
        if (this.#writers.has(number)) this.#send(messageHeader(LinkMessageType.gap, number, 0));
      },
      finish: (why) => {
        if (this.#writers.has(number)) this.#send(jsonMessage(LinkMessageType.finish, number, { why }));
      },
    };
  }

  async describe(key: string): Promise<Recording | undefined> {
    return ((await this.#ask({ ask: 'describe', key })) as Recording | null) ?? undefined;
  }

  async index(key: string): Promise<RecordingIndex> {
    const index = (await this.#ask({ ask: 'index', key })) as IndexAnswer;
    return {
      headBytes: index.headBytes,
      timesMs: Float64Array.from(index.timesMs),
      offsets: Float64Array.from(index.offsets),
      headerOffsets: Float64Array.from(index.headerOffsets),
    };
  }

  async read(key: string, offset: number, length: number): Promise<Buffer> {
    return (await this.#ask({ ask: 'read', key, offset, length })) as Buffer;
  }

  async list(wish: RecordingListWish): Promise<RecordingPage> {
    return (await this.#ask({ ask: 'list', ...wish })) as RecordingPage;
  }

  async delete(key: string, by: string): Promise<boolean> {
    return (await this.#ask({ ask: 'delete', key, by })) as boolean;
  }

  note(line: PlayNote): void {
    if (!this.#isGone) this.#send(jsonMessage(LinkMessageType.note, 0, line));
  }

  async ping(): Promise<void> {
    await this.#ask({ ask: 'ping' });
  }

  /** Ends the connection behind what was said; the store finishes what is recorded over it. */
  close(): void {
    this.#isClosed = true;
    this.#flush();
    this.#socket.end();
  }

  /** Cuts the connection. */
  destroy(): void {
    this.#isClosed = true;
    this.#socket.destroy();
  }

  #nextNumber(): number {
    this.#lastNumber = (this.#lastNumber % 0xffffffff) + 1;
    return this.#lastNumber;
  }

  #write(number: number, frame: RecordedFrame): boolean {
    const state = this.#writers.get(number);
    if (state === undefined) return true;
    this.#gather(frame.payload.length);
    this.#socket.write(frameHeader(number, frame));
    if (frame.payload.length > 0) this.#socket.write(frame.payload);
    state.waitingBytes += frame.payload.length;
    this.#waitingBytes += frame.payload.length;
    state.isHeldBack = !this.#hasRoom(state);
    return !state.isHeldBack;
  }

  #hasRoom({ waitingBytes }: SocketWriterState): boolean {
    return waitingBytes < WRITER_WINDOW_BYTES && this.#waitingBytes < LINK_WINDOW_BYTES;
  }

  /** What follows goes out with what comes in the next moment. */
  #gather(bytes: number): void {
    if (this.#gathering === undefined) {
      this.#gathering = setTimeout(() => this.#flush(), GATHER_MS);
      this.#socket.cork();
    } else if (this.#gatheredBytes > GATHER_BYTES) {
      this.#flush();
      this.#gather(bytes);
      return;
    }
    this.#gatheredBytes += bytes;
  }

  #flush(): void {
    if (this.#gathering === undefined) return;
    clearTimeout(this.#gathering);
    this.#gathering = undefined;
    this.#gatheredBytes = 0;
    this.#socket.uncork();
  }

  /** Behind the frames, which go out with it. */
  #send(message: Buffer): void {
    this.#socket.write(message);
    this.#flush();
  }

  #ask(question: LinkQuestion): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#isGone) {
        reject(new RecordingError('unavailable', 'the store of the recordings is not there'));
        return;
      }
      const number = this.#nextNumber();
      const timer = setTimeout(() => {
        this.#asked.delete(number);
        reject(new RecordingError('timeout', 'the store of the recordings does not answer'));
      }, this.#answerMs);
      this.#asked.set(number, { resolve, reject, timer });
      this.#send(jsonMessage(LinkMessageType.ask, number, question));
    });
  }

  #onData(chunk: Buffer): void {
    this.#reader.push(chunk);
    try {
      for (let message = this.#reader.read(); message !== undefined; message = this.#reader.read())
        this.#onMessage(message);
    } catch {
      this.#socket.destroy(); // the store is of another version
    }
  }

  #onMessage({ type, number, body }: LinkMessage): void {
    switch (type) {
      case LinkMessageType.taken:
        this.#onTaken(number, body.readUInt32BE(0));
        return;
      case LinkMessageType.piece:
        this.#settle(number)?.resolve(body);
        return;
      case LinkMessageType.answer:
        this.#settle(number)?.resolve(JSON.parse(body.toString()));
        return;
      case LinkMessageType.fault: {
        const { code, message } = JSON.parse(body.toString()) as FaultAnswer;
        this.#settle(number)?.reject(new RecordingError(code, message));
        return;
      }
      case LinkMessageType.begun:
        this.#writers.get(number)?.events.onBegun(JSON.parse(body.toString()) as Recording);
        return;
      case LinkMessageType.end: {
        const { end, recording, sentence } = JSON.parse(body.toString()) as EndNews;
        this.#drop(number)?.events.onEnd(end, recording ?? undefined, sentence);
        return;
      }
      case LinkMessageType.state: {
        const { state, sentence } = JSON.parse(body.toString()) as StateNews;
        this.#events.onState(state, sentence);
        return;
      }
      case LinkMessageType.expired:
        this.#events.onExpired?.(JSON.parse(body.toString()) as Recording);
        return;
      case LinkMessageType.upload:
        this.#events.onUpload?.(JSON.parse(body.toString()) as UploadNews);
        return;
      default:
        return;
    }
  }

  #onTaken(number: number, bytes: number): void {
    const hadRoom = this.#waitingBytes < LINK_WINDOW_BYTES;
    this.#waitingBytes -= bytes;
    const state = this.#writers.get(number);
    if (state !== undefined) {
      state.waitingBytes -= bytes;
      this.#drain(state);
    }
    if (!hadRoom) for (const other of this.#writers.values()) this.#drain(other);
  }

  #drain(state: SocketWriterState): void {
    if (!state.isHeldBack || !this.#hasRoom(state)) return;
    state.isHeldBack = false;
    state.events.onDrain();
  }

  #drop(number: number): SocketWriterState | undefined {
    const state = this.#writers.get(number);
    if (state === undefined) return undefined;
    this.#writers.delete(number);
    this.#waitingBytes -= state.waitingBytes;
    return state;
  }

  #settle(number: number): Asked | undefined {
    const asked = this.#asked.get(number);
    if (asked === undefined) return undefined;
    clearTimeout(asked.timer);
    this.#asked.delete(number);
    return asked;
  }

  #onGone(): void {
    this.#isGone = true;
    clearTimeout(this.#gathering);
    for (const number of [...this.#asked.keys()])
      this.#settle(number)?.reject(new RecordingError('unavailable', 'the store of the recordings has gone'));
    for (const number of [...this.#writers.keys()])
      this.#drop(number)?.events.onEnd('lost', undefined, 'the store of the recordings has gone');
    if (!this.#isClosed) this.#events.onState('gone', 'the store of the recordings has gone');
  }
}

interface SocketWriterState {
  readonly events: RecordingWriterEvents;
  waitingBytes: number;
  isHeldBack: boolean;
}

interface IndexAnswer {
  readonly headBytes: number;
  readonly timesMs: readonly number[];
  readonly offsets: readonly number[];
  readonly headerOffsets: readonly number[];
}

interface FaultAnswer {
  readonly code: RecordingFault;
  readonly message: string;
}

interface EndNews {
  readonly end: RecordingEnd;
  readonly recording: Recording | null;
  readonly sentence: string;
}

interface StateNews {
  readonly state: StoreState;
  readonly sentence: string;
}
