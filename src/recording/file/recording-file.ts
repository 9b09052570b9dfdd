/** A file that is being recorded: a head of reserved length, and a body behind it that only grows. One call at a time, but for `sync`. */
export interface RecordingFile {
  /**
   * Adds to the body. Where it cannot be written nothing of it is there.
   * @param pieces - one behind the other
   * @throws what the file system says
   */
  append(pieces: readonly Buffer[]): Promise<void>;
  /**
   * Once, at the end: has all of it on the disk.
   * @param head - as long as the one that it was begun with
   * @param facts - what is said of the recording: where the form of the file authenticates, it is kept with it
   * @param bodyBytes - of the body, where something behind them is not to be read
   */
  finish(head: Buffer, facts: Buffer, bodyBytes?: number): Promise<void>;
  /** Has what was appended on the disk; at any time, also while something is appended. @throws what the file system says */
  sync(): Promise<void>;
  /** Lets go of it, finished or not. */
  close(): Promise<void>;
}

/** A file that can be read, as the plain one that it is or holds. */
export interface StoredFile {
  readonly bytes: number;
  /**
   * Bytes at a place; fewer only at the end.
   * @throws RecordingError `damaged`; what the file system says
   */
  read(offset: number, length: number): Promise<Buffer>;
  close(): Promise<void>;
}

/** A file whose writer was killed: its body as far as it is whole, which can be read and finished. */
export interface UnfinishedRecordingFile {
  readonly body: StoredFile;
  /** The head that it was begun with, where the form has kept it. */
  readonly head?: Buffer;
  /** @see RecordingFile.finish */
  finish(head: Buffer, facts: Buffer, bodyBytes: number): Promise<void>;
  close(): Promise<void>;
}

/** What a form keeps in the description of a recording, as JSON; null for nothing. */
export type FormNotes = Readonly<Record<string, unknown>> | null;

/** Where a recording lies, and what a form has noted for it. */
export interface FilePlace {
  /** Of the recording: what its file may be bound to. */
  readonly key: string;
  /** Of its file. Nothing on the way to it is a symbolic link. */
  readonly path: string;
  readonly notes: FormNotes;
  readonly headBytes: number;
}

/** A finished file that has been opened. */
export interface FinishedFile extends StoredFile {
  /** What was said of the recording when it was finished; undefined where the form authenticates nothing. */
  readonly facts?: Buffer;
}

/** How the files of recordings lie on the disk: as they are, or sealed. */
export interface FileForm {
  /** What stands behind `.flv` or `.asf`: nothing, or `.sealed`. */
  readonly suffix: string;
  /**
   * Begins a file, mode 0600, that must not be there yet.
   * @param head - what stands in place of the head until the file is finished; no form has to write it
   * @returns `notes` are in the description, and on the disk, before the first `append`
   */
  create(
    key: string,
    path: string,
    head: Buffer,
  ): Promise<{ readonly file: RecordingFile; readonly notes: FormNotes }>;
  /** A finished file. @throws RecordingError `damaged`, `unavailable` */
  open(place: FilePlace): Promise<FinishedFile>;
  /**
   * A finished file whose bytes are elsewhere than on the disk.
   * @param stored - as they lay there; closed with the file that this gives
   * @throws RecordingError `damaged`, `unavailable`; what reading says
   */
  openStored(stored: StoredFile, place: Omit<FilePlace, 'path'>): Promise<FinishedFile>;
  /** A file whose writer was killed. @throws RecordingError `damaged`, `unavailable` */
  openUnfinished(place: FilePlace): Promise<UnfinishedRecordingFile>;
  /**
   * Notes by which the file can be opened once older keys have gone; undefined where these are such notes.
   * @throws RecordingError `damaged`, `unavailable`
   */
  renew?(key: string, notes: FormNotes): FormNotes | undefined;
}
