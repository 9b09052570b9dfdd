import type { RecordingSettings, RecordWish } from '../../config/recordings/recording-settings.ts';
import type { Log } from '../../log.ts';
import type { RecordingSample } from '../../metrics/metrics-source.ts';
import type {
  RecordingEnd,
  StoreLink,
  StoreLinkEvents,
  StoreState,
  UploadNews,
} from '../../recording/link/store-link.ts';
import type { Recording } from '../../recording/recording.ts';
import type { Clock } from '../../stream/clock.ts';
import type { LiveStream } from '../../stream/live-stream.ts';
import type { RecordingState, WishedRecording } from '../../stream/source.ts';
import type { Follower } from '../followers.ts';
import { Heartbeat } from './heartbeat.ts';
import type { RecordingNews } from './recording-news.ts';
import { type RecordingOrder, StreamRecorder } from './stream-recorder.ts';

/** What a recorder needs of the thread that it is in. */
export interface RecorderHost {
  readonly clock: Clock;
  readonly log: Log;
  /** Who hears of recordings. */
  readonly news: RecordingNews;
  /** Whether this thread tells how the store does: one of several does. */
  readonly tellsStore: boolean;
  /** What the settings say about a stream. */
  wishOf(key: string): RecordWish;
}

/** What becomes of an operator's wish to record a stream. */
export type StartedRecording = 'started' | 'going-on' | 'no-stream' | 'never' | 'unavailable';

/** Files, by how they have ended. */
type Ends = Record<RecordingEnd, number>;

/** Records streams that this thread keeps: those that always are, and those that are to be by a publisher's or an operator's wish. */
export class Recorder implements Follower, StoreLinkEvents {
  readonly #host: RecorderHost;
  #settings: RecordingSettings;
  readonly #live = new Set<LiveStream>();
  readonly #recorders = new Map<LiveStream, StreamRecorder>();
  /** What an operator has ended: it does not begin again by itself. */
  readonly #stopped = new WeakSet<LiveStream>();
  /** What each publisher has heard of its wish last. */
  readonly #toldPublishers = new WeakMap<WishedRecording, RecordingState>();
  #link: StoreLink | undefined;
  #heartbeat: Heartbeat | undefined;
  /** What the store says of itself, and how it does as seen from here. */
  #said: StoreState = 'gone';
  #state: StoreState = 'gone';
  #uploads: 'up' | 'down' = 'up';
  /** Whether there was a store before. */
  #hasBegun = false;
  readonly #ends: Ends = { finished: 0, full: 0, failed: 0, lost: 0 };
  /** How many are open, those included that are being finished. */
  #files = 0;
  #onSettled: () => void = () => {};
  #droppedFrames = 0;
  #bytes = 0;

  constructor(settings: RecordingSettings, host: RecorderHost) {
    this.#settings = settings;
    this.#host = host;
  }

  // --- the store

  /** The connection to the store; undefined while there is none. */
  get link(): StoreLink | undefined {
    return this.#link;
  }

