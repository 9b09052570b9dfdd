import type { Clock } from './clock.ts';
import { FlushQueue } from './fan-out/flush-queue.ts';
import type { MediaKinds } from './fan-out/wire-form.ts';
import type { Frame } from './frame.ts';
import type { FrameTap } from './frame-taps.ts';
import { LiveStream, type StreamObserver } from './live-stream.ts';
import type { Player, PlayOptions } from './player.ts';
import type { Source } from './source.ts';
import type { StreamSettings } from './stream-settings.ts';

/** A stream that was just taken over stays with its publisher for this long while that one sends, milliseconds. */
const TAKEOVER_REST_MS = 10_000;

/** A publisher that has sent nothing for this long does not count as sending, milliseconds. */
const SENDING_MS = 2000;

/** How often players are looked at that take nothing, milliseconds. */
const STALL_SWEEP_MS = 1000;

/** How often streams are looked at that have nothing to send, milliseconds. */
const DRY_SWEEP_MS = 250;

/** A timer that fires this much late was held up, milliseconds. */
const LATE_MS = 500;

/** A source's hold on its stream. */
export interface Publication {
  readonly key: string;
  /** Hands a frame over for good; ignored once the source was replaced. */
  receive(frame: Frame): void;
  /** The source goes: `ended` as it wished, `lost` when it may come back. */
  leave(how: 'away' | 'ended' | 'lost'): void;
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
  /** Kinds of media that a player joining now is sent. */
  kinds(): MediaKinds;
}

/** Somebody else publishes the stream and stays. */
export interface PublishConflict {
  readonly conflict: string;
  /** Where that one publishes from. */
  readonly by: string;
}

/** All streams of a thread. */
export class StreamRegistry {
  readonly #clock: Clock;
  readonly #settings: StreamSettings;
  readonly #observer: StreamObserver;
  readonly #queue: FlushQueue;
  readonly #streams = new Map<string, LiveStream>();
  readonly #takenOverAt = new WeakMap<Source, number>();
  readonly #onRemove: (stream: LiveStream) => void;
  readonly #stopSweeping: () => void;

  /** @param onRemove - called with a stream that has neither source nor players any more */
  constructor(
    clock: Clock,
    settings: StreamSettings & { readonly maxDelayMs: number },
    observer: StreamObserver,
    onRemove: (stream: LiveStream) => void = () => {},
  ) {
    this.#clock = clock;
    this.#settings = settings;
    this.#observer = observer;
    this.#onRemove = onRemove;
    this.#queue = new FlushQueue(clock, settings.maxDelayMs);
    const stopStalls = this.#every(STALL_SWEEP_MS, (stream) => stream.dropStalled());
    const stopDries = this.#every(DRY_SWEEP_MS, (stream) => stream.checkDry());
    this.#stopSweeping = () => {
      stopStalls();
      stopDries();
    };
  }

  /** The stream of a key, if anybody publishes or plays it. */
  get(key: string): LiveStream | undefined {
    return this.#streams.get(key);
  }

  /** Whether the stream has a source. */
  isPublished(key: string): boolean {
    return this.#streams.get(key)?.source !== undefined;
  }

  streams(): IterableIterator<LiveStream> {
    return this.#streams.values();
  }

  /** Begins to publish; takes the stream over from another source, or says why not. */
  publish(key: string, source: Source): Publication | PublishConflict {
    const stream = this.#open(key);
    const current = stream.source;
    if (current !== undefined && !current.isCopy) {
      if (this.#settings.onConflict === 'reject') {
        const conflict = `stream ${key} is already being published from ${current.address}`;
        return { conflict, by: current.address };
      }
      if (this.#isFresh(current) && stream.hasMediaWithin(SENDING_MS)) {
        const conflict = `stream ${key} was just taken over by ${current.address}, which publishes it: try again later`;
        return { conflict, by: current.address };
      }
      this.#takenOverAt.set(source, this.#clock.now());
    }
    return this.attach(key, source);
  }

  /** Gives a stream a source that this relay itself has chosen. */
  attach(key: string, source: Source): Publication {
    const stream = this.#open(key);
    stream.begin(source);
    return {
      key,
      receive: (frame) => stream.receive(source, frame),
      leave: (how) => stream.leave(source, how),
      announcePath: () => stream.announcePath(),
    };
  }

  /** Adds a tap to a stream, be it there or not. */
  tap(key: string, tap: FrameTap): void {
    this.#open(key).tap(tap);
  }

  /** Adds a player to a stream, be it there or not. `player.onStart` may be called before this returns. */
  play(key: string, player: Player, options: PlayOptions): Play {
    const stream = this.#open(key);
    stream.play(player, options);
    return {
      key,
      stop: () => stream.stop(player),
      pause: (isPaused) => stream.pause(player, isPaused),
      change: (form) => stream.change(player, form),
      kinds: () => stream.kinds,
    };
  }

  /** Ends every stream for every player. */
  close(): void {
    this.#stopSweeping();
    for (const stream of [...this.#streams.values()]) stream.end('shutdown');
  }

  #isFresh(source: Source): boolean {
    const at = this.#takenOverAt.get(source);
    return at !== undefined && this.#clock.now() - at < TAKEOVER_REST_MS;
  }

  #open(key: string): LiveStream {
    let stream = this.#streams.get(key);
    if (stream === undefined) {
      stream = new LiveStream(key, this.#clock, this.#queue, this.#settings, this.#observer, (idle) => {
        if (this.#streams.get(key) !== idle) return;
        this.#streams.delete(key);
        this.#onRemove(idle);
      });
      this.#streams.set(key, stream);
    }
    return stream;
  }

  /** A round that comes late is left out once: the process was stopped or starved, and what has come since is read first. */
  #every(ms: number, visit: (stream: LiveStream) => void): () => void {
    let cancel: () => void;
    let wasLate = false;
    const schedule = (): void => {
      const dueAt = this.#clock.now() + ms;
      cancel = this.#clock.after(ms, () => {
        schedule();
        wasLate = !wasLate && this.#clock.now() - dueAt > LATE_MS;
        if (wasLate) return;
        for (const stream of [...this.#streams.values()]) visit(stream);
      });
    };
    schedule();
    return () => cancel();
  }
}
