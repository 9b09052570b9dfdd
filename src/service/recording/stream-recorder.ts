import type { RecordingSettings } from '../../config/recordings/recording-settings.ts';
import type { Log } from '../../log.ts';
import type {
  RecordingEnd,
  RecordingWish,
  RecordingWriter,
  StoreLink,
} from '../../recording/link/store-link.ts';
import type { Recording, RecordingFamily } from '../../recording/recording.ts';
import { MAX_PREFACE_BYTES, PrefaceStore } from '../../stream/cache/preface-store.ts';
import type { Clock } from '../../stream/clock.ts';
import { type Frame, hasVideo, isPreface } from '../../stream/frame.ts';
import type { LiveStream } from '../../stream/live-stream.ts';
import { type Followed, FrameFollower } from '../frame-follower.ts';

/** After a file that failed another one is begun so much later, and later each time, milliseconds. */
const FIRST_RETRY_MS = 1000;
const LAST_RETRY_MS = 60_000;

/** What a tag has besides its payload, bytes. */
const TAG_BYTES = 15;

/** What a recorder of a stream needs. */
export interface StreamRecorderHost {
  readonly clock: Clock;
  readonly log: Log;
  /** As they are now. */
  readonly settings: Pick<RecordingSettings, 'segment' | 'maxQueueBytes'>;
  /** The store; undefined while nothing can be recorded. */
  readonly store: StoreLink | undefined;
  /** A file is to be begun; it is over with `onClosed`, whatever becomes of it. */
  onOpen(): void;
  onClosed(): void;
  onBegun(recording: Recording): void;
  onDone(recording: Recording, end: RecordingEnd, why: string): void;
  /** So many frames were left out of it. */
  onGap(stream: string, frames: number): void;
  /** Bytes of media were handed to the store. */
  onWritten(bytes: number): void;
}

/** Whose wish a recording is, and what it goes on with. */
export type RecordingOrder = Pick<RecordingWish, 'run' | 'by'>;

/** One file that is being written. */
interface OpenPart {
  readonly writer: RecordingWriter;
  readonly family: string;
  /** Timestamp of its first coded frame. */
  readonly begunAt: number;
  bytes: number;
  /** Why it is over, where that was wished. */
  why?: string;
}

/**
 * Records one stream, in one file after the other, each from a frame on where a decoder can start. It takes frames at the store's pace:
 * what the store does not take in time is left out, and the stream does not wait.
 */
export class StreamRecorder {
  readonly stream: LiveStream;
  readonly by: string;
  readonly #host: StreamRecorderHost;
  readonly #follower: FrameFollower;
  readonly #prefaces = new PrefaceStore(MAX_PREFACE_BYTES);
  /** Taken, and not written yet. */
  #taken: readonly Followed[] = [];
  #next = 0;
  #run: string;
  /** The number of the next part, where that is known. */
  #nextPart = 1;
  #part: OpenPart | undefined;
  /** What there is of the file that is being written; undefined until it is known. */
  #recording: Recording | undefined;
  #hasVideo = false;
  /** The store takes nothing more for now. */
  #isHeld = false;
  /** A file has failed: the next one is not begun before this is called back. */
  #stopWaiting: (() => void) | undefined;
  #retryMs = FIRST_RETRY_MS;
  #droppedBefore = 0;
  /** Frames that came while there was no file. */
  #unwritten = 0;
  #isOver = false;

