import { EventEmitter, once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AsfFrames } from '../../src/family/asf/asf-frames.ts';
import { flvFrame } from '../../src/family/flv/flv-frame.ts';
import { AsfFileReader } from '../../src/protocol/asf/asf-file-reader.ts';
import type { FlvTag } from '../../src/protocol/flv/flv-tag-reader.ts';
import { SocketLink } from '../../src/recording/link/socket-link.ts';
import type {
  RecordedFrame,
  RecordingEnd,
  RecordingWish,
  RecordingWriter,
  StoreState,
  UploadNews,
} from '../../src/recording/link/store-link.ts';
import { FileForms } from '../../src/recording/process/file-forms.ts';
import { type StoreProcess, startStore } from '../../src/recording/process/start-store.ts';
import type { Recording } from '../../src/recording/recording.ts';
import type { ProcessMark } from '../../src/recording/store/process-mark.ts';
import type { RecordingUploads, UploadFigures } from '../../src/recording/store/recording-uploads.ts';
import { Store, type StoreEvents } from '../../src/recording/store/store.ts';
import type { RecordingStoreSettings, StoreAct } from '../../src/recording/store/store-settings.ts';
import { openUploads } from '../../src/recording/upload/open-uploads.ts';

/** A folder for recordings that goes with its scope. */
export async function recordingsFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'recordings-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** Settings of a store that deletes nothing. */
export function storeSettings(
  folder: string,
  changes: Partial<RecordingStoreSettings> = {},
): RecordingStoreSettings {
  return {
    folder,
    minFreeBytes: 0,
    retention: { maxAgeMs: null, maxBytes: null },
    encryption: { keyFiles: [] },
    ...changes,
  };
}

/** A store in a process of its own, and a connection to it. */
export interface StoreScene extends AsyncDisposable {
  readonly store: StoreProcess;
  readonly link: SocketLink;
  readonly states: StoreState[];
  readonly told: string[];
  readonly expired: Recording[];
}

export async function storeScene(settings: RecordingStoreSettings): Promise<StoreScene> {
  const told: string[] = [];
  const states: StoreState[] = [];
  const expired: Recording[] = [];
  const store = await startStore(settings, {
    onTold: (_level, sentence) => told.push(sentence),
    onExit: () => {},
  });
  await store.ready;
  const link = new SocketLink(store.socketPath, {
    onState: (state) => states.push(state),
    onExpired: (recording) => expired.push(recording),
  });
  return {
    store,
    link,
    states,
    told,
    expired,
    [Symbol.asyncDispose]: async () => {
      link.close();
      await store.stop();
    },
  };
}

/** A recording that is written, and what its writer is told. */
export interface WritingScene {
  readonly writer: RecordingWriter;
  readonly begun: Promise<Recording>;
  readonly end: Promise<{
    readonly end: RecordingEnd;
    readonly recording: Recording | undefined;
    readonly sentence: string;
  }>;
}

export function beginRecording(link: SocketLink, wish: Partial<RecordingWish> = {}): WritingScene {
  const begun = Promise.withResolvers<Recording>();
  const end = Promise.withResolvers<Awaited<WritingScene['end']>>();
  const writer = link.begin(
    { stream: 'live/cam1', family: 'FLV', run: 'new', by: 'test', ...wish },
    {
      onBegun: begun.resolve,
      onDrain: () => {},
      onEnd: (why, recording, sentence) => end.resolve({ end: why, recording, sentence }),
    },
  );
  return { writer, begun: begun.promise, end: end.promise };
}

/** Records frames, all at once. */
export async function recordAll(
  link: SocketLink,
  frames: Iterable<RecordedFrame>,
  wish: Partial<RecordingWish> = {},
): Promise<Recording> {
  const { writer, end } = beginRecording(link, wish);
  for (const frame of frames) writer.write(frame);
  writer.finish('done');
  const { recording, sentence } = await end;
  if (recording === undefined) throw new Error(sentence);
  return recording;
}

/** The frames of tags, as a stream hands them out. @param fromMs - the time of the first one, which wraps */
export function recordedFrames(tags: Iterable<FlvTag>, fromMs = 0): RecordedFrame[] {
  return [...tags].flatMap(({ type, timestamp, payload }) => {
    const frame = flvFrame(type, (timestamp + fromMs) >>> 0, Buffer.from(payload));
    if (frame === undefined) return [];
    const { kind, role, tag } = frame;
    const isKeyframe = frame.role === 'coded' && frame.isKeyframe;
    return [{ kind, role, tag, timestamp: frame.timestamp, payload: frame.payload, isKeyframe }];
  });
}

