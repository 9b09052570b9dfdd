import { rm } from 'node:fs/promises';
import { relative, sep } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { StoredFile } from '../file/recording-file.ts';
import type { Recording } from '../recording.ts';
import { RecordingError } from '../recording-error.ts';
import { parseRecordingKey } from '../recording-key.ts';
import { type Description, encodeDescription } from '../store/description.ts';
import type { RecordingUploads, UploadedStore, UploadFigures } from '../store/recording-uploads.ts';
import type { UploadedObject } from './file-upload.ts';
import { LocalSource } from './local-source.ts';
import { ObjectDeletions } from './object-deletions.ts';
import type { ObjectStorage } from './object-storage.ts';
import { describedOf, type UploadNotes, uploadNotesIn } from './upload-notes.ts';
import { UploadQueue, type WaitingUpload } from './upload-queue.ts';
import { findDescriptions } from './uploaded-descriptions.ts';
import { UploadedFile } from './uploaded-file.ts';

/** How often it is looked which files have been in the folder long enough, and after what time a search that failed is done again. */
const LOOK_MS = 60_000;

/** Whoever deletes a recording waits so long for the storage; what is not done by then is done later. */
const DELETE_MS = 3000;

/** How a bucket is used. */
export interface BucketUse {
  readonly bucket: string;
  /** What the keys of all objects begin with. */
  readonly prefix: string;
  /** How long a file stays in the folder once it is uploaded, milliseconds; null: until its recording is deleted. */
  readonly keepLocalMs: number | null;
  readonly maxUploadsAtOnce: number;
}

/**
 * Recordings in a bucket. Each is two objects that are called as its files are in the folder: the file as it lies there, and, once that was
 * found to be whole, the description, which holds the key of a sealed file.
 */
export class BucketUploads implements RecordingUploads {
  readonly #storage: ObjectStorage;
  readonly #use: BucketUse;
  readonly #onFigures: (figures: UploadFigures) => void;
  readonly #closing = new AbortController();
  /** Keys of recordings that have to be uploaded, or their descriptions. */
  readonly #pending = new Set<string>();
  /** Files that go from the folder at a time, milliseconds since 1970. */
  readonly #leaving = new Map<string, number>();
  /** Keys of recordings that were deleted since a search of the storage has begun; undefined while there is none. */
  #goneInSearch: Set<string> | undefined;
  #running: Running | undefined;
  #work: Promise<unknown> = Promise.resolve();

  /** @param onFigures - told of each change */
  constructor(storage: ObjectStorage, use: BucketUse, onFigures: (figures: UploadFigures) => void) {
    this.#storage = storage;
    this.#use = use;
    this.#onFigures = onFigures;
  }

