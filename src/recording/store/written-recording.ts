import { fileReason } from '../../errors.ts';
import type { FileForm, RecordingFile } from '../file/recording-file.ts';
import { formatOf } from '../format/format-of.ts';
import type { RecordedFormat } from '../format/recorded-format.ts';
import type {
  RecordedFrame,
  RecordingEnd,
  RecordingWish,
  RecordingWriterEvents,
  StoreState,
} from '../link/store-link.ts';
import type { Recording } from '../recording.ts';
import { newRecordingId, recordingKey } from '../recording-key.ts';
import { encodeFacts } from '../sealing/finished-facts.ts';
import type { Catalogue } from './catalogue.ts';
import { type Description, noPlaces } from './description.ts';
import { saysFull } from './disk-watch.ts';
import type { FileSync, FileSyncs } from './file-syncs.ts';
import { OpenRecording } from './open-recording.ts';
import type { ProcessMark } from './process-mark.ts';
import type { StoreFolder } from './store-folder.ts';

/** What a recording is told: like what its writer is told, and what has become of its frames. */
export interface WrittenEvents extends Pick<RecordingWriterEvents, 'onBegun' | 'onEnd'> {
  /** Bytes of payloads are on the disk, or will never be. */
  onTaken(bytes: number): void;
}

/** What a recording needs of its store. */
export interface RecordingHost {
  readonly folder: StoreFolder;
  readonly catalogue: Catalogue;
  /** The catalogue has everything that is in the folder. */
  readonly known: Promise<void>;
  readonly mark: ProcessMark;
  readonly diskState: StoreState;
  readonly syncs: FileSyncs;
  watch<T>(work: Promise<T>): Promise<T>;
  /** The disk has no room. */
  onFull(): void;
  /** Puts what was written in order, where that did not go well. */
  recover(description: Description): Promise<Recording | undefined>;
  /** It is over. */
  onOver(written: WrittenRecording, recording: Recording | undefined, why: string): void;
}

/** What a stream may have of headers before its first coded frame. */
const MAX_PREFACES = 64;
const MAX_PREFACE_BYTES = 2 ** 20;

/** The writing of one recording, from the wish on. Its file is begun with the first coded frame. */
export class WrittenRecording {
  readonly wish: RecordingWish;
  readonly #host: RecordingHost;
  readonly #events: WrittenEvents;
  #prefaces: RecordedFrame[] = [];
  #prefaceBytes = 0;
  #open: OpenRecording | undefined;
  #description: Description | undefined;
  #creating: Promise<void> = Promise.resolve();
  #ending: Promise<void> | undefined;
  /** What has gone wrong with the file first. */
  #fault: { readonly end: RecordingEnd; readonly sentence: string } | undefined;

  constructor(wish: RecordingWish, host: RecordingHost, events: WrittenEvents) {
    this.wish = wish;
    this.#host = host;
    this.#events = events;
  }

