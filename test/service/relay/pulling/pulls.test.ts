import { describe, expect, test } from 'vitest';
import { type StreamSettings, unlimitedPush } from '../../../../src/config/stream-settings.ts';
import { PullLedger } from '../../../../src/service/access/joining/pull-ledger.ts';
import { FrameFollower } from '../../../../src/service/frame-follower.ts';
import { Pulls } from '../../../../src/service/relay/pulling/pulls.ts';
import type { Play } from '../../../../src/stream/stream-registry.ts';
import { StreamRegistry } from '../../../../src/stream/stream-registry.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { FakePlayer } from '../../../support/fake-player.ts';
import { endlessBudget, form, settings } from '../../../support/fake-studio.ts';
import { FakeUpstream } from '../../../support/fake-upstream.ts';
import { oneUrl, twoUrls } from '../../../support/pull-scene.ts';
import { RecordingLog } from '../../../support/recording-log.ts';

/** All pulls of a relay, with upstreams that do what the test wants. */
class PullsScene {
  readonly clock = new FakeClock(1000);
  readonly upstreams: FakeUpstream[] = [];
  readonly removed: string[] = [];
  readonly log = new RecordingLog();
  readonly registry = new StreamRegistry(this.clock, settings, { onFlush: () => {} }, ({ key }) => {
    this.removed.push(key);
  });
  readonly slots: PullLedger;
  readonly pulls: Pulls;

  constructor(maxOnDemand = 1000) {
    const { clock, registry } = this;
    this.slots = new PullLedger({ onDemandPulls: maxOnDemand, pendingPullsPerAddress: 50 }, clock);
    this.pulls = new Pulls(
      registry,
      {
        clock,
        log: this.log,
        relayId: 'me',
        budget: endlessBudget,
        attach: (key, source) => registry.attach(key, source),
        streamOf: () => undefined,
        originOf: () => 'config',
        open: ({ url, waiting }, events) => {
          const upstream = new FakeUpstream(url, waiting, clock.now(), events);
          this.upstreams.push(upstream);
          return upstream;
        },
      },
      this.slots,
    );
  }

  /** A player asks for a key, as the gate lets it. */
  join(key: string): { player: FakePlayer; play: Play } | string {
    const refusal = this.slots.take(key, undefined);
    if (refusal !== undefined) return refusal.refused;
    const player = new FakePlayer(this.clock);
    const play = this.registry.play(key, player, { form: form.all, lateJoin: 'keyframeGroup' });
    this.pulls.demand(key, oneUrl);
    this.slots.note(key, 'released');
    return { player, play };
  }

  joined(key: string): { player: FakePlayer; play: Play } {
    const answer = this.join(key);
    if (typeof answer === 'string') throw new Error(answer);
    return answer;
  }

  /** @param others - of keys that match none of these entries: pulled on demand from one server, as {@link join} has it */
  configure(entries: readonly StreamSettings[], others: StreamSettings['source'] = oneUrl): void {
    this.pulls.configure(entries, (key) => {
      const source = entries.find(({ match }) => match === key)?.source ?? others;
      return source.type === 'pull' ? source : undefined;
    });
  }

  get count(): number {
    return [...this.pulls].length;
  }
}

const opening = 'VH1@0 K1@1000';

