import type { Socket } from 'node:net';
import { fileReason } from '../../errors.ts';
import {
  decodeFrame,
  jsonMessage,
  LINK_WINDOW_BYTES,
  type LinkMessage,
  LinkMessageType,
  type LinkQuestion,
  LinkReader,
  MAX_BODY_BYTES,
  MAX_QUESTIONS,
  MAX_WRITERS,
  messageHeader,
  WRITER_WINDOW_BYTES,
} from '../link/link-message.ts';
import { parseNote, parseQuestion, parseReason, parseWish } from '../link/link-question.ts';
import type { StoreState, UploadNews } from '../link/store-link.ts';
import type { Recording } from '../recording.ts';
import { RecordingError } from '../recording-error.ts';
import type { Store } from '../store/store.ts';
import type { StoreVoice } from '../store/store-settings.ts';
import type { WrittenRecording } from '../store/written-recording.ts';

/** Questions that are answered at the same time; the others wait. */
const MAX_ANSWERING = 16;

/** What is heard of a connection. */
export interface LinkConnectionEvents {
  /** It wants to be told of uploads. */
  onFollow(): void;
  /** It is over, and what was recorded over it is being finished. */
  onClose(): void;
}

/** One connection of a thread of the relay. */
export class LinkConnection {
  readonly #socket: Socket;
  readonly #store: Store;
  readonly #voice: StoreVoice;
  readonly #events: LinkConnectionEvents;
  readonly #reader = new LinkReader();
  readonly #writers = new Map<number, Writer>();
  readonly #waiting: [number: number, question: SlowQuestion][] = [];
  #answering = 0;
  #frameBytes = 0;

  constructor(socket: Socket, store: Store, voice: StoreVoice, events: LinkConnectionEvents) {
    this.#socket = socket;
    this.#store = store;
    this.#voice = voice;
    this.#events = events;
    socket.on('data', (chunk: Buffer) => this.#onData(chunk));
    socket.on('error', () => {}); // 'close' follows
    socket.on('close', () => {
      for (const { written } of this.#writers.values()) void written.finish('the relay has gone');
      events.onClose();
    });
    if (store.diskState !== 'ok') this.onState(store.diskState, 'recordings cannot be written');
  }

  onState(state: StoreState, sentence: string): void {
    this.#send(jsonMessage(LinkMessageType.state, 0, { state, sentence }));
  }

  onExpired(recording: Recording): void {
    this.#send(jsonMessage(LinkMessageType.expired, 0, recording));
  }

  onUpload(news: UploadNews): void {
    this.#send(jsonMessage(LinkMessageType.upload, 0, news));
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #send(message: Buffer): void {
    if (!this.#socket.destroyed) this.#socket.write(message);
  }

  #onData(chunk: Buffer): void {
    this.#reader.push(chunk);
    try {
      for (let message = this.#reader.read(); message !== undefined; message = this.#reader.read())
        this.#onMessage(message);
    } catch (error) {
      this.#voice.tell('warn', `a connection of the relay is cut: ${(error as Error).message}`);
      this.#socket.destroy();
    }
  }

  /** @throws Error for what no thread of the relay says */
  #onMessage({ type, number, body }: LinkMessage): void {
    switch (type) {
      case LinkMessageType.begin:
        this.#begin(number, body);
        return;
      case LinkMessageType.frame:
        this.#onFrame(number, body);
        return;
      case LinkMessageType.gap:
        this.#writers.get(number)?.written.gap();
        return;
      case LinkMessageType.finish:
        void this.#writers.get(number)?.written.finish(parseReason(body));
        return;
      case LinkMessageType.ask: {
        const question = parseQuestion(body);
        if (question === undefined) throw new Error('a question that is none');
        if (question.ask === 'ping') {
          this.#send(jsonMessage(LinkMessageType.answer, number, null)); // also while the disk hangs
          return;
        }
        if (this.#waiting.length >= MAX_QUESTIONS) throw new Error('too many questions');
        this.#waiting.push([number, question]);
        this.#answerNext();
        return;
      }
      case LinkMessageType.follow:
        this.#events.onFollow();
        return;
      case LinkMessageType.note: {
        const note = parseNote(body);
        if (note === undefined) throw new Error('a note that is none');
        this.#voice.audit({ ...note, did: 'played' });
        return;
      }
      default:
        throw new Error(`a message of type ${type}`);
    }
  }

  #begin(number: number, body: Buffer): void {
    const wish = parseWish(body);
    if (wish === undefined || this.#writers.has(number) || this.#writers.size >= MAX_WRITERS)
      throw new Error('a wish to record that cannot be met');
    const written = this.#store.begin(wish, {
      onBegun: (recording) => this.#send(jsonMessage(LinkMessageType.begun, number, recording)),
      onTaken: (bytes) => this.#onTaken(number, bytes),
      onEnd: (end, recording, sentence) => {
        this.#writers.delete(number);
        const news = { end, recording: recording ?? null, sentence };
        this.#send(jsonMessage(LinkMessageType.end, number, news));
      },
    });
    this.#writers.set(number, { written, bytes: 0 });
  }

  #onFrame(number: number, body: Buffer): void {
    const writer = this.#writers.get(number);
    if (writer === undefined) return; // it was over when the thread did not know yet
    const frame = decodeFrame(body);
    const { length } = frame.payload;
    writer.bytes += length;
    this.#frameBytes += length;
    const isTooMuch =
      writer.bytes > WRITER_WINDOW_BYTES + MAX_BODY_BYTES ||
      this.#frameBytes > LINK_WINDOW_BYTES + MAX_BODY_BYTES;
    if (isTooMuch) throw new Error('more frames than there is room for');
    writer.written.take(frame);
  }