  /** There is a connection to the store. */
  connect(link: StoreLink): void {
    this.#link = link;
    this.#heartbeat?.stop();
    this.#heartbeat = new Heartbeat(this.#host.clock, () => link.ping(), {
      onMissed: () => this.#setSilent(true),
      onBack: () => this.#setSilent(false),
    });
    this.onState('ok', 'streams are recorded again');
  }

  onState(state: StoreState, sentence: string): void {
    if (state === 'gone') this.#disconnect();
    this.#said = state;
    this.#setSilent(false, sentence);
  }

  onExpired(recording: Recording): void {
    if (this.#host.tellsStore) this.#host.news.onRecordingExpired(recording);
  }

  onUpload(news: UploadNews): void {
    if (!this.#host.tellsStore) return;
    if (news.what === 'down' || news.what === 'up') this.#setUploads(news.what, news.why);
    else if (news.what === 'uploaded') {
      this.#setUploads('up', 'recordings are uploaded again'); // by a store that does not know of the fault of the one before
      this.#tellUpload(news.recording, 'uploaded', 'is uploaded');
      this.#host.news.onRecordingUploaded(news.recording);
    } else {
      this.#tellUpload(news.recording, 'failed', `cannot be uploaded, and is tried again: ${news.why}`);
      this.#host.news.onRecordingNotUploaded(news.recording, news.why);
    }
  }

  #setUploads(state: 'up' | 'down', why: string): void {
    if (state === this.#uploads) return;
    this.#uploads = state;
    this.#host.log[state === 'up' ? 'info' : 'error']('uploads', why, { state });
    this.#host.news.onUploads(state, why);
  }

  #tellUpload({ stream, key, bytes }: Recording, outcome: 'uploaded' | 'failed', what: string): void {
    const level = outcome === 'uploaded' ? 'info' : 'warn';
    const about = { stream, recording: key, outcome, bytes };
    this.#host.log[level]('upload', `recording ${key} ${what}`, about);
  }

  #disconnect(): void {
    this.#link = undefined;
    this.#heartbeat?.stop();
    this.#heartbeat = undefined;
  }

  #setSilent(isSilent: boolean, sentence = isSilent ? SILENT : 'the store answers again'): void {
    const state = isSilent && this.#said !== 'gone' ? 'slow' : this.#said;
    const former = this.#state;
    if (state === former) return;
    this.#state = state;
    const { log, news, tellsStore } = this.#host;
    // the first connection is no news, unless it was missed
    if (tellsStore && this.#hasBegun) {
      log[state === 'ok' ? 'info' : 'error']('store-state', sentence, { state });
      news.onStore(state, sentence);
    }
    this.#hasBegun = true;
    if (state === 'ok') for (const recorder of this.#recorders.values()) recorder.onStore();
  }

  // --- streams

  onStreamLive(stream: LiveStream): void {
    this.#live.add(stream);
    this.#check(stream);
  }

  onStreamMoved(stream: LiveStream): void {
    this.#check(stream);
  }

  onStreamEnded(stream: LiveStream): void {
    this.#live.delete(stream);
    this.#end(stream, 'the stream ended');
  }

  /** Other settings hold: what is not to be recorded any more ends, and what always is begins. */
  configure(settings: RecordingSettings): void {
    this.#settings = settings;
    for (const stream of this.#live) this.#check(stream);
  }

  /** An operator wishes it. */
  start(key: string, order: RecordingOrder): StartedRecording {
    const stream = this.#find(key);
    if (stream === undefined) return 'no-stream';
    if (this.#recorders.has(stream)) return 'going-on';
    if (this.#host.wishOf(key) === 'never') return 'never';
    if (this.#link === undefined || this.#state === 'full') return 'unavailable';
    this.#begin(stream, order);
    return 'started';
  }

  /** @returns whether it was recorded */
  stop(key: string): boolean {
    const stream = this.#find(key);
    if (stream === undefined || !this.#recorders.has(stream)) return false;
    this.#stopped.add(stream);
    this.#end(stream, 'an operator ended it');
    this.#tellPublisher(stream, 'stopped', `${key} is not recorded any more`);
    return true;
  }

  /** What is written of a stream now; undefined while nothing is. */
  recordingOf(stream: LiveStream): Recording | undefined {
    return this.#recorders.get(stream)?.recording;
  }

  sample(): RecordingSample {
    let queueBytes = 0;
    for (const recorder of this.#recorders.values()) queueBytes += recorder.queueBytes;
    const { size: open } = this.#recorders;
    const [ends, droppedFrames, bytes] = [this.#ends, this.#droppedFrames, this.#bytes];
    return { open, ends, droppedFrames, bytes, queueBytes, isStoreUp: this.#state === 'ok' };
  }

  /** All files are finished with what has come; resolves when they are, or after a while. */
  async close(why: string): Promise<void> {
    for (const stream of [...this.#recorders.keys()]) this.#end(stream, why);
    this.#live.clear();
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = this.#host.clock.after(FINISH_MS, resolve);
    this.#onSettled = resolve;
    if (this.#files > 0) await promise;
    cancel();
    this.#disconnect();
  }

  #find(key: string): LiveStream | undefined {
    for (const stream of this.#live) if (stream.key === key) return stream;
    return undefined;
  }

  #check(stream: LiveStream): void {
    const { key, source } = stream;
    const recorder = this.#recorders.get(stream);
    const wish = this.#host.wishOf(key);
    if (recorder !== undefined) {
      const isOver = wish === 'never' || (wish === 'onWish' && recorder.by === BY_SETTINGS);
      if (isOver) this.#end(stream, 'the settings have changed');
      else if (recorder.recording !== undefined)
        this.#tellPublisher(stream, 'started', startedAs(recorder.recording));
    } else if (!this.#stopped.has(stream)) {
      if (wish === 'always')
        this.#begin(stream, {
          run: source?.recording?.run ?? 'new',
          by: source?.recording?.by ?? BY_SETTINGS,
        });
      else if (wish === 'onWish' && source?.recording !== undefined) this.#begin(stream, source.recording);
    }
  }

  #begin(stream: LiveStream, { run, by }: RecordingOrder): void {
    const { clock, log, news } = this.#host;
    const { key } = stream;
    const recorder = this;
    const begun = new StreamRecorder(
      stream,
      { run, by },
      {
        ...{ clock, log },
        get settings() {
          return recorder.#settings;
        },
        get store() {
          return recorder.#state === 'full' ? undefined : recorder.#link;
        },
        onBegun: (recording) => {
          log.info('recording', startedAs(recording), aboutOf(recording, 'begun'));
          news.onRecordingBegun(recording);
          this.#tellPublisher(stream, 'started', startedAs(recording));
        },
        onOpen: () => {
          this.#files++;
        },
        onClosed: () => {
          if (--this.#files === 0) this.#onSettled();
        },
        onDone: (recording, end, why) => this.#onDone(stream, recording, end, why),
        onGap: (_key, frames) => {
          this.#droppedFrames += frames;
          const text = `the recording of ${key} lacks frames: they could not be written in time`;
          log.warn('recording-gap', text, { stream: key, frames });
          news.onRecordingGap(key, frames);
        },
        onWritten: (bytes) => {
          this.#bytes += bytes;
        },
      },
    );
    this.#recorders.set(stream, begun);
  }

  #onDone(stream: LiveStream, recording: Recording, end: RecordingEnd, why: string): void {
    const { log, news } = this.#host;
    this.#ends[end]++;
    const seconds = Math.round(recording.durationMs / 1000);
    const text = `recording ${recording.key} is ${end} after ${seconds} s: ${why}`;
    log[end === 'finished' ? 'info' : 'warn']('recording', text, aboutOf(recording, end));
    news.onRecordingDone(recording, end, why);
    if (end !== 'finished') this.#tellPublisher(stream, 'failed', why);
  }

  /** Tells who publishes the stream, where that has wished for it and was not told so before. */
  #tellPublisher({ source }: LiveStream, state: RecordingState, sentence: string): void {
    const wished = source?.recording;
    if (wished === undefined || this.#toldPublishers.get(wished) === state) return;
    this.#toldPublishers.set(wished, state);
    wished.onState?.(state, sentence);
  }

  #end(stream: LiveStream, why: string): void {
    this.#recorders.get(stream)?.stop(why);
    this.#recorders.delete(stream);
  }
}

/** A file gets this long to be finished when the relay stops, milliseconds. */
const FINISH_MS = 3000;

/** On whose wish streams are that are always recorded. */
const BY_SETTINGS = 'settings';

const SILENT = 'the store does not answer: what it does not take in time will be missing in recordings';

function aboutOf({ stream, key, durationMs, bytes }: Recording, outcome: 'begun' | RecordingEnd) {
  return { stream, recording: key, outcome, seconds: Math.round(durationMs / 1000), bytes };
}

function startedAs({ stream, key }: Recording): string {
  return `${stream} is recorded as ${key}`;
}