describe('a stream on demand', () => {
  test('is pulled once for all who ask, and kept a while after the last has gone', () => {
    const scene = new PullsScene();
    const players = [scene.joined('a/1'), scene.joined('a/1'), scene.joined('a/1')];
    expect(scene.upstreams.map(({ url }) => url)).toEqual(['rtmp://first/a/1']);
    scene.upstreams[0]?.send(opening);
    for (const { play } of players) play.stop();
    scene.clock.advance(3000);
    scene.upstreams[0]?.send('K2@2000');
    const again = scene.joined('a/1');
    scene.clock.settle();
    expect([again.player.calls, scene.upstreams.length]).toEqual([['start'], 1]);
    again.play.stop();
    for (let i = 0; i < 9; i++) {
      scene.clock.advance(1000);
      scene.upstreams[0]?.send(`K${i}@${3000 + i * 1000}`);
    }
    expect(scene.upstreams[0]?.isClosed).toBe(false);
    scene.clock.advance(1500);
    expect([scene.upstreams[0]?.isClosed, scene.count, scene.removed]).toEqual([true, 0, ['a/1']]);
  });

  test('is not kept by who follows its frames but is no audience', () => {
    const scene = new PullsScene();
    const { play } = scene.joined('a/1');
    scene.upstreams[0]?.send(opening);
    const recorder = new FrameFollower({
      maxQueueBytes: 10_000,
      isAudience: false,
      log: new RecordingLog(),
      onReadable: () => {},
    });
    scene.registry.tap('a/1', recorder);
    play.stop();
    scene.clock.advance(10_500);
    expect([scene.upstreams[0]?.isClosed, scene.count]).toEqual([true, 0]);
    expect(recorder.take().at(-1)).toEqual({ role: 'end' });
  });

  test('that is lost and that nobody wants any more leaves nothing behind', () => {
    const scene = new PullsScene();
    const { play } = scene.joined('a/1');
    scene.upstreams[0]?.send(opening);
    scene.upstreams[0]?.end('lost');
    expect(scene.registry.get('a/1')?.state).toBe('grace');
    play.stop();
    scene.clock.advance(11_000);
    expect([scene.count, scene.removed, [...scene.registry.streams()]]).toEqual([0, ['a/1'], []]);
  });

  test('goes on being asked for until the upstream has answered, though its players have gone', () => {
    const scene = new PullsScene();
    scene.joined('a/1').play.stop();
    scene.clock.advance(25_000);
    expect([scene.upstreams[0]?.isClosed, scene.count]).toEqual([false, 1]);
    scene.upstreams[0]?.end('lost');
    scene.clock.advance(250);
    expect(scene.count).toBe(0);
  });
});

describe('a key that no upstream has', () => {
  test('is refused for some seconds, then asked for again', () => {
    const scene = new PullsScene();
    const { player } = scene.joined('a/1');
    scene.upstreams[0]?.end('not-found');
    expect(player.calls).toEqual(['not-found']);
    expect(scene.join('a/1')).toBe('not-found');
    scene.clock.advance(4999);
    expect(scene.join('a/1')).toBe('not-found');
    scene.clock.advance(1);
    scene.joined('a/1');
    expect(scene.upstreams).toHaveLength(2);
  });

  test('is not remembered when it could just not be asked for', () => {
    const scene = new PullsScene();
    scene.joined('a/1').play.stop();
    scene.upstreams[0]?.end('refused');
    scene.clock.advance(11_000);
    expect(scene.count).toBe(0);
    expect(scene.slots.look('a/1')).toBeUndefined();
  });

  test('costs nothing after a minute, a thousand of them neither', () => {
    const scene = new PullsScene();
    const timers = scene.clock.pending;
    for (let i = 0; i < 1000; i++) {
      scene.joined(`a/${i}`);
      scene.upstreams.at(-1)?.end('not-found');
    }
    expect([scene.count, [...scene.registry.streams()].length]).toEqual([0, 0]);
    scene.clock.advance(60_000);
    expect(scene.clock.pending).toBe(timers);
    expect(scene.removed).toHaveLength(1000);
  });
});

test('there is a limit to pulls on demand; players of those that run come in', () => {
  const scene = new PullsScene(2);
  scene.joined('a/1');
  scene.joined('a/2');
  expect(scene.join('a/3')).toBe('pull-limit');
  scene.joined('a/2');
  scene.upstreams[0]?.end('not-found');
  scene.joined('a/3');
});

