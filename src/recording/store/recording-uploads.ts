import type { StoredFile } from '../file/recording-file.ts';
import type { UploadNews } from '../link/store-link.ts';
import type { Catalogue } from './catalogue.ts';
import type { Description } from './description.ts';
import type { StoreFolder } from './store-folder.ts';

/** A store, as what uploads its recordings sees it. */
export interface UploadedStore {
  readonly folder: StoreFolder;
  readonly catalogue: Catalogue;
  /** Watches how long the disk takes. */
  watch<T>(work: Promise<T>): Promise<T>;
  /** Changes what lies beside the files, and what the catalogue says of it, when nothing else does. */
  change<T>(change: () => Promise<T>): Promise<T>;
  /** Whether there is such a recording, and nobody is deleting it. */
  has(key: string): boolean;
  /** A file is not read where it lies any more. */
  forget(key: string): void;
  /** A line for the log. */
  tell(level: 'info' | 'warn', sentence: string): void;
  onUpload(news: UploadNews): void;
}

/** How uploads stand. */
export interface UploadFigures {
  /** Recordings that wait, with those that are being uploaded. */
  readonly waiting: number;
  /** Since the start. */
  readonly done: number;
  readonly doneBytes: number;
  /** Tries that have failed. */
  readonly failed: number;
}

/** Has recordings in another storage, too, or there alone. */
export interface RecordingUploads {
  /** Everything in the folder is known: uploads what is not uploaded, and finds what is in the storage alone. */
  start(store: UploadedStore): void;
  /** A recording has become whole. */
  onWhole(key: string): void;
  /** A whole recording was found in the folder, or something else is in its description. */
  onFound(description: Description): void;
  /** The file of a recording that is not in the folder any more, as it lay there. @throws RecordingError `unavailable` */
  open(description: Description): StoredFile;
  /**
   * A recording is about to be deleted: what is there of it in the storage is deleted, too, then or later. Nothing more is uploaded of it.
   * @throws RecordingError `unavailable` where it is in another storage; what the file system says
   */
  delete(description: Description): Promise<void>;
  /** Resolves when what has been begun is over. */
  close(): Promise<void>;
}