  /** As it is now; undefined before its first coded frame. */
  get recording(): Recording | undefined {
    const description = this.#description;
    return description && { ...description.recording, ...this.#open?.format.facts };
  }

  get places(): OpenRecording['format']['places'] | undefined {
    return this.#open?.format.places;
  }

  get headBytes(): number {
    return this.#open?.format.headBytes ?? 0;
  }

  take(frame: RecordedFrame): void {
    if (this.#ending !== undefined) this.#events.onTaken(frame.payload.length);
    else if (this.#open !== undefined) this.#take(this.#open, frame);
    else if (frame.role === 'coded') this.#begin(frame);
    else this.#wait(frame);
  }

  gap(): void {
    // the times of the frames tell
  }

  /** @param end - `full` and `failed` where that is why */
  finish(why: string, end: RecordingEnd = 'finished'): Promise<void> {
    this.#ending ??= this.#finish(why, end);
    return this.#ending;
  }

  #take(open: OpenRecording, frame: RecordedFrame): void {
    try {
      if (open.take(frame)) return;
      void this.finish('the stream goes on by another header');
    } catch (error) {
      void this.finish((error as Error).message, 'failed');
    }
    this.#events.onTaken(frame.payload.length);
  }

  #wait(frame: RecordedFrame): void {
    this.#prefaceBytes += frame.payload.length;
    this.#events.onTaken(frame.payload.length);
    if (this.#prefaces.length >= MAX_PREFACES || this.#prefaceBytes > MAX_PREFACE_BYTES) {
      void this.finish('the stream has too many headers', 'failed');
    } else this.#prefaces.push(frame);
  }

  #begin(frame: RecordedFrame): void {
    const format = this.#newFormat();
    if (format === undefined) {
      this.#events.onTaken(frame.payload.length);
      return;
    }
    const open = new OpenRecording(format, {
      onTaken: (bytes) => this.#events.onTaken(bytes),
      onFault: (error) => this.#onFault(error),
      watch: (work) => this.#host.watch(work),
    });
    this.#open = open;
    const head = format.head();
    for (const preface of this.#prefaces) if (preface.role !== 'metadata') format.take(preface);
    this.#prefaces = [];
    this.#take(open, frame);
    this.#creating = this.#create(open, head).catch((error: unknown) => this.#onFault(error));
  }

  /** Ends the recording where there can be none. */
  #newFormat(): RecordedFormat | undefined {
    let problem = 'the stream has no header';
    try {
      const format = formatOf(this.wish.family, this.#prefaces);
      if (format !== undefined) return format;
    } catch (error) {
      problem = (error as Error).message;
    }
    void this.finish(problem, 'failed');
    return undefined;
  }

  async #create(open: OpenRecording, head: Buffer): Promise<void> {
    const { folder, catalogue, known, diskState, mark, watch } = this.#host;
    if (diskState === 'full') {
      void this.finish('there is no room', 'full');
      return;
    }
    if (this.wish.run === 'latest') await known;
    const form = folder.newForm;
    const recording = this.#newRecording(form.suffix !== '');
    const created = await watch(this.#createFile(form, recording, head));
    const description: Description = {
      recording,
      headBytes: head.length,
      places: noPlaces,
      writer: mark,
      form: created.notes,
      upload: null,
    };
    this.#description = description;
    await watch(folder.write(description)).catch(async (error: unknown) => {
      await created.file.close();
      await watch(folder.delete(description.recording));
      this.#description = undefined;
      throw error;
    });
    catalogue.set(recording);
    this.#events.onBegun(recording);
    open.open(created.file, this.#syncOf(recording, created.file));
  }

  /** With its names, the first time. */
  #syncOf({ stream }: Recording, file: RecordingFile): FileSync {
    const { folder, syncs } = this.#host;
    let hasNames = false;
    const sync = async (): Promise<void> => {
      if (!hasNames) await folder.sync(stream);
      hasNames = true;
      await file.sync();
    };
    return syncs.add(sync, (error) => this.#onFault(error));
  }

  async #createFile(
    form: FileForm,
    recording: Recording,
    head: Buffer,
  ): Promise<{ readonly file: RecordingFile; readonly notes: Description['form'] }> {
    const { folder } = this.#host;
    const { unfinished } = folder.paths(recording);
    return folder.withRoom(recording.stream, () => form.create(recording.key, unfinished, head));
  }

  #newRecording(isSealed: boolean): Recording {
    const { stream, family, run, part = 1 } = this.wish;
    const startedAt = new Date();
    const id = newRecordingId(startedAt);
    const last = run === 'new' ? undefined : this.#lastPart(stream, run);
    return {
      key: recordingKey({ stream, id }),
      stream,
      id,
      family,
      state: 'recording',
      startedAt: startedAt.toISOString(),
      durationMs: 0,
      bytes: 0,
      run: last?.run ?? (run === 'new' || run === 'latest' ? id : run),
      part: Math.max((last?.part ?? 0) + 1, part),
      hasVideo: false,
      isSealed,
      isUploaded: false,
    };
  }

  #lastPart(stream: string, run: string): Recording | undefined {
    return this.#host.catalogue.latest(stream, run === 'latest' ? undefined : run);
  }

  #onFault(error: unknown): void {
    const isFull = saysFull(error);
    if (isFull) this.#host.onFull();
    this.#fault ??= { end: isFull ? 'full' : 'failed', sentence: fileReason(error) };
    void this.finish(this.#fault.sentence, this.#fault.end);
  }

  async #finish(why: string, end: RecordingEnd): Promise<void> {
    await Promise.resolve(); // whoever begins is told of the end later
    await this.#creating;
    const recording = await this.#close();
    this.#open?.fail();
    const { end: outcome, sentence } = this.#fault ?? { end, sentence: why };
    this.#host.onOver(this, recording, sentence);
    this.#events.onEnd(outcome, recording, sentence);
  }

  /**
   * Puts the file in order, by what is known of it or, where that is not on the disk, by what is there. Never rejects.
   * @returns undefined where there is nothing, or it cannot be put in order now
   */
  async #close(): Promise<Recording | undefined> {
    const { folder, catalogue, watch, recover } = this.#host;
    const [open, description] = [this.#open, this.#description];
    if (open === undefined || description === undefined) return undefined;
    try {
      await open.finish(() => encodeFacts(this.#finished(description, open)));
      const finished = this.#finished(description, open);
      await watch(folder.rename(finished.recording));
      await watch(folder.write(finished));
      await watch(folder.sync(finished.recording.stream));
      catalogue.set(finished.recording);
      return finished.recording;
    } catch (error) {
      if (saysFull(error)) this.#host.onFull();
      return await recover(description);
    }
  }

  #finished(description: Description, { format }: OpenRecording): Description {
    const recording: Recording = { ...description.recording, ...format.facts, state: 'finished' };
    return { ...description, recording, places: format.unsaidPlaces, writer: null };
  }
}