describe('streams that are always wanted', () => {
  const entry = (match: string, url: string): StreamSettings => ({
    match,
    source: { ...oneUrl, urls: [url], start: 'always' },
    forward: [],
    record: 'onWish',
  });

  test('are pulled without a player, and only those of the configuration', () => {
    const scene = new PullsScene();
    scene.configure([entry('tv/1', 'rtmp://first/1'), entry('tv/2', 'rtmp://first/2')]);
    scene.clock.advance(20_000);
    expect(scene.upstreams.map(({ isClosed }) => isClosed)).toEqual([false, false]);
    scene.configure([entry('tv/1', 'rtmp://first/1'), entry('tv/2', 'rtmp://other/2')]);
    expect(scene.upstreams.map(({ url, isClosed }) => [url, isClosed])).toEqual([
      ['rtmp://first/1', false],
      ['rtmp://first/2', true],
      ['rtmp://other/2', false],
    ]);
    scene.pulls.close();
    expect(scene.upstreams.every(({ isClosed }) => isClosed)).toBe(true);
    expect(scene.count).toBe(0);
  });

  test('do not count as pulls on demand', () => {
    const scene = new PullsScene(1);
    scene.configure([entry('tv/1', 'rtmp://first/1')]);
    scene.joined('a/1');
    expect(scene.join('a/2')).toBe('pull-limit');
  });

  test('take over from one on demand, whose place is free then', () => {
    const scene = new PullsScene(1);
    scene.joined('tv/1');
    scene.configure([entry('tv/1', 'rtmp://first/1')]);
    expect([scene.slots.size, scene.upstreams.map(({ isClosed }) => isClosed)]).toEqual([0, [true, false]]);
  });

  test('go on without a pause as ones on demand, and these as ones that are always wanted', () => {
    const scene = new PullsScene();
    const always = entry('tv/1', 'rtmp://first/1');
    scene.configure([always]);
    const { player, play } = scene.joined('tv/1');
    scene.upstreams[0]?.send(opening);
    scene.clock.advance(100);
    const source = { ...always.source, start: 'onDemand' } as const;
    scene.configure([{ ...always, source }]);
    expect([scene.slots.size, scene.upstreams.length, player.calls]).toEqual([1, 1, ['start']]);
    scene.configure([always]);
    expect([scene.slots.size, scene.upstreams.length, player.calls]).toEqual([0, 1, ['start']]);
    scene.configure([{ ...always, source }]);
    play.stop();
    for (let second = 1; second < 12; second++) {
      scene.upstreams[0]?.send(`K${second}@${second * 1000}`);
      scene.clock.advance(1000);
    }
    expect([scene.slots.size, scene.count, scene.upstreams[0]?.isClosed]).toEqual([0, 0, true]);
  });
});

describe('settings that have changed', () => {
  test('end the pulls that they do not name any more, and touch no others', () => {
    const scene = new PullsScene();
    const [stays, goes] = [scene.joined('a/1'), scene.joined('a/2')];
    for (const upstream of scene.upstreams) upstream.send(opening);
    scene.clock.advance(100);
    const pushed: StreamSettings = { match: 'a/2', source: unlimitedPush, forward: [], record: 'onWish' };
    scene.configure([pushed]);
    expect(scene.upstreams.map(({ isClosed }) => isClosed)).toEqual([false, true]);
    expect([stays.player.calls, goes.player.calls]).toEqual([['start'], ['start', 'ended']]);
    expect([scene.count, scene.slots.size]).toEqual([1, 1]);
    expect(scene.log.find('upstream', { stream: 'a/2' }).map(({ text }) => text)).toEqual([
      'a/2 comes from rtmp://first/a/2',
      'a/2 no longer comes from rtmp://first/a/2: the configuration has changed',
    ]);
    scene.configure([], unlimitedPush);
    expect([scene.count, scene.slots.size, stays.player.calls]).toEqual([0, 0, ['start', 'ended']]);
  });

  test('are those of pulls that run', () => {
    const scene = new PullsScene();
    scene.joined('a/1');
    scene.upstreams[0]?.send(opening);
    scene.configure([], { ...twoUrls, lingerMs: 1000 });
    expect([...scene.pulls].map(({ source }) => source.urls.length)).toEqual([2]);
    expect(scene.upstreams.map(({ url, isClosed }) => [url, isClosed])).toEqual([
      ['rtmp://first/a/1', false],
    ]);
  });
});
