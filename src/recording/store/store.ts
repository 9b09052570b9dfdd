import { mkdir, realpath } from 'node:fs/promises';
import { fileReason } from '../../errors.ts';
import type { FileForm, StoredFile } from '../file/recording-file.ts';
import { FOLDER_MODE } from '../file/safe-files.ts';
import { flvPlacesIn } from '../format/flv-places.ts';
import type { StartPlaces } from '../format/recorded-format.ts';
import type {
  RecordingListWish,
  RecordingPage,
  RecordingWish,
  StoreState,
  UploadNews,
} from '../link/store-link.ts';
import type { Recording } from '../recording.ts';
import { RecordingError } from '../recording-error.ts';
import { isRecordedStream, parseRecordingKey } from '../recording-key.ts';
import { KeyRenewal } from '../sealing/key-renewal.ts';
import { Catalogue } from './catalogue.ts';
import type { Description } from './description.ts';
import { DiskWatch, saysFull } from './disk-watch.ts';
import { FileSyncs } from './file-syncs.ts';
import { openFinished, requireUploads } from './finished-file.ts';
import { OpenFiles } from './open-files.ts';
import { isAlive, type ProcessMark } from './process-mark.ts';
import type { RecordingUploads } from './recording-uploads.ts';
import { descriptionsIn, recover } from './recovery.ts';
import { Retention } from './retention.ts';
import { StoreFolder } from './store-folder.ts';
import type { RecordingStoreSettings, StoreVoice } from './store-settings.ts';
import { type WrittenEvents, WrittenRecording } from './written-recording.ts';

/** What a store tells everybody who talks to it. */
export interface StoreEvents extends StoreVoice {
  onState(state: StoreState, sentence: string): void;
  onExpired(recording: Recording): void;
  onUpload(news: UploadNews): void;
}

/** Where players can begin in a recording. */
export interface StoredIndex extends StartPlaces {
  readonly headBytes: number;
}

/** What could not be recovered is tried again so often, milliseconds. */
const RECOVER_AGAIN_MS = 5000;

/** Recordings in a folder: writes, lists, reads and deletes them. */
export class Store {
  readonly #folder: StoreFolder;
  readonly #events: StoreEvents;
  readonly #uploads: RecordingUploads | undefined;
  readonly #mark: ProcessMark;
  readonly #catalogue = new Catalogue();
  readonly #written = new Set<WrittenRecording>();
  readonly #files: OpenFiles;
  readonly #disk: DiskWatch;
  readonly #syncs = new FileSyncs();
  readonly #retention: Retention;
  /** Recordings that another process writes, or that could not be recovered. */
  readonly #unfinished = new Map<string, Description>();
  /** Recordings that somebody is deleting. */
  readonly #deleting = new Set<string>();
  /** Those that the log has a line about as unfinished. */
  readonly #toldOf = new Set<string>();
  readonly #timer: NodeJS.Timeout;
  #settings: RecordingStoreSettings;
  #isRecovering = false;
  #changing: Promise<unknown> = Promise.resolve();
  /** Everything in the folder is known. */
  readonly #known: Promise<void>;

