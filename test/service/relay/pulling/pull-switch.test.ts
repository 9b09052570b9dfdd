import { describe, expect, test } from 'vitest';
import { endlessBudget } from '../../../support/fake-studio.ts';
import type { FakeUpstream } from '../../../support/fake-upstream.ts';
import { PullScene, twoUrls } from '../../../support/pull-scene.ts';

const opening = 'M1@0 VH1@0 AH1@0 K1@1000';
const [first, second] = ['rtmp://first/live/a', 'rtmp://second/live/a'];

/** A scene in which the second URL is flowing, and the first is back and was opened to be looked at. */
function backOnSecond(): { scene: PullScene; current: FakeUpstream; preferred: FakeUpstream } {
  const scene = new PullScene();
  scene.last.end('lost');
  const current = scene.last;
  current.send(opening);
  scene.news;
  let timestamp = 1040;
  while (scene.upstreams.length === 2) timestamp = scene.flow(current, 40, timestamp);
  return { scene, current, preferred: scene.last };
}

/** Timestamps of what a player saw, in order. */
const timesIn = (seen: string): number[] => seen.split(' ').map((word) => Number(word.split('@')[1]));

describe('what is kept of a link until it takes over', () => {
  type Running = ReturnType<typeof backOnSecond>;

  test.each([
    { what: 'takes over', act: ({ current }: Running) => current.end('lost') },
    { what: 'is lost', act: ({ preferred }: Running) => preferred.end('lost') },
    { what: 'is not wanted any more', act: () => {} },
  ])('is counted until it $what', ({ act }) => {
    const before = endlessBudget.bytes;
    const running = backOnSecond();
    const kept = endlessBudget.bytes;
    running.preferred.send('VH9@0 K900@50000:5000 P901@50040:5000');
    expect(endlessBudget.bytes - kept).toBeGreaterThan(10_000);
    act(running);
    running.scene.pull.stop();
    expect(endlessBudget.bytes).toBe(before);
  });
});

describe('the preferred upstream', () => {
  test('is looked for, and takes over when it has proved itself, at a keyframe and never backward', () => {
    const { scene, current, preferred } = backOnSecond();
    expect(preferred.url).toBe(first);
    preferred.send('VH9@0 K900@50000');
    scene.flow(preferred, 2000, 50_040);
    expect([current.isClosed, scene.news.includes('VH9')]).toEqual([false, false]);
    scene.flow(preferred, 1200, 52_040);
    current.send('P20@9000');
    expect(scene.pull.status().url).toBe(second);
    scene.news;
    preferred.send('K901@53240');
    expect(scene.pull.status()).toMatchObject({ url: first, reconnects: 0 });
    expect(current.isClosed).toBe(true);
    preferred.send('P902@53280');
    expect(scene.news).toMatch(/^VH9@(\d+) K901@\1 P902@\d+$/);
    const times = timesIn(scene.player.seen);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(scene.player.calls).toEqual(['start']);
  });

  test('that does not last is left alone and looked for again, ever more rarely', () => {
    const { scene, current, preferred } = backOnSecond();
    preferred.end('lost');
    let timestamp = 9000;
    const before = scene.studio.clock.now();
    while (scene.upstreams.length === 3) timestamp = scene.flow(current, 40, timestamp);
    expect(scene.studio.clock.now() - before).toBeGreaterThan(1900);
    expect(scene.last.url).toBe(first);
    expect(scene.pull.status()).toMatchObject({ url: second, state: 'flowing' });
  });

  test('takes over at once, with all since its keyframe, when the current one dies', () => {
    const { scene, current, preferred } = backOnSecond();
    preferred.send('VH9@0 K900@50000 P901@50040');
    scene.news;
    current.end('lost');
    preferred.send('P902@50080');
    expect(scene.news).toMatch(/^VH9@\d+ K900@\d+ P901@\d+ P902@\d+$/);
    expect(scene.upstreams).toHaveLength(3);
    expect(scene.pull.status()).toMatchObject({ url: first, reconnects: 1 });
  });

  test('is waited for when the current one dies before it has sent anything', () => {
    const { scene, current, preferred } = backOnSecond();
    current.end('lost');
    expect(scene.upstreams).toHaveLength(3);
    preferred.send('K900@50000');
    expect(scene.pull.status()).toMatchObject({ url: first, state: 'flowing' });
  });
});

