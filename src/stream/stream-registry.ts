import type { Preface } from './cache/preface-store.ts';
import { PausedSources } from './claims/paused-sources.ts';
import { type Clock, every } from './clock.ts';
import { FlushQueue, type FlushSettings } from './fan-out/flush-queue.ts';
import type { MediaKinds } from './fan-out/wire-form.ts';
import type { Frame, PrefaceFrame } from './frame.ts';
import type { FrameTap } from './frame-taps.ts';
import { LiveStream, type StreamObserver } from './live-stream.ts';
import type { LiveStreamSettings } from './live-stream-settings.ts';
import type { MediaFamily } from './media-family.ts';
import type { Player, PlayOptions, PlayStanding } from './player.ts';
import type { ResumePoint } from './resuming/resume-point.ts';
import type { Source, SourceLeft } from './source.ts';
import type { StreamDescription } from './stream-description.ts';

/** How often players are looked at that take nothing, milliseconds. */
const STALL_SWEEP_MS = 1000;

/** How often streams are looked at that have nothing to send, milliseconds. */
const DRY_SWEEP_MS = 250;

/** A timer that fires this much late was held up, milliseconds. */
const LATE_MS = 500;

/** A source's hold on its stream, from the moment it asked for it. */
export interface Publication {
  readonly key: string;
  /** Whether what it sends is of use: nobody else is live, or a frame of it has come where a decoder can start. */
  readonly counts: boolean;
  /** Hands a frame over for good; ignored once the source was replaced. */
  receive(frame: Frame): void;
  /** The source goes. @param onPaused - called when the thread that keeps the stream knows of a pause */
  leave(how: SourceLeft, onPaused?: () => void): void;
  /** Metadata and headers that hold, where the source goes on with a series. */
  readonly goesOnFrom?: readonly PrefaceFrame[] | undefined;
  /** How far the stream has come, where the source may go on with it. */
  readonly resumePoint?: ResumePoint | undefined;
  /** The source's path has changed. */
  announcePath(): void;
}

/** A player's hold on its stream. */
export interface Play {
  readonly key: string;
  /** Takes the player off; it is not called any more. */
  stop(): void;
  pause(isPaused: boolean): void;
  change(form: PlayOptions['form']): void;
  /** Whether the stream was there at once. */
  readonly isLive: boolean;
  /** Kinds of media that a player joining now is sent. */
  kinds(): MediaKinds;
  /** Metadata and headers as they are now. */
  prefaces(): readonly Preface[];
  /** Of what the stream is; undefined while nothing has come. */
  family(): MediaFamily | undefined;
  /** How the player keeps up; undefined while it waits for the stream. */
  standing(): PlayStanding | undefined;
}

/** Somebody else publishes the stream, or is about to, and stays. */
export interface PublishConflict {
  /** Why, for whoever is refused. */
  readonly conflict: string;
}

/** What all streams of a thread go by; it may change while they run. */
export type RegistrySettings = LiveStreamSettings & FlushSettings;

/** All streams of a thread. */
export class StreamRegistry {
  readonly #clock: Clock;
  readonly #settings: LiveStreamSettings;
  readonly #observer: StreamObserver;
  readonly #queue: FlushQueue;
  readonly #streams = new Map<string, LiveStream>();
  readonly #paused = new PausedSources();
  readonly #onRemove: (stream: LiveStream) => void;
  readonly #sweeps: readonly (() => void)[];