  private constructor(
    settings: RecordingStoreSettings,
    folder: StoreFolder,
    mark: ProcessMark,
    events: StoreEvents,
    uploads: RecordingUploads | undefined,
  ) {
    this.#settings = settings;
    this.#folder = folder;
    this.#mark = mark;
    this.#events = events;
    this.#uploads = uploads;
    this.#files = new OpenFiles((key) => this.#openFile(key));
    const { minFreeBytes } = settings;
    this.#disk = new DiskWatch(
      folder.root,
      () => this.#settings.minFreeBytes ?? minFreeBytes,
      (state, sentence) => this.#onDisk(state, sentence),
    );
    this.#retention = new Retention(this.#catalogue, (recording, why) => this.#expire(recording, why));
    this.#timer = setInterval(() => void this.#recoverAgain(), RECOVER_AGAIN_MS);
    this.#known = this.#scan();
    if (uploads !== undefined) void this.#known.then(() => this.#startUploads(uploads));
  }

  /**
   * Opens a folder, which is made where it is missing. What is in it is looked through meanwhile.
   * @param forms - of files that it can read; the first is that of new ones
   * @param uploads - has recordings in another storage, too; closed with the store
   * @throws what the file system says
   */
  static async open(
    settings: RecordingStoreSettings,
    forms: readonly [FileForm, ...FileForm[]],
    mark: ProcessMark,
    events: StoreEvents,
    uploads?: RecordingUploads,
  ): Promise<Store> {
    await mkdir(settings.folder, { recursive: true, mode: FOLDER_MODE });
    const root = await realpath(settings.folder);
    return new Store(settings, new StoreFolder(root, forms), mark, events, uploads);
  }

  get diskState(): StoreState {
    return this.#disk.state;
  }

  /** Other settings and forms hold from now on; the folder stays. */
  configure(
    settings: RecordingStoreSettings,
    forms: readonly [FileForm, ...FileForm[]] = this.#folder.forms,
  ): void {
    this.#settings = { ...settings, folder: this.#settings.folder };
    if (forms !== this.#folder.forms) {
      this.#folder.forms = forms;
      void this.#renewKeys();
    }
    void this.#disk.look();
    this.#retention.apply(this.#settings.retention);
  }

  /** @throws RecordingError `unavailable` for what no stream is called */
  begin(wish: RecordingWish, events: WrittenEvents): WrittenRecording {
    if (!isRecordedStream(wish.stream))
      throw new RecordingError('unavailable', 'no stream that is recorded has this key');
    const { watch, onFull } = this.#host;
    const onBegun = (recording: Recording): void => {
      this.#events.audit({ did: 'recorded', key: recording.key, by: wish.by, outcome: 'begun' });
      events.onBegun(recording);
    };
    const written = new WrittenRecording(wish, { ...this.#host, watch, onFull }, { ...events, onBegun });
    this.#written.add(written);
    return written;
  }

  async describe(key: string): Promise<Recording | undefined> {
    await this.#known;
    return this.#writing(key)?.recording ?? this.#catalogue.get(key);
  }

  async list(wish: RecordingListWish): Promise<RecordingPage> {
    await this.#known;
    const { items, next } = this.#catalogue.list(wish);
    return { items: items.map((item) => this.#writing(item.key)?.recording ?? item), next };
  }

  /** @throws RecordingError */
  async index(key: string): Promise<StoredIndex> {
    const writing = this.#writing(key);
    if (writing?.places !== undefined) return { headBytes: writing.headBytes, ...writing.places };
    await this.#finished(key);
    const { headBytes, places, recording } = await this.#describe(key);
    if (recording.family !== 'FLV') return { headBytes, ...places };
    return this.#files.use(key, async (file) => {
      const head = await file.read(0, headBytes);
      return { headBytes, headerOffsets: places.headerOffsets, ...flvPlacesIn(head) };
    });
  }

  /** @throws RecordingError; what the file system says */
  async read(key: string, offset: number, length: number): Promise<Buffer> {
    await this.#finished(key);
    return this.#files.use(key, (file) => file.read(offset, length));
  }

  /** @throws RecordingError `unavailable` while it is recorded; what the file system says */
  async delete(key: string, by: string): Promise<boolean> {
    await this.#known;
    const recording = this.#catalogue.get(key);
    if (recording === undefined) return false;
    if (recording.state === 'recording') throw new RecordingError('unavailable', `${key} is being recorded`);
    const isDeleted = await this.#delete(key);
    if (isDeleted) this.#events.audit({ did: 'deleted', key, by, outcome: 'deleted' });
    return isDeleted;
  }

  /** Finishes what is being recorded, and lets go of everything. */
  async close(why: string): Promise<void> {
    await Promise.all([...this.#written].map((written) => written.finish(why)));
    await this.#known;
    await this.#uploads?.close();
    clearInterval(this.#timer);
    this.#disk.close();
    this.#retention.close();
    this.#files.close();
    this.#syncs.close();
  }

  get #host(): ConstructorParameters<typeof WrittenRecording>[1] {
    return {
      folder: this.#folder,
      catalogue: this.#catalogue,
      known: this.#known,
      mark: this.#mark,
      diskState: this.#disk.state,
      syncs: this.#syncs,
      watch: (work) => this.#disk.watch(work),
      onFull: () => this.#disk.onFull(),
      recover: (description) => this.#recover(description),
      onOver: (written, recording, why) => this.#onOver(written, recording, why),
    };
  }

  #startUploads(uploads: RecordingUploads): void {
    uploads.start({
      folder: this.#folder,
      catalogue: this.#catalogue,
      watch: (work) => this.#disk.watch(work),
      change: (change) => this.#inTurn(change),
      has: (key) => this.#has(key),
      forget: (key) => this.#files.forget(key),
      tell: (level, sentence) => this.#events.tell(level, sentence),
      onUpload: (news) => this.#events.onUpload(news),
    });
  }

  #onOver(written: WrittenRecording, recording: Recording | undefined, why: string): void {
    this.#written.delete(written);
    if (recording === undefined) return;
    this.#uploads?.onWhole(recording.key);
    const { by } = written.wish;
    this.#events.audit({ did: 'recorded', key: recording.key, by, outcome: why });
    this.#retention.apply(this.#settings.retention);
  }

  #onDisk(state: StoreState, sentence: string): void {
    if (state === 'full')
      for (const written of this.#written) void written.finish('there is no room', 'full');
    this.#events.onState(state, sentence);
  }

  #writing(key: string): WrittenRecording | undefined {
    if (this.#catalogue.get(key)?.state !== 'recording') return undefined;
    for (const written of this.#written) if (written.recording?.key === key) return written;
    return undefined;
  }

  /** @throws RecordingError unless there is a recording that can be read */
  async #finished(key: string): Promise<void> {
    const recording = this.#catalogue.get(key) ?? (await this.describe(key));
    if (recording === undefined) throw new RecordingError('not-found', `there is no recording ${key}`);
    if (recording.state === 'recording') throw new RecordingError('unavailable', `${key} is being recorded`);
  }

  async #describe(key: string): Promise<Description> {
    const place = parseRecordingKey(key);
    if (place === undefined) throw new RecordingError('not-found', 'no recording has this key');
    return this.#disk.watch(this.#folder.describe(place, key));
  }

  async #openFile(key: string): Promise<StoredFile> {
    const watch = <T>(work: Promise<T>): Promise<T> => this.#disk.watch(work);
    const places = { folder: this.#folder, uploads: this.#uploads, watch };
    return openFinished(await this.#describe(key), places);
  }

  #has(key: string): boolean {
    return this.#catalogue.get(key) !== undefined && !this.#deleting.has(key);
  }

  /** @returns false where it is not there, or somebody else is deleting it */
  async #delete(key: string): Promise<boolean> {
    const recording = this.#catalogue.get(key);
    if (recording === undefined || this.#deleting.has(key)) return false;
    this.#deleting.add(key);
    try {
      if (recording.isUploaded || this.#uploads !== undefined) {
        const description = await this.#describe(key);
        const uploads = recording.isUploaded ? requireUploads(this.#uploads, description) : this.#uploads;
        await uploads?.delete(description);
      }
      this.#files.forget(key);
      await this.#inTurn(async () => {
        await this.#folder.delete(recording);
        this.#catalogue.delete(key);
      });
      return true;
    } finally {
      this.#deleting.delete(key);
    }
  }

  /** One at a time changes or deletes what lies beside the files. */
  #inTurn<T>(change: () => Promise<T>): Promise<T> {
    const changed = this.#changing.then(() => this.#disk.watch(change()));
    this.#changing = changed.catch(() => {});
    return changed;
  }

  /** Wraps the keys of all recordings again for which there is a newer key. */
  async #renewKeys(): Promise<void> {
    await this.#known;
    const renewal = new KeyRenewal(this.#folder, this.#events.tell);
    for (const { key, state, isSealed } of [...this.#catalogue.all()]) {
      if (!isSealed || state === 'recording') continue;
      await this.#inTurn(async () => {
        if (!this.#has(key)) return;
        const renewed = await renewal.renew(await this.#describe(key));
        this.#uploads?.onFound(renewed);
      }).catch(() => {}); // it cannot be read now
    }
    renewal.tellResult();
  }

  async #expire(recording: Recording, why: string): Promise<void> {
    try {
      if (!(await this.#delete(recording.key))) return;
    } catch (error) {
      this.#events.tell('warn', `${recording.key} cannot be deleted: ${fileReason(error)}`);
      return;
    }
    this.#events.audit({ did: 'deleted', key: recording.key, by: 'retention', outcome: why });
    this.#events.onExpired(recording);
  }

  async #scan(): Promise<void> {
    const { root } = this.#folder;
    const onFault = (path: string, error: unknown): void =>
      this.#events.tell('warn', `${path} is no recording of this folder: ${fileReason(error)}`);
    const renewal = new KeyRenewal(this.#folder, this.#events.tell);
    try {
      for await (const description of descriptionsIn(root, onFault)) {
        await this.#meet(description);
        if (description.writer !== null) continue;
        const renewed = await renewal.renew(description);
        this.#uploads?.onFound(renewed);
      }
    } catch (error) {
      this.#events.tell('warn', `${root} cannot be looked through: ${fileReason(error)}`);
    }
    renewal.tellResult();
    this.#retention.apply(this.#settings.retention);
  }

  /** Takes over what is in the folder. */
  async #meet(description: Description): Promise<void> {
    const { recording, writer } = description;
    if (writer === null) this.#catalogue.set(recording);
    else if (writer.pid === this.#mark.pid && writer.since === this.#mark.since)
      return; // begun meanwhile
    else if (await isAlive(writer)) this.#unfinished.set(recording.key, description);
    else await this.#recover(description);
  }

  async #recoverAgain(): Promise<void> {
    if (this.#isRecovering) return;
    this.#isRecovering = true;
    for (const [key, description] of [...this.#unfinished]) {
      if (description.writer !== null && (await isAlive(description.writer)) && !this.#isOwn(description))
        continue;
      this.#unfinished.delete(key);
      await this.#recover(await this.#describe(key).catch(() => description));
    }
    this.#isRecovering = false;
  }

  #isOwn({ writer }: Description): boolean {
    return writer?.pid === this.#mark.pid && writer.since === this.#mark.since;
  }

  /** Never rejects: what cannot be recovered now is tried again. */
  async #recover(description: Description): Promise<Recording | undefined> {
    const { key } = description.recording;
    if (description.writer === null) {
      this.#catalogue.set(description.recording); // its writer has come to its end meanwhile
      this.#uploads?.onFound(description);
      return description.recording;
    }
    try {
      const recording = await this.#disk.watch(recover(this.#folder, description));
      if (recording === undefined) this.#catalogue.delete(key);
      else {
        this.#catalogue.set(recording);
        this.#uploads?.onWhole(key);
      }
      return recording;
    } catch (error) {
      if (saysFull(error)) this.#disk.onFull();
      this.#unfinished.set(key, description);
      if (!this.#toldOf.has(key))
        this.#events.tell('warn', `${key} cannot be recovered now: ${fileReason(error)}`);
      this.#toldOf.add(key);
      return undefined;
    }
  }
}
