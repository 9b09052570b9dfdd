import type { Recording, RecordingFamily } from '../recording.ts';

/** A recording that is to begin. */
export interface RecordingWish {
  /** The key of the stream. */
  readonly stream: string;
  readonly family: RecordingFamily;
  /** `new`: the first part of a run of its own. `latest`: the next part of the stream's latest run. Else the run whose next part it is. */
  readonly run: 'new' | 'latest' | string;
  /** The least that the number of the part is, where whoever wishes it knows: a store that has just started may not know of all parts yet. */
  readonly part?: number | undefined;
  /** Who wants it, for the audit log: `settings`, `api:NAME`, `publisher:IDENTITY@ADDRESS`. */
  readonly by: string;
}

/** A frame as a stream hands it out: see `Frame` in `stream/frame.ts`. */
export interface RecordedFrame {
  readonly kind: 'audio' | 'video' | 'data' | 'mixed';
  readonly role: 'metadata' | 'header' | 'coded' | 'other';
  readonly tag: number;
  /** Milliseconds, uint32: wraps. A recording begins at 0 with its first coded frame. */
  readonly timestamp: number;
  /** Not changed afterwards. */
  readonly payload: Buffer;
  /** A random access point of the default video track. */
  readonly isKeyframe: boolean;
}

/** Why a recording is over: its wish, or the disk. `lost`: the store has gone, and the next one recovers what it wrote. */
export type RecordingEnd = 'finished' | 'full' | 'failed' | 'lost';

/** What whoever records is told of one recording. */
export interface RecordingWriterEvents {
  /** Its file is there. */
  onBegun(recording: Recording): void;
  /** It takes frames again. */
  onDrain(): void;
  /**
   * It is over, and takes nothing more. Comes once, after `finish` or without it.
   * @param recording - as it is now; undefined where there is none, or it is not known
   * @param sentence - what went wrong, for people
   */
  onEnd(end: RecordingEnd, recording: Recording | undefined, sentence: string): void;
}

/** Writes one recording. Everything may be called at any time; after the end it does nothing. */
export interface RecordingWriter {
  /** @returns whether there is room for more: else hold back until `onDrain`. The frame is taken in any case. */
  write(frame: RecordedFrame): boolean;
  /** Frames were left out here. */
  gap(): void;
  /** @param why - for the audit log */
  finish(why: string): void;
}

/** Where a player can begin. */
export interface RecordingIndex {
  /** Of the part of the file before the first tag or packet. */
  readonly headBytes: number;
  /** From the beginning of the file; sorted. */
  readonly timesMs: Float64Array;
  /** Of the tag or packet that begins at each of these times, in the plain file; sorted. */
  readonly offsets: Float64Array;
  /**
   * Where tags with headers stand, which a decoder needs that begins behind them: those that begin the file are not among them.
   * Empty for ASF, which has one header, in the head.
   */
  readonly headerOffsets: Float64Array;
}

/** Which recordings are listed. */
export interface RecordingListWish {
  /** Of this stream only. */
  readonly stream?: string;
  /** Those whose keys sort behind this one. */
  readonly after?: string;
  /** 1 to 1000. */
  readonly limit: number;
}

/** Recordings in the order of their keys. */
export interface RecordingPage {
  readonly items: readonly Recording[];
  /** `after` of the next page; null at the end. */
  readonly next: string | null;
}

/** A line for the audit log. */
export interface PlayNote {
  readonly did: 'play';
  readonly key: string;
  readonly by: string;
  readonly outcome: string;
}

/**
 * How the store does. `full`: nothing is recorded until there is room. `slow`: the disk does not answer. `gone`: the store is not there, or the
 * connection to it is over.
 */
export type StoreState = 'ok' | 'full' | 'slow' | 'gone';

/** What has become of uploads. `failed`: one recording, for a reason of its own; it is tried again. `down` and `up` are about all of them. */
export type UploadNews =
  | { readonly what: 'uploaded'; readonly recording: Recording }
  | { readonly what: 'failed'; readonly recording: Recording; readonly why: string }
  | { readonly what: 'down'; readonly why: string }
  | { readonly what: 'up'; readonly why: string };

/** What a thread is told by its connection to the store. */
export interface StoreLinkEvents {
  /** @param sentence - for people */
  onState(state: StoreState, sentence: string): void;
  /** A recording was deleted because of its age, or because there were too many bytes. */
  onExpired?(recording: Recording): void;
  /** Left out where somebody else is told. `uploaded` and `failed` come once for each recording, also what was so before the connection. */
  onUpload?(news: UploadNews): void;
}

/**
 * A thread's connection to the store.
 * All promises are settled within a time and reject with a `RecordingError`.
 */
export interface StoreLink {
  begin(wish: RecordingWish, events: RecordingWriterEvents): RecordingWriter;
  describe(key: string): Promise<Recording | undefined>;
  index(key: string): Promise<RecordingIndex>;
  /** A piece of the plain file, at most {@link MAX_READ_BYTES}; shorter only at its end. */
  read(key: string, offset: number, length: number): Promise<Buffer>;
  list(wish: RecordingListWish): Promise<RecordingPage>;
  /** @returns whether it was there. One that is being recorded is not deleted: `unavailable`. */
  delete(key: string, by: string): Promise<boolean>;
  note(line: PlayNote): void;
  /** Resolves when the store answers. */
  ping(): Promise<void>;
}

/** The longest piece that is read at once. */
export const MAX_READ_BYTES: number = 4 * 2 ** 20;

/** The longest page of a list. */
export const MAX_LIST_ITEMS = 1000;
