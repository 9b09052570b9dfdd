import { expect, test } from 'vitest';
import { relaySettings } from '../../../../src/config/relay-settings.ts';
import { HeldSettings } from '../../../../src/service/relay/configuring/held-settings.ts';
import { StreamRegistry } from '../../../../src/stream/stream-registry.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { frames } from '../../../support/fake-media.ts';
import { FakePlayer } from '../../../support/fake-player.ts';
import { form } from '../../../support/fake-studio.ts';

/** Streams of a relay whose settings change. */
class Scene {
  readonly clock = new FakeClock(1000);
  readonly held: HeldSettings;
  readonly registry: StreamRegistry;

  constructor(config: unknown = {}) {
    this.held = new HeldSettings(relaySettings.parse(config), 1, false);
    this.registry = new StreamRegistry(this.clock, this.held.streams, { onFlush: () => {} });
  }

  configure(config: unknown): void {
    this.held.configure(relaySettings.parse(config));
  }

  /** A publisher that has sent this. */
  publish(script: string) {
    const publication = this.registry.publish('live/a', { address: 'p', onReplaced: () => {} });
    if ('conflict' in publication) throw new Error(publication.conflict);
    for (const frame of frames(script)) publication.receive(frame);
    return publication;
  }

  play(): FakePlayer {
    const player = new FakePlayer(this.clock);
    this.registry.play('live/a', player, { form: form.all, lateJoin: 'keyframeGroup' });
    this.clock.settle();
    return player;
  }

  get cached(): number {
    return this.registry.get('live/a')?.broadcast.cache.frames.length ?? 0;
  }
}

test('sessions and readers hold objects that change in place, with all that changes', () => {
  const { held } = new Scene();
  const { limits, deadlines, chunkLimits, streams } = held;
  const { cache, fanOut } = streams;
  const now = relaySettings.parse({
    limits: { sessions: 7, messageBytes: 1024, partialBytesPerSession: 2048, chunkStreamsPerSession: 4 },
    deadlines: { idleMs: 8 },
    fanOut: { maxDelayMs: 9, cpuShare: 0.5, stallTimeoutMs: 10 },
    cache: { maxBytes: 11, maxDurationMs: 12, resumeMs: 13 },
    publish: { onConflict: 'reject', graceMs: 13 },
    play: { waitMs: 14 },
  });
  held.configure(now);
  expect([limits, deadlines, fanOut]).toEqual([now.limits, now.deadlines, now.fanOut]);
  expect(chunkLimits).toEqual({ messageBytes: 1024, partialBytes: 2048, chunkStreams: 4 });
  expect(cache).toMatchObject({ maxBytes: 11, maxDurationMs: 12, resumeMs: 13 });
  expect(streams).toMatchObject({
    maxDelayMs: 9,
    cpuShare: 0.5,
    waitMs: 14,
    graceMs: 13,
    onConflict: 'reject',
  });
});

test('a stream that runs keeps as much as the settings allow now', () => {
  const scene = new Scene();
  const publication = scene.publish('VH1@0 K1@0 P2@40');
  expect(scene.cached).toBe(2);
  scene.configure({ cache: { maxBytes: 10 } });
  for (const frame of frames('P3@80')) publication.receive(frame);
  expect(scene.cached).toBe(0);
  scene.configure({});
  for (const frame of frames('K4@120 P5@160')) publication.receive(frame);
  expect(scene.cached).toBe(2);
  scene.configure({ cache: { totalBytes: 100 } });
  expect(scene.cached).toBe(0); // at once: memory is what it is about
});

test('a stream that runs has the grace, and its players wait, as the settings say now', () => {
  const scene = new Scene({ publish: { graceMs: 60_000 }, play: { waitMs: 60_000 } });
  const publication = scene.publish('VH1@0 K1@0');
  const player = scene.play();
  scene.configure({ publish: { graceMs: 100 }, play: { waitMs: 200 } });
  publication.leave('lost');
  scene.clock.advance(100);
  expect(player.calls).toEqual(['start', 'ended']);
  const waiting = scene.play();
  scene.clock.advance(200);
  expect(waiting.calls).toEqual(['not-found']);
});

test('a player that runs has the backlog that the settings allow now', () => {
  const scene = new Scene();
  const publication = scene.publish('VH1@0 K1@0');
  const player = scene.play();
  scene.clock.advance(100);
  player.isTaking = false;
  for (const frame of frames('P2@40:100000')) publication.receive(frame);
  scene.clock.advance(100);
  const { fanOut } = scene.registry.get('live/a')?.broadcast ?? {};
  expect(fanOut?.laggingCount).toBe(0);
  scene.configure({ fanOut: { maxBacklogBytes: 65_536 } });
  for (const frame of frames('P3@80')) publication.receive(frame);
  scene.clock.advance(100);
  expect(fanOut?.laggingCount).toBe(1);
});
