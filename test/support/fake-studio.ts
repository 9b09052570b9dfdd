import { rtmpWireForm } from '../../src/family/flv/rtmp-wire-form.ts';
import { CacheBudget } from '../../src/stream/cache/cache-budget.ts';
import type { WireForm } from '../../src/stream/fan-out/wire-form.ts';
import type { LiveStream, StreamObserver } from '../../src/stream/live-stream.ts';
import type { PlayOptions } from '../../src/stream/player.ts';
import type { Source, SourceLeft } from '../../src/stream/source.ts';
import { type Play, type Publication, StreamRegistry } from '../../src/stream/stream-registry.ts';
import { FakeClock } from './fake-clock.ts';
import { frames } from './fake-media.ts';
import { FakePlayer } from './fake-player.ts';

type Settings = ConstructorParameters<typeof StreamRegistry>[1];

/** The forms of RTMP players on message stream 1. */
export const form: Readonly<Record<'all' | 'audio' | 'video' | 'none', WireForm>> = {
  all: rtmpWireForm({ messageStreamId: 1, audio: true, video: true }),
  audio: rtmpWireForm({ messageStreamId: 1, audio: true, video: false }),
  video: rtmpWireForm({ messageStreamId: 1, audio: false, video: true }),
  none: rtmpWireForm({ messageStreamId: 1, audio: false, video: false }),
};

/** Lets everything be cached. */
export const endlessBudget: CacheBudget = new CacheBudget(Number.POSITIVE_INFINITY);

/** The settings of a relay by default. */
export const settings: Settings = {
  cache: { maxBytes: 2 ** 24, maxDurationMs: 30_000, resumeMs: 10_000, budget: endlessBudget },
  fanOut: { maxBacklogBytes: 2 ** 23, maxBacklogMs: 10_000, stallTimeoutMs: 15_000 },
  maxDelayMs: 100,
  cpuShare: 0.25,
  waitMs: 15_000,
  graceMs: 10_000,
  pauseMs: 120_000,
  onConflict: 'takeover',
};

/** Who publishes: sends scripts of {@link frames}. */
export class FakePublisher implements Source {
  readonly address: string;
  readonly replacedBy: string[] = [];
  readonly #publication: Publication;

  constructor(studio: FakeStudio, address: string) {
    this.address = address;
    const answer = studio.registry.publish(studio.key, this);
    if ('conflict' in answer) throw new Error(answer.conflict);
    this.#publication = answer;
  }

  onReplaced(by: Source): void {
    this.replacedBy.push(by.address);
  }

  send(script: string): void {
    for (const frame of frames(script)) this.#publication.receive(frame);
  }

  get counts(): boolean {
    return this.#publication.counts;
  }

  leave(how: 'ended' | 'lost'): void {
    this.#publication.leave(how);
  }
}

/** A server that the stream is pulled from, and that may go on where another source was: sends scripts of {@link frames}. */
export class FakeRelaySource implements Source {
  readonly address: string;
  readonly mayGoOn = true;
  readonly #publication: Publication;

  constructor(studio: FakeStudio, address: string) {
    this.address = address;
    this.#publication = studio.registry.attach(studio.key, this);
  }

  onReplaced(): void {}

  send(script: string): void {
    for (const frame of frames(script)) this.#publication.receive(frame);
  }

  leave(how: SourceLeft = 'away'): void {
    this.#publication.leave(how);
  }
}

/** All of one thread's streams on a clock driven by hand; one of them is played and published. */
export class FakeStudio {
  readonly key = 'live/a';
  readonly clock: FakeClock;
  readonly registry: StreamRegistry;
  /** Keys of streams that nobody uses any more. */
  readonly removed: string[] = [];

  constructor(changes: Partial<Settings> = {}, observer: StreamObserver = { onFlush: () => {} }) {
    this.clock = new FakeClock(1000);
    this.registry = new StreamRegistry(this.clock, { ...settings, ...changes }, observer, ({ key }) => {
      this.removed.push(key);
    });
  }

  publish(address = 'encoder'): FakePublisher {
    return new FakePublisher(this, address);
  }

  attach(address = 'upstream'): FakeRelaySource {
    return new FakeRelaySource(this, address);
  }

  player(isRelay = false): FakePlayer {
    return new FakePlayer(this.clock, isRelay);
  }

  play(player: FakePlayer, options: Partial<PlayOptions> = {}): Play {
    const play = this.registry.play(this.key, player, {
      form: form.all,
      lateJoin: 'keyframeGroup',
      ...options,
    });
    this.clock.settle();
    return play;
  }

  /** A player that joins now. */
  join(options: Partial<PlayOptions> = {}): FakePlayer {
    const player = this.player();
    this.play(player, options);
    return player;
  }

  /** Lets what is due be done. */
  flush(): void {
    this.clock.advance(0);
  }

  get stream(): LiveStream {
    const stream = this.registry.get(this.key);
    if (stream === undefined) throw new Error('nobody uses the stream');
    return stream;
  }
}