  start(store: UploadedStore): void {
    const deletions = new ObjectDeletions(this.#storage, store.folder.root, (fault) =>
      store.tell('warn', `what is deleted is in the storage still, and deleted later: ${fault.message}`),
    );
    const queue = new UploadQueue(
      this.#storage,
      {
        waiting: async (limit) => [...this.#pending].slice(0, limit),
        open: (key) => this.#open(store, key),
        onUploaded: (key, object, signal) => this.#onUploaded(store, key, object, signal),
        onFigures: () => this.#tellFigures(),
        onFault: (key, { message: why }) => {
          const recording = store.catalogue.get(key);
          if (recording !== undefined) store.onUpload({ what: 'failed', recording, why });
        },
        onState: (fault) => {
          if (fault === undefined) store.onUpload({ what: 'up', why: 'recordings are uploaded again' });
          else store.onUpload({ what: 'down', why: `recordings wait, and are not uploaded: ${fault}` });
        },
      },
      { maxAtOnce: this.#use.maxUploadsAtOnce },
    );
    const timer = setInterval(() => void this.#next(() => this.#removeLocal(store)), LOOK_MS);
    this.#running = { store, deletions, queue, timer };
    void this.#next(() => this.#finishDeletions(store, deletions));
    void this.#next(() => this.#search(store, deletions));
    void this.#next(() => this.#removeLocal(store));
  }

  onWhole(key: string): void {
    if (this.#isGone(key)) return;
    this.#pending.add(key);
    this.#running?.queue.add(key);
    this.#tellFigures();
  }

  onFound({ recording: { key }, form, upload }: Description): void {
    const notes = uploadNotesIn(upload);
    const isThere = notes?.place === this.#place;
    if (notes !== undefined && !isThere && !notes.isLocal) return; // in another storage alone
    if (isThere && notes.described === describedOf(form)) this.#keepLocal(key, notes);
    else this.onWhole(key);
  }

  open({ recording, upload }: Description): StoredFile {
    const notes = uploadNotesIn(upload);
    if (notes === undefined || this.#running === undefined)
      throw new RecordingError('unavailable', `the file of ${recording.key} is not in the folder`);
    this.#checkPlace(recording, notes);
    return new UploadedFile(this.#storage, this.#objectsOf(this.#running.store, recording).file, notes);
  }

  async delete({ recording, upload }: Description): Promise<void> {
    const { key } = recording;
    const notes = uploadNotesIn(upload);
    if (notes !== undefined) this.#checkPlace(recording, notes);
    const { store, queue, deletions } = this.#running ?? notStarted();
    this.#pending.delete(key);
    this.#leaving.delete(key);
    this.#goneInSearch?.add(key);
    await queue.remove(key);
    const { file, description } = this.#objectsOf(store, recording);
    await store.watch(deletions.add(key, [description, file])); // the key of a sealed file first
    this.#tellFigures();
    await Promise.race([deletions.settled(), sleep(DELETE_MS, undefined, { ref: false })]);
  }

  async close(): Promise<void> {
    this.#closing.abort(new Error('the store ends'));
    const { queue, deletions, timer } = this.#running ?? {};
    clearInterval(timer);
    await Promise.all([queue?.close(), deletions?.close(), this.#work]);
    await this.#storage.close();
  }

  /** Where recordings of this store are: of the same bucket by another address, too. */
  get #place(): string {
    return `${this.#use.bucket}/${this.#use.prefix}`;
  }

  /** One after the other; what fails in none of its own ways has been told. */
  async #next(work: () => Promise<void>): Promise<void> {
    this.#work = this.#work.then(async () => {
      if (!this.#closing.signal.aborted) await work();
    });
    await this.#work;
  }

  /** Whether it is deleted, or somebody is about to: nothing is done about it any more. */
  #isGone(key: string): boolean {
    return this.#running !== undefined && !this.#running.store.has(key);
  }

  #checkPlace({ key }: Recording, { place }: UploadNotes): void {
    if (place === this.#place) return;
    throw new RecordingError('unavailable', `${key} is in ${place}, and uploads go to ${this.#place}`);
  }

  #objectsOf(
    { folder }: UploadedStore,
    recording: Recording,
  ): { readonly file: string; readonly description: string } {
    const paths = folder.paths(recording);
    const keyOf = (path: string): string =>
      this.#use.prefix + relative(folder.root, path).split(sep).join('/');
    return { file: keyOf(paths.file), description: keyOf(paths.description) };
  }

  #describe({ folder, watch }: UploadedStore, key: string): Promise<Description> {
    const place = parseRecordingKey(key);
    if (place === undefined) throw new RecordingError('not-found', 'no recording has this key');
    return watch(folder.describe(place, key));
  }

  async #open(store: UploadedStore, key: string): Promise<WaitingUpload | undefined> {
    if (!this.#pending.has(key)) return undefined;
    if (this.#isGone(key)) {
      this.#pending.delete(key);
      return undefined;
    }
    const { recording, upload } = await this.#describe(store, key);
    const { file: objectKey } = this.#objectsOf(store, recording);
    const notes = uploadNotesIn(upload);
    const close = async (): Promise<void> => {};
    if (notes?.place === this.#place) {
      const { bytes, sha256, etag } = notes;
      return { objectKey, source: noSource, object: { bytes, sha256, etag }, close };
    }
    const source = await LocalSource.open(store.folder.paths(recording).file, store.watch);
    return { objectKey, source, close: () => source.close() };
  }

  async #onUploaded(
    store: UploadedStore,
    key: string,
    object: UploadedObject,
    signal: AbortSignal,
  ): Promise<void> {
    const before = await this.#describe(store, key);
    const former = uploadNotesIn(before.upload);
    const isAgain = former?.place === this.#place;
    const facts = {
      ...object,
      place: this.#place,
      at: isAgain ? former.at : Date.now(),
      described: describedOf(before.form),
    };
    const { description: objectKey } = this.#objectsOf(store, before.recording);
    const remote = withNotes(before, { ...facts, isLocal: false });
    await this.#storage.put(objectKey, encodeDescription(remote), signal);
    if (isAgain) await this.#storage.deleteOlder(objectKey, signal); // which hold a key that is not to be used any more
    signal.throwIfAborted();
    this.#pending.delete(key);
    const noted = await this.#note(store, key, (now) => ({
      ...facts,
      isLocal: now?.place === this.#place ? now.isLocal : true, // it may have left the folder meanwhile
    }));
    if (noted === undefined) return;
    if (!isAgain) store.onUpload({ what: 'uploaded', recording: noted.recording });
    this.onFound(noted); // where its key was wrapped again meanwhile, it waits again
  }

  /**
   * Changes what a description says of the upload, unless its recording is gone.
   * @param notesOf - given what it says now
   * @returns the description as it is then; undefined where it is gone
   */
  #note(
    store: UploadedStore,
    key: string,
    notesOf: (now: UploadNotes | undefined) => UploadNotes | null,
  ): Promise<Description | undefined> {
    return store.change(async () => {
      if (!store.has(key)) return undefined;
      const before = await this.#describe(store, key);
      const notes = notesOf(uploadNotesIn(before.upload));
      const description = notes === null ? withoutNotes(before) : withNotes(before, notes);
      await store.folder.write(description);
      store.catalogue.set(description.recording);
      return description;
    });
  }

  #keepLocal(key: string, { at, isLocal }: UploadNotes): void {
    const { keepLocalMs } = this.#use;
    if (this.#isGone(key)) return;
    if (isLocal && keepLocalMs !== null) this.#leaving.set(key, at + keepLocalMs);
    if (isLocal && keepLocalMs === 0 && this.#running !== undefined) {
      const { store } = this.#running;
      void this.#next(() => this.#removeLocal(store));
    }
  }

  /** Removes files from the folder whose time has come and whose objects are there still. Never rejects. */
  async #removeLocal(store: UploadedStore): Promise<void> {
    for (const [key, at] of [...this.#leaving]) {
      if (at > Date.now() || this.#closing.signal.aborted || !this.#leaving.has(key)) continue;
      try {
        await this.#removeOne(store, key);
      } catch (error) {
        store.tell('warn', `${key} stays in the folder for now: ${(error as Error).message}`);
        return; // the others another time
      }
    }
  }

  async #removeOne(store: UploadedStore, key: string): Promise<void> {
    const description = await this.#describe(store, key);
    const notes = uploadNotesIn(description.upload);
    const { recording } = description;
    const { file } = this.#objectsOf(store, recording);
    const facts = await this.#storage.facts(file, this.#closing.signal);
    if (!this.#leaving.delete(key) || notes === undefined) return; // deleted meanwhile
    if (facts?.etag === notes.etag && facts.bytes === notes.bytes) {
      const noted = await this.#note(store, key, (now = notes) => ({ ...now, isLocal: false }));
      if (noted === undefined) return;
      await store.watch(store.folder.sync(recording.stream)); // before the file goes
      store.forget(key);
      await store.watch(rm(store.folder.paths(recording).file, { force: true }));
      return;
    }
    store.tell('warn', `${key} is not in the storage any more as it was uploaded, and is uploaded again`);
    const noted = await this.#note(store, key, () => null);
    if (noted !== undefined) this.onFound(noted);
  }

  /** What a former process had begun to delete is not in the folder either. Never rejects. */
  async #finishDeletions(store: UploadedStore, deletions: ObjectDeletions): Promise<void> {
    try {
      await store.watch(deletions.open());
      for (const key of deletions.keys()) {
        const recording = store.catalogue.get(key);
        if (recording === undefined) continue;
        await store.change(async () => {
          await store.folder.delete(recording);
          store.catalogue.delete(key);
        });
      }
    } catch (error) {
      store.tell('warn', `what was to be deleted is there still: ${(error as Error).message}`);
    }
  }

  /** Finds recordings that are in the storage alone. Never rejects. */
  async #search(store: UploadedStore, deletions: ObjectDeletions): Promise<void> {
    const { signal } = this.#closing;
    const known = new Set<string>();
    for (const recording of store.catalogue.all()) known.add(this.#objectsOf(store, recording).description);
    const found = { count: 0 };
    this.#goneInSearch = new Set();
    try {
      await findDescriptions(this.#storage, {
        prefix: this.#use.prefix,
        signal,
        isKnown: (objectKey) => known.has(objectKey),
        onFound: async (objectKey, description) => {
          if (await this.#adopt(store, deletions, objectKey, description)) found.count += 1;
        },
        onFault: (objectKey, { message }) => store.tell('warn', `${objectKey} is left out: ${message}`),
      });
    } catch (error) {
      if (signal.aborted) return;
      store.tell('warn', `recordings are not looked for in the storage now: ${(error as Error).message}`);
      const again = setTimeout(() => void this.#next(() => this.#search(store, deletions)), LOOK_MS);
      signal.addEventListener('abort', () => clearTimeout(again));
    } finally {
      this.#goneInSearch = undefined;
    }
    if (found.count > 0) store.tell('info', `recordings found in the storage alone: ${found.count}`);
  }

  /** @returns whether the recording is listed from now on: what leads elsewhere is not believed */
  async #adopt(
    store: UploadedStore,
    deletions: ObjectDeletions,
    objectKey: string,
    description: Description,
  ): Promise<boolean> {
    const { recording, writer, upload } = description;
    const notes = uploadNotesIn(upload);
    const place = parseRecordingKey(recording.key);
    const isOwn =
      place?.stream === recording.stream &&
      place.id === recording.id &&
      this.#objectsOf(store, recording).description === objectKey;
    const isWhole = recording.state !== 'recording' && writer === null && notes !== undefined;
    if (!isOwn || !isWhole) {
      store.tell('warn', `${objectKey} is left out: it is the description of another recording`);
      return false;
    }
    const adopted = withNotes(description, { ...notes, place: this.#place, isLocal: false });
    return store.change(async () => {
      const { key, stream } = recording;
      const isKnown = store.catalogue.get(key) !== undefined || deletions.has(key);
      if (isKnown || this.#goneInSearch?.has(key)) return false;
      await store.folder.withRoom(stream, () => store.folder.write(adopted));
      store.catalogue.set(adopted.recording);
      return true;
    });
  }

  #tellFigures(): void {
    const figures = this.#running?.queue.figures ?? { done: 0, doneBytes: 0, failed: 0 };
    this.#onFigures({ waiting: this.#pending.size, ...figures });
  }
}

interface Running {
  readonly store: UploadedStore;
  readonly deletions: ObjectDeletions;
  readonly queue: UploadQueue;
  readonly timer: NodeJS.Timeout;
}

function withNotes(description: Description, notes: UploadNotes): Description {
  return {
    ...description,
    recording: { ...description.recording, isUploaded: true },
    upload: { ...notes },
  };
}

function withoutNotes(description: Description): Description {
  return { ...description, recording: { ...description.recording, isUploaded: false }, upload: null };
}

const noSource = {
  bytes: 0,
  read: async (): Promise<Buffer> => Buffer.alloc(0),
};

function notStarted(): never {
  throw new RecordingError('unavailable', 'the storage is not looked at yet');
}
