import { type Clock, systemClock } from '../../stream/clock.ts';
import { FileUpload, type UploadedObject, type UploadSource } from './file-upload.ts';
import { type ObjectStorage, ObjectStorageError } from './object-storage.ts';

/** Where a recording goes, and what of it. */
export interface WaitingUpload {
  /** Of the object that the file becomes. */
  readonly objectKey: string;
  readonly source: UploadSource;
  /** Where the file is an object already: then only its description is uploaded. */
  readonly object?: UploadedObject;
  /** Lets go of the file; the source may be read again. */
  close(): Promise<void>;
}

/** What a queue needs of the store. */
export interface UploadHost {
  /** Keys of recordings that are whole and not uploaded, at most so many. */
  waiting(limit: number): Promise<readonly string[]>;
  /** How a recording is uploaded; undefined where there is nothing to upload any more. */
  open(key: string): Promise<WaitingUpload | undefined>;
  /** Its file is an object: uploads the description and notes that, unless the recording was deleted meanwhile. */
  onUploaded(key: string, object: UploadedObject, signal: AbortSignal): Promise<void>;
  /** Told once of a recording that cannot be uploaded for a reason of its own, while it is tried again. */
  onFault(key: string, fault: Error): void;
  /** Told once when uploads begin to fail, with a sentence, and once when they go on, without one. */
  onState(fault: string | undefined): void;
  /** The figures are others. */
  onFigures(): void;
}

/** What a queue goes by. */
export interface UploadQueueOptions {
  readonly maxAtOnce: number;
  readonly clock?: Clock;
  /** What a wait is multiplied with: 0.5 to 1, by chance. */
  readonly chance?: () => number;
}

/** The first wait after a try that failed; each is twice as long as the one before, milliseconds. */
const FIRST_WAIT_MS = 1000;
const MAX_WAIT_MS = 300_000;

/** The queue knows of so many recordings at most; more are on the disk. */
const MAX_KNOWN = 1000;

/**
 * Uploads recordings, each until it is done: what fails is tried again for ever. When it is the storage that fails, nothing is sent
 * until a wait is over, and then one recording at a time until one is done.
 */
export class UploadQueue {
  readonly #storage: ObjectStorage;
  readonly #host: UploadHost;
  readonly #clock: Clock;
  readonly #options: UploadQueueOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #closing = new AbortController();
  /** Whether the disk may have more than is known. */
  #hasMore = true;
  #refilling: Promise<void> | undefined;
  /** Tries in a row that the storage has failed. */
  #failures = 0;
  #pausedUntil = 0;
  #stopTimer = (): void => {};
  #done = 0;
  #doneBytes = 0;
  #failed = 0;

  constructor(storage: ObjectStorage, host: UploadHost, options: UploadQueueOptions) {
    this.#storage = storage;
    this.#host = host;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#go();
  }