describe('a server that asks to be left', () => {
  /** Both have the same programme: the next keyframe and two frames behind it, for each at its own pace. */
  const group = 'VH1@0 K1@1000 P2@1040 A2@1050 P3@1080';

  test('is left for the next URL without a frame lost or sent twice', () => {
    const scene = new PullScene();
    const old = scene.last;
    old.send(`VH1@0 K1@1000 P2@1040 A2@1050`);
    old.askToReconnect();
    const next = scene.last;
    expect([scene.urls, old.isClosed]).toEqual([[first, second], false]);
    old.send('P3@1080'); // goes on while the new link is made
    next.send(group);
    expect(old.isClosed).toBe(true);
    next.send('A3@1090 P4@1120');
    expect(scene.news).toBe('VH1@1000 K1@1000 P2@1040 A2@1050 P3@1080 A3@1090 P4@1120');
    expect(scene.studio.stream.state).toBe('live');
    expect(scene.pull.status()).toMatchObject({ url: second, reconnects: 0 });
  });

  test('is left for a link that is behind: what was there already is left out', () => {
    const scene = new PullScene();
    const old = scene.last;
    old.send(`${group} P4@1120 P5@1160`);
    old.askToReconnect();
    scene.last.send('VH1@0 K1@1000 P2@1040');
    scene.last.send('A2@1050 P3@1080 P4@1120 P5@1160 P6@1200');
    expect(scene.news).toBe('VH1@1000 K1@1000 P2@1040 A2@1050 P3@1080 P4@1120 P5@1160 P6@1200');
  });

  test('is left for a link that is ahead as soon as it is there itself', () => {
    const scene = new PullScene();
    const old = scene.last;
    old.send('VH1@0 K1@1000 P2@1040');
    expect(scene.news).toBe('VH1@1000 K1@1000 P2@1040');
    old.askToReconnect();
    scene.last.send('VH1@0 K3@1080 P4@1120');
    old.send('K3@1080');
    expect(old.isClosed).toBe(true);
    expect(scene.news).toBe('K3@1080 P4@1120');
  });

  test('is left for another programme at its next keyframe, a second later', () => {
    const scene = new PullScene();
    const old = scene.last;
    old.send(opening);
    old.askToReconnect();
    scene.last.send('VH2@0 K70@7000');
    scene.flow(scene.last, 1000, 7040);
    expect(old.isClosed).toBe(false);
    scene.last.send('K80@8040');
    expect(old.isClosed).toBe(true);
  });

  test('may name a host of the configuration and no other', () => {
    const scene = new PullScene();
    scene.last.send(opening);
    const [current] = scene.upstreams;
    current?.askToReconnect('rtmp://evil/live');
    expect(scene.upstreams).toHaveLength(1);
    current?.askToReconnect('rtmp://elsewhere/live');
    expect(scene.urls).toEqual([first, 'rtmp://elsewhere:1935/live/a']);
  });

  test('and asks again and again costs a few connections, not one each time', () => {
    const scene = new PullScene();
    scene.last.send(opening);
    const [current] = scene.upstreams;
    for (let i = 0; i < 100; i++) current?.askToReconnect();
    expect(scene.upstreams).toHaveLength(2);
    for (let i = 0; i < 100; i++) {
      scene.last.send('VH1@0 K1@1000'); // takes over, and asks in turn
      scene.last.askToReconnect();
    }
    expect(scene.upstreams.length).toBeLessThanOrEqual(4);
  });

  test('keeps the stream until another link is there', () => {
    const scene = new PullScene({ ...twoUrls, urls: ['rtmp://first/{key}'] });
    const old = scene.last;
    old.send(opening);
    old.askToReconnect();
    scene.last.end('lost', 'refused');
    old.send('P2@1040');
    expect(scene.news).toContain('P2@1040');
    scene.advance(1000);
    expect(scene.urls).toEqual([first, first, first]);
    scene.last.send('VH1@0 K1@1000 P2@1040 P3@1080');
    expect(old.isClosed).toBe(true);
    expect(scene.news).toBe('P3@1080');
  });
});