  #onTaken(number: number, bytes: number): void {
    this.#frameBytes -= bytes;
    const writer = this.#writers.get(number);
    if (writer !== undefined) writer.bytes -= bytes;
    const header = messageHeader(LinkMessageType.taken, number, 4);
    const count = Buffer.allocUnsafe(4);
    count.writeUInt32BE(bytes);
    this.#send(Buffer.concat([header, count]));
  }

  #answerNext(): void {
    while (this.#answering < MAX_ANSWERING) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.#answering++;
      void this.#answer(...next).finally(() => {
        this.#answering--;
        this.#answerNext();
      });
    }
  }

  /** Resolves when the answer has left, as far as the other side takes answers. Never rejects. */
  async #answer(number: number, question: SlowQuestion): Promise<void> {
    let pieces: readonly Buffer[];
    try {
      pieces = await this.#answerTo(number, question);
    } catch (error) {
      const isKnown = error instanceof RecordingError;
      const code = isKnown ? error.code : 'unavailable';
      const message = isKnown ? error.message : fileReason(error);
      pieces = [jsonMessage(LinkMessageType.fault, number, { code, message })];
    }
    if (this.#socket.destroyed) return;
    let isTaken = true;
    for (const piece of pieces) isTaken = this.#socket.write(piece);
    if (!isTaken && !this.#socket.destroyed) await drained(this.#socket);
  }

  async #answerTo(number: number, question: SlowQuestion): Promise<readonly Buffer[]> {
    const store = this.#store;
    const answer = (value: unknown): readonly Buffer[] => [
      jsonMessage(LinkMessageType.answer, number, value),
    ];
    switch (question.ask) {
      case 'describe':
        return answer(await store.describe(question.key));
      case 'index':
        return answer(await store.index(question.key));
      case 'list':
        return answer(await store.list(question));
      case 'delete':
        return answer(await store.delete(question.key, question.by));
      case 'read': {
        const piece = await store.read(question.key, question.offset, question.length);
        return [messageHeader(LinkMessageType.piece, number, piece.length), piece];
      }
      default:
        return question satisfies never;
    }
  }
}

/** A question that the disk may be asked for. */
type SlowQuestion = Exclude<LinkQuestion, { ask: 'ping' }>;

interface Writer {
  readonly written: WrittenRecording;
  /** Of its payloads that were not taken yet. */
  bytes: number;
}

async function drained(socket: Socket): Promise<void> {
  await new Promise<void>((resolve) => {
    const done = (): void => {
      socket.off('drain', done).off('close', done);
      resolve();
    };
    socket.on('drain', done).on('close', done);
  });
}