  /** Since the start. */
  get figures(): { readonly done: number; readonly doneBytes: number; readonly failed: number } {
    return { done: this.#done, doneBytes: this.#doneBytes, failed: this.#failed };
  }

  /** A recording is whole. */
  add(key: string): void {
    if (this.#closing.signal.aborted || this.#entries.has(key)) return;
    if (this.#entries.size < MAX_KNOWN) this.#entries.set(key, newEntry());
    else this.#hasMore = true;
    this.#go();
  }

  /** A recording is deleted: resolves when nothing more is uploaded of it. What is there of it stays there. */
  async remove(key: string): Promise<void> {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    entry.giveUp.abort(new Error('the recording is deleted'));
    await entry.running;
    await entry.upload?.abandon().catch(() => {}); // its parts cost nothing but room
    this.#go();
  }

  /** Gives up what is being uploaded, which is uploaded when there is a queue again. */
  async close(): Promise<void> {
    this.#closing.abort(new Error('the store ends'));
    this.#stopTimer();
    await this.#refilling;
    await Promise.all([...this.#entries.values()].map(({ running }) => running));
  }

  /** Begins what may begin now. */
  #go(): void {
    this.#stopTimer();
    if (this.#closing.signal.aborted) return;
    const now = this.#clock.now();
    const entries = [...this.#entries];
    const most = this.#failures > 0 ? 1 : this.#options.maxAtOnce;
    let free = most - entries.filter(([, { running }]) => running !== undefined).length;
    const wakeAt: number[] = [];
    for (const [key, entry] of entries) {
      if (entry.running !== undefined) continue;
      const beginsAt = Math.max(this.#pausedUntil, entry.notBefore);
      if (beginsAt > now) wakeAt.push(beginsAt);
      else if (free > 0) {
        free -= 1;
        entry.running = this.#run(key, entry);
      }
    }
    if (free > 0 && wakeAt.length > 0)
      this.#stopTimer = this.#clock.after(Math.min(...wakeAt) - now, () => this.#go());
    if (this.#hasMore && this.#entries.size < MAX_KNOWN / 2) this.#refilling ??= this.#refill();
  }

  async #refill(): Promise<void> {
    this.#hasMore = false;
    try {
      const keys = await this.#host.waiting(MAX_KNOWN);
      this.#hasMore ||= keys.length >= MAX_KNOWN;
      for (const key of keys) if (!this.#entries.has(key)) this.#entries.set(key, newEntry());
      this.#refilling = undefined;
      this.#go();
    } catch {
      this.#refilling = undefined;
      this.#hasMore = true; // the next upload that is done asks again
    }
  }

  /** Never rejects. */
  async #run(key: string, entry: Entry): Promise<void> {
    const signal = AbortSignal.any([this.#closing.signal, entry.giveUp.signal]);
    try {
      entry.opened ??= await this.#host.open(key);
      if (entry.opened !== undefined) await this.#upload(key, entry, entry.opened, signal);
      this.#entries.delete(key);
    } catch (error) {
      if (!signal.aborted) this.#onFault(key, entry, error as Error);
    } finally {
      entry.running = undefined;
    }
    this.#host.onFigures();
    this.#go();
  }

  async #upload(key: string, entry: Entry, opened: WaitingUpload, signal: AbortSignal): Promise<void> {
    const { objectKey, source } = opened;
    entry.upload ??= new FileUpload(this.#storage, objectKey, source);
    try {
      entry.object ??= opened.object ?? (await entry.upload.run(signal));
    } finally {
      await opened.close();
    }
    await this.#host.onUploaded(key, entry.object, signal);
    this.#done += 1;
    this.#doneBytes += entry.object.bytes;
    this.#pausedUntil = 0;
    if (this.#failures === 0) return;
    this.#failures = 0;
    this.#host.onState(undefined);
  }

  #onFault(key: string, entry: Entry, error: Error): void {
    this.#failed += 1;
    entry.failures += 1;
    const now = this.#clock.now();
    entry.notBefore = now + this.#waitMs(entry.failures);
    if (!(error instanceof ObjectStorageError)) {
      if (entry.failures === 1) this.#host.onFault(key, error);
      return; // the others may go on
    }
    this.#failures += 1;
    this.#pausedUntil = now + this.#waitMs(this.#failures);
    if (this.#failures === 1) this.#host.onState(error.message);
  }

  #waitMs(failures: number): number {
    const { chance = () => 0.5 + Math.random() / 2 } = this.#options;
    return Math.min(FIRST_WAIT_MS * 2 ** (failures - 1), MAX_WAIT_MS) * chance();
  }
}

/** A recording that waits. */
interface Entry {
  readonly giveUp: AbortController;
  opened: WaitingUpload | undefined;
  upload: FileUpload | undefined;
  /** Of a file that is uploaded while its description is not. */
  object: UploadedObject | undefined;
  running: Promise<void> | undefined;
  failures: number;
  notBefore: number;
}

function newEntry(): Entry {
  return {
    giveUp: new AbortController(),
    opened: undefined,
    upload: undefined,
    object: undefined,
    running: undefined,
    failures: 0,
    notBefore: 0,
  };
}