  /** @param onRemove - called with a stream that has neither source nor players any more */
  constructor(
    clock: Clock,
    settings: RegistrySettings,
    observer: StreamObserver,
    onRemove: (stream: LiveStream) => void = () => {},
  ) {
    this.#clock = clock;
    this.#settings = settings;
    this.#observer = observer;
    this.#onRemove = onRemove;
    this.#queue = new FlushQueue(clock, settings);
    this.#sweeps = [
      this.#sweep(STALL_SWEEP_MS, (stream) => stream.dropStalled()),
      this.#sweep(DRY_SWEEP_MS, (stream) => stream.broadcast.checkDry()),
    ];
  }

  /** The stream of a key, if anybody publishes or plays it. */
  get(key: string): LiveStream | undefined {
    return this.#streams.get(key);
  }

  /** Whether somebody publishes the stream or is about to. */
  isPublished(key: string): boolean {
    return this.#streams.get(key)?.isTaken ?? false;
  }

  streams(): IterableIterator<LiveStream> {
    return this.#streams.values();
  }

  /** What can be known of a stream without playing it; undefined when nobody publishes or plays it. */
  describe(key: string): StreamDescription | undefined {
    return this.#streams.get(key)?.describe();
  }

  /**
   * Asks for a stream: it stays with whoever has it until a frame of this source comes where a decoder can start. Says why
   * not, if it cannot be had.
   */
  publish(key: string, source: Source): Publication | PublishConflict {
    const stream = this.#open(key);
    const goesOnFrom = stream.goOn(source);
    if (goesOnFrom !== undefined) {
      this.#paused.delete(key);
      return this.#publicationOf(stream, source, { goesOnFrom });
    }
    const conflict = stream.claim(source);
    if (conflict !== undefined) return { conflict };
    return this.#publicationOf(stream, source, {
      resumePoint: source.mayGoOn ? stream.resumePoint : undefined,
    });
  }

  /** Gives a stream a source that this relay itself has chosen. @param goesOn - see {@link LiveStream.begin} */
  attach(key: string, source: Source, goesOn?: boolean): Publication {
    const stream = this.#open(key);
    stream.begin(source, goesOn);
    return this.#publicationOf(stream, source);
  }

  /** Adds a tap to a stream, be it there or not. */
  tap(key: string, tap: FrameTap): void {
    this.#open(key).tap(tap);
  }

  /** Adds a player to a stream, be it there or not; it is told nothing before this returns. */
  play(key: string, player: Player, options: PlayOptions): Play {
    const stream = this.#open(key);
    stream.play(player, options);
    return {
      key,
      stop: () => stream.stop(player),
      pause: (isPaused) => stream.pause(player, isPaused),
      change: (form) => stream.change(player, form),
      isLive: stream.state === 'live',
      kinds: () => stream.broadcast.kinds,
      prefaces: () => stream.broadcast.cache.prefaces,
      family: () => stream.broadcast.family,
      standing: () => stream.broadcast.fanOut.standing(player),
    };
  }

  /** Ends every stream for every player. */
  close(): void {
    for (const stop of this.#sweeps) stop();
    for (const stream of [...this.#streams.values()]) stream.end('shutdown');
  }

  #open(key: string): LiveStream {
    let stream = this.#streams.get(key);
    if (stream === undefined) {
      stream = new LiveStream(key, this.#clock, this.#queue, this.#settings, this.#observer, (idle) => {
        if (this.#streams.get(key) !== idle) return;
        this.#streams.delete(key);
        this.#paused.delete(key);
        this.#onRemove(idle);
      });
      this.#streams.set(key, stream);
    }
    return stream;
  }

  /** A round that comes late is left out once: the process was stopped or starved, and what has come since is read first. */
  #sweep(ms: number, visit: (stream: LiveStream) => void): () => void {
    let wasLate = false;
    return every(this.#clock, ms, (latenessMs) => {
      wasLate = !wasLate && latenessMs > LATE_MS;
      if (wasLate) return;
      for (const stream of [...this.#streams.values()]) visit(stream);
    });
  }

  #publicationOf(
    stream: LiveStream,
    source: Source,
    holds: Pick<Publication, 'goesOnFrom' | 'resumePoint'> = {},
  ): Publication {
    const { key } = stream;
    return {
      key,
      ...holds,
      get counts() {
        return stream.source === source || stream.state !== 'live';
      },
      receive: (frame) => stream.receive(source, frame),
      leave: (how, onPaused) => {
        stream.leave(source, how);
        if (how === 'paused' && stream.source === source)
          this.#paused.add(key, () => stream.leave(source, 'lost'));
        onPaused?.();
      },
      announcePath: () => stream.announcePath(),
    };
  }
}