/** The header and the data packets of an ASF file, as a stream hands them out. @param fromMs - see {@link recordedFrames} */
export function recordedAsfFrames(asf: Buffer, fromMs = 0): RecordedFrame[] {
  const reader = new AsfFileReader();
  const frames = new AsfFrames();
  reader.push(asf);
  return [...reader.parts()].map(({ is, bytes }) => {
    const frame = is === 'header' ? frames.header(bytes) : frames.packet(bytes);
    const { kind, role, tag, payload } = frame;
    const isKeyframe = frame.role === 'coded' && frame.isKeyframe;
    return { kind, role, tag, timestamp: (frame.timestamp + fromMs) >>> 0, payload, isKeyframe };
  });
}

/** Files of recordings below a folder, from there on, sorted. */
export async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1))
    .filter((name) => name !== 'audit.jsonl')
    .sort();
}

/** What a store in this process has told everybody. */
export interface InnerStore extends AsyncDisposable {
  readonly store: Store;
  readonly told: string[];
  readonly acts: StoreAct[];
  readonly states: StoreState[];
  readonly expired: Recording[];
  /** Resolves when its uploads stand so. */
  uploads(holds: (figures: UploadFigures) => boolean): Promise<void>;
  readonly uploadNews: UploadNews[];
  /** Resolves with the first news of that kind. */
  upload(what: UploadNews['what']): Promise<UploadNews>;
  /** Resolves with the first line for the log that matches. */
  line(pattern: RegExp): Promise<string>;
}

/**
 * A store in this process.
 * @param mark - of the process that it believes to be in
 * @param makeUploads - otherwise than by the settings
 */
export async function innerStore(
  settings: RecordingStoreSettings,
  mark: ProcessMark = { pid: process.pid, since: `test ${Math.random()}` },
  makeUploads?: (onFigures: (figures: UploadFigures) => void) => RecordingUploads,
): Promise<InnerStore> {
  const told: string[] = [];
  const acts: StoreAct[] = [];
  const states: StoreState[] = [];
  const expired: Recording[] = [];
  const forms = new FileForms();
  forms.read(settings);
  const uploadNews: UploadNews[] = [];
  const news = new EventEmitter<{ news: [] }>();
  let figures: UploadFigures = { waiting: 0, done: 0, doneBytes: 0, failed: 0 };
  const { upload } = settings;
  const onFigures = (now: UploadFigures): void => {
    figures = now;
    news.emit('news');
  };
  const uploads = makeUploads?.(onFigures) ?? (upload && openUploads(upload, onFigures));
  const events: StoreEvents = {
    tell: (_level, sentence) => {
      told.push(sentence);
      news.emit('news');
    },
    audit: (act) => acts.push(act),
    onState: (state) => states.push(state),
    onExpired: (recording) => expired.push(recording),
    onUpload: (what) => {
      uploadNews.push(what);
      news.emit('news');
    },
  };
  const store = await Store.open(settings, forms.current, mark, events, uploads);
  return {
    ...{ store, told, acts, states, expired, uploadNews },
    upload: async (what) => {
      for (;;) {
        const found = uploadNews.find((each) => each.what === what);
        if (found !== undefined) return found;
        await once(news, 'news');
      }
    },
    uploads: async (holds) => {
      while (!holds(figures)) await once(news, 'news');
    },
    line: async (pattern) => {
      for (;;) {
        const found = told.find((each) => pattern.test(each));
        if (found !== undefined) return found;
        await once(news, 'news');
      }
    },
    [Symbol.asyncDispose]: () => store.close('the test ends'),
  };
}

/** Records frames in a store in this process, all at once. */
export async function recordInside(
  store: Store,
  frames: Iterable<RecordedFrame>,
  wish: Partial<RecordingWish> = {},
): Promise<Recording> {
  const { promise, resolve, reject } = Promise.withResolvers<Recording>();
  const written = store.begin(
    { stream: 'live/cam1', family: 'FLV', run: 'new', by: 'test', ...wish },
    {
      onBegun: () => {},
      onTaken: () => {},
      onEnd: (_end, recording, sentence) =>
        recording === undefined ? reject(new Error(sentence)) : resolve(recording),
    },
  );
  for (const frame of frames) written.take(frame);
  void written.finish('done');
  return promise;
}