  constructor(stream: LiveStream, { run, by }: RecordingOrder, host: StreamRecorderHost) {
    this.stream = stream;
    this.by = by;
    this.#run = run;
    this.#host = host;
    this.#follower = new FrameFollower({
      maxQueueBytes: host.settings.maxQueueBytes / 2, // the other half is what was taken and is not written yet
      isAudience: false,
      log: host.log,
      onReadable: () => this.#pump(),
    });
    this.#follower.follow(stream);
  }

  /** What is being written; undefined while nothing is. */
  get recording(): Recording | undefined {
    return this.#recording;
  }

  /** Bytes that wait for the store. */
  get queueBytes(): number {
    return this.#follower.queueBytes;
  }

  /** The store is there again, or has room again. */
  onStore(): void {
    if (this.#part !== undefined || this.#isOver) return;
    if (this.#follower.droppedFrames > this.#droppedBefore) {
      this.#follower.take(); // what waits is old, and what came behind it is lost: on with what comes now
      this.#taken = [];
      this.#tellGap();
    }
    this.#stopWaiting?.();
    this.#stopWaiting = undefined;
    this.#isHeld = false;
    this.#pump();
  }

  /** Ends it with all that has come. @param why - for the audit log */
  stop(why: string): void {
    if (this.#isOver) return;
    this.#isHeld = false;
    this.#pump(true);
    this.#end(why);
  }

  /** @param isLast - whether all is written, be there room or not */
  #pump(isLast = false): void {
    while (!this.#isOver && (isLast || !this.#isHeld)) {
      if (this.#next >= this.#taken.length) {
        this.#taken = this.#follower.take();
        this.#next = 0;
      }
      const item = this.#taken[this.#next];
      if (item === undefined) return;
      if (!isLast && this.#part === undefined && !this.#mayBegin) return;
      this.#next++;
      if ('payload' in item) this.#onFrame(item);
      else if (item.role === 'end') this.#end('the stream ended');
      else if (item.role === 'gap') this.#tellGap();
      else if (item.role === 'begin' && !item.goesOn) this.#forget();
    }
  }

  get #mayBegin(): boolean {
    return this.#host.store !== undefined && this.#stopWaiting === undefined;
  }

  /** Another source: its headers are to come. */
  #forget(): void {
    this.#prefaces.clear();
    this.#hasVideo = false;
  }

  #onFrame(frame: Frame): void {
    if (isPreface(frame)) this.#prefaces.set(frame);
    if (hasVideo(frame.kind) && frame.role !== 'metadata') this.#hasVideo = true;
    if (frame.role === 'coded' && (frame.isKeyframe || !this.#hasVideo)) this.#onStart(frame);
    if (this.#part !== undefined) this.#write(frame);
    else if (frame.role === 'coded') this.#unwritten++;
  }

  /** A decoder can start here: the place to go on in another file, if one is due. */
  #onStart({ timestamp, family }: Frame): void {
    const part = this.#part;
    if (part !== undefined && (part.family !== family.name || this.#isFull(part, timestamp))) {
      this.#finish(part, 'the next part follows');
    }
    if (this.#part !== undefined) return;
    const { store } = this.#host;
    if (store === undefined || this.#stopWaiting !== undefined) return;
    this.#begin(store, timestamp, family.name);
    for (const { frame } of this.#prefaces.list) this.#write({ ...frame, timestamp });
  }

  #isFull({ begunAt, bytes }: OpenPart, timestamp: number): boolean {
    if (this.#recording === undefined) return false; // the next part needs to know its run
    const { maxDurationMs, maxBytes } = this.#host.settings.segment;
    const ms = (timestamp - begunAt) >>> 0;
    return bytes >= maxBytes || (ms >= maxDurationMs && ms < 2 ** 31);
  }

  #begin(store: StoreLink, begunAt: number, family: string): void {
    this.#unwritten = 0; // frames that no decoder could begin with
    const wish = {
      stream: this.stream.key,
      family: family as RecordingFamily,
      run: this.#run,
      part: this.#nextPart,
      by: this.by,
    };
    this.#host.onOpen();
    const isThis = (): boolean => this.#part?.writer === writer;
    const writer = store.begin(wish, {
      onBegun: (recording) => {
        this.#run = recording.run;
        this.#nextPart = recording.part + 1;
        this.#retryMs = FIRST_RETRY_MS;
        if (isThis()) this.#recording = recording;
        this.#host.onBegun(recording);
      },
      onDrain: () => {
        if (!isThis()) return;
        this.#isHeld = false;
        this.#pump();
      },
      onEnd: (end, recording, sentence) => {
        const why = part.why ?? sentence;
        if (recording !== undefined) this.#host.onDone(recording, end, why);
        this.#host.onClosed();
        if (isThis()) this.#onLost(end);
      },
    });
    const part: OpenPart = { writer, family, begunAt, bytes: 0 };
    this.#part = part;
    this.#recording = undefined;
  }

  #write({ kind, role, tag, timestamp, payload, ...frame }: Frame): void {
    const part = this.#part;
    if (part === undefined) return;
    const isKeyframe = 'isKeyframe' in frame && frame.isKeyframe;
    part.bytes += payload.length + TAG_BYTES;
    this.#host.onWritten(payload.length);
    if (!part.writer.write({ kind, role, tag, timestamp, payload, isKeyframe })) this.#isHeld = true;
  }

  /** Nobody has wished its end: where it did not fail for want of a store, another one is tried in a while. */
  #onLost(end: RecordingEnd): void {
    this.#part = undefined;
    this.#recording = undefined;
    this.#isHeld = false;
    this.#droppedBefore = this.#follower.droppedFrames;
    if (end === 'failed' || end === 'full') {
      this.#stopWaiting = this.#host.clock.after(this.#retryMs, () => {
        this.#stopWaiting = undefined;
        this.onStore();
      });
      this.#retryMs = Math.min(2 * this.#retryMs, LAST_RETRY_MS);
    } else this.#host.clock.next(() => this.#pump());
  }

  #finish(part: OpenPart, why: string): void {
    part.why = why;
    this.#part = undefined;
    this.#recording = undefined;
    part.writer.finish(why);
  }

  #tellGap(): void {
    const dropped = this.#follower.droppedFrames;
    this.#part?.writer.gap();
    if (dropped > this.#droppedBefore) this.#host.onGap(this.stream.key, dropped - this.#droppedBefore);
    this.#droppedBefore = dropped;
  }

  #end(why: string): void {
    this.#isOver = true;
    this.#follower.leave();
    this.#stopWaiting?.();
    if (this.#unwritten > 0) this.#host.onGap(this.stream.key, this.#unwritten);
    if (this.#part !== undefined) this.#finish(this.#part, why);
  }
}
