import { describe, expect, test } from 'vitest';
import type { PullSource } from '../../../../src/config/stream-settings.ts';
import { carriedOf } from '../../../../src/service/relay/status/stream-status.ts';
import { frames } from '../../../support/fake-media.ts';
import { type SceneWorker, WorkerScene } from '../../../support/worker-scene.ts';

const opening = 'M1@0 VH1@0 AH1@0 K1@0 A1@10 P2@40';
const seenOpening = 'M1@0 VH1@0 AH1@0 K1@0 A1@10 P2@40';
const pull: PullSource = {
  type: 'pull',
  urls: ['rtmp://up/x'],
  format: 'auto',
  start: 'onDemand',
  lingerMs: 0,
  silenceMs: 5000,
  redirectHosts: [],
};

test('players of every worker get the same, whoever came first', async () => {
  using scene = new WorkerScene(3);
  const [here, there, third] = [scene.worker(0), scene.worker(1), scene.worker(2)];
  const early = there.play('live/a');
  await scene.settle();
  const publisher = here.publish('live/a', 'encoder');
  const near = here.play('live/a');
  await scene.settle();
  publisher.send(opening);
  await scene.settle(100);
  const late = third.play('live/a');
  await scene.settle(100);
  publisher.send('A2@60 P3@80 VH2@120 K4@120');
  await scene.settle(100);
  expect(near.seen).toBe(`${seenOpening} A2@60 P3@80 VH2@120 K4@120`);
  for (const player of [early, late]) expect(player.seen).toBe(near.seen);
});

test('the first player of a worker starts where it asked to: at the latest keyframe, or at the next', async () => {
  using scene = new WorkerScene();
  const publisher = scene.worker(0).publish('live/a', 'encoder');
  await scene.settle();
  publisher.send(opening);
  await scene.settle(100);
  const live = scene.worker(1).play('live/a', 'live');
  const late = scene.worker(1).play('live/a');
  await scene.settle(100);
  expect(late.seen).toBe(seenOpening);
  expect(live.calls).toEqual(['start']);
  expect(live.seen).toBe('');
  publisher.send('K3@80 P4@120');
  await scene.settle(100);
  expect(live.seen).toBe('M1@0 VH1@80 AH1@80 K3@80 P4@120');
});

test('a keyframe group larger than the backlog limit arrives whole; who falls behind then goes on at a keyframe', async () => {
  using scene = new WorkerScene(2, {}, 65_536);
  const publisher = scene.worker(0).publish('live/a', 'encoder');
  await scene.settle();
  publisher.send('VH1@0 K1@0:60000 P2@40:60000 P3@80:60000');
  await scene.settle(100);
  const player = scene.worker(1).play('live/a');
  await scene.settle(100);
  expect(player.news).toBe('VH1@0 K1@0 P2@40 P3@80');
  publisher.send('P4@120:60000 P5@160:60000 P6@200 K7@240'); // in one turn: nothing can be taken meanwhile
  await scene.settle(100);
  publisher.send('P8@280 K9@320 P10@360');
  await scene.settle(100);
  expect(player.news).toBe('P4@120 P5@160 VH1@320 K9@320 P10@360');
  expect(scene.worker(0).registry.get('live/a')?.broadcast.totals.droppedFrames).toBe(3);
});

test('a publisher that is lost and comes back in another worker: one timeline for all', async () => {
  using scene = new WorkerScene(3);
  const [near, far] = [scene.worker(0).play('live/a'), scene.worker(1).play('live/a')];
  await scene.settle();
  const first = scene.worker(1).publish('live/a', 'first');
  await scene.settle();
  first.send(opening);
  await scene.settle(100);
  first.publication.leave('lost');
  await scene.settle(500);
  const waiting = scene.worker(2).play('live/a');
  await scene.settle();
  expect(waiting.calls).toEqual([]); // nothing can be shown to it, as with one worker
  expect([near.news, far.news]).toEqual([seenOpening, seenOpening]);
  const second = scene.worker(2).publish('live/a', 'second');
  await scene.settle();
  second.send('VH1@7 K1@7 P2@47');
  await scene.settle(33);
  second.send('P3@87');
  await scene.settle(100);
  expect(near.news).toMatch(/^VH1@\d+ K1@\d+ P2@\d+ P3@\d+$/);
  expect(Number(near.messages.at(-3)?.timestamp)).toBeGreaterThan(40);
  expect(far.messages).toEqual(near.messages);
  expect(waiting.messages).toEqual(near.messages.slice(-4));
});

test('the grace period is over for the players of all workers, and then nothing is left', async () => {
  using scene = new WorkerScene();
  const publisher = scene.worker(0).publish('live/a', 'encoder');
  const far = scene.worker(1).play('live/a');
  await scene.settle();
  publisher.send(opening);
  await scene.settle(100);
  publisher.publication.leave('lost');
  await scene.settle(9000);
  expect(far.calls).toEqual(['start']);
  await scene.settle(1500);
  expect(far.calls).toEqual(['start', 'ended']);
  for (let i = 0; i < 8; i++) await scene.settle(250);
  expect(scene.directory.size).toBe(0);
  for (const { registry } of scene.workers) expect([...registry.streams()]).toEqual([]);
});

test('a stream that ends and begins again is the same to the players of another worker as to those of its home', async () => {
  using scene = new WorkerScene();
  for (const round of [1, 2]) {
    const publisher = scene.worker(0).publish('live/a', `encoder ${round}`);
    const [near, far] = [scene.worker(0).play('live/a'), scene.worker(1).play('live/a')];
    await scene.settle();
    publisher.send(opening);
    await scene.settle(100);
    publisher.publication.leave('ended');
    await scene.settle();
    for (const { calls, seen } of [near, far])
      expect({ calls, seen }).toEqual({ calls: ['start', 'ended'], seen: seenOpening });
  }
});

test('what copies sent is counted at the home when they end, so that the sum never falls', async () => {
  using scene = new WorkerScene();
  const publisher = scene.worker(0).publish('live/a', 'encoder');
  const near = scene.worker(0).play('live/a');
  const far = scene.worker(1).play('live/a');
  await scene.settle();
  publisher.send(opening);
  await scene.settle(100);
  const sum = (): number =>
    scene.workers.reduce(
      (bytes, { registry }) => bytes + (registry.get('live/a')?.broadcast.totals.sentBytes ?? 0),
      0,
    );
  const sent = sum();
  const home = scene.worker(0).registry.get('live/a');
  const carried = home && carriedOf(home);
  expect(far.messages).toEqual(near.messages);
  scene.worker(1).dismiss('live/a');
  for (let i = 0; i < 8; i++) await scene.settle(250);
  expect(scene.worker(1).registry.get('live/a')).toBeUndefined();
  expect(sum()).toBe(sent);
  expect(home && carriedOf(home)).toEqual(carried); // the home itself has sent no more: its bit rate does not leap
});

test('a stream is pulled where its home is, once, and not found by the players of all workers', async () => {
  using scene = new WorkerScene();
  scene.pull = pull;
  scene.worker(0).play('tv/a');
  await scene.settle();
  scene.worker(1).play('tv/a');
  await scene.settle();
  expect(scene.workers.map(({ pulled }) => new Set(pulled))).toEqual([new Set(['tv/a']), new Set()]);

  const [near, far] = [scene.worker(0).play('tv/b'), scene.worker(1).play('tv/b')];
  await scene.settle();
  const home = scene.worker(scene.worker(0).pulled.includes('tv/b') ? 0 : 1);
  home.registry.get('tv/b')?.refuseWaiting();
  await scene.settle();
  expect([near.calls, far.calls]).toEqual([['not-found'], ['not-found']]);
});

test('a copy whose stream has ended at its home is asked for again by the next player', async () => {
  using scene = new WorkerScene();
  scene.pull = pull;
  scene.worker(0).play('tv/a');
  scene.worker(1).play('tv/a');
  await scene.settle();
  const home = scene.worker(0).pulled.length > 0 ? scene.worker(0) : scene.worker(1);
  const other = scene.worker(1 - home.index);
  const before = home.pulled.length;
  home.registry.get('tv/a')?.end('ended');
  other.play('tv/a');
  await scene.settle();
  expect(home.pulled.length).toBeGreaterThan(before);
  expect(other.pulled).toEqual([]);
});

/** A pull begins to bring a stream to a worker. @returns brings what a script says */
function bring({ registry }: SceneWorker, key: string): { send(script: string): void; lose(): void } {
  const publication = registry.attach(key, { address: 'upstream', mayGoOn: true, onReplaced: () => {} });
  return {
    send: (script) => {
      for (const frame of frames(script)) publication.receive(frame);
    },
    lose: () => publication.leave('away'),
  };
}

test('a stream that goes on where it was when its pull is back goes on in every worker', async () => {
  using scene = new WorkerScene(3);
  scene.pull = pull;
  const players = scene.workers.map((worker) => worker.play('tv/a'));
  await scene.settle();
  const home = scene.worker(0);
  const link = bring(home, 'tv/a');
  link.send(opening);
  await scene.settle(100);
  link.lose();
  await scene.settle(500);
  bring(home, 'tv/a').send('M1@0 VH1@0 AH1@0 A1@10 P2@40 P3@80 K4@120');
  await scene.settle(100);
  for (const player of players) expect(player.seen).toBe(`${opening} P3@80 K4@120`);
});

test('who subscribes while the stream has no source has all of its group when that goes on', async () => {
  using scene = new WorkerScene();
  scene.pull = pull;
  scene.worker(0).play('tv/a');
  await scene.settle();
  const link = bring(scene.worker(0), 'tv/a');
  link.send(opening);
  await scene.settle(100);
  link.lose();
  const far = scene.worker(1).play('tv/a');
  await scene.settle(500);
  bring(scene.worker(0), 'tv/a').send('P2@40 P3@80');
  await scene.settle(100);
  expect(far.seen).toBe(`${opening} P3@80`);
});

test('what an encoder repeats is the same to the players of another worker as to those of its home', async () => {
  using scene = new WorkerScene();
  const [near, far] = [scene.worker(0).play('live/a'), scene.worker(1).play('live/a')];
  await scene.settle();
  for (const round of [1, 2]) {
    const publisher = scene.worker(0).publish('live/a', `encoder ${round}`);
    await scene.settle();
    publisher.send('VH1@0 K1@0:100 P2@40:100');
    await scene.settle(100);
    publisher.publication.leave('lost');
    await scene.settle(100);
  }
  expect(far.messages).toEqual(near.messages);
  expect(far.messages).toHaveLength(6);
});

describe('the home of a pulled stream dies', () => {
  test('the next one tells its upstream how far it is, and everybody gets what follows once', async () => {
    using scene = new WorkerScene(3);
    scene.pull = pull;
    const players = scene.workers.map((worker) => worker.play('tv/a'));
    await scene.settle();
    bring(scene.worker(0), 'tv/a').send(opening);
    await scene.settle(100);
    const point = scene.worker(0).registry.get('tv/a')?.resumePoint;
    await scene.kill(0);
    const next = scene.worker(scene.directory.find(['tv/a'], 1).home);
    expect(next.pulled).toContain('tv/a');
    expect(next.registry.get('tv/a')?.resumePoint).toEqual(point);
    expect(point).toMatchObject({ from: 'frame', marks: [{ timestamp: 10 }, { timestamp: 40 }] });
    bring(next, 'tv/a').send('M1@0 VH1@0 AH1@0 A1@10 P2@40 P3@80 K4@120');
    await scene.settle(100);
    for (const player of players.slice(1)) {
      expect(player.calls).toEqual(['start']);
      expect(player.seen).toBe(`${opening} P3@80 K4@120`);
    }
  });

  test('the next one has nothing of it: it knows how far another worker is, and begins at the keyframe before', async () => {
    using scene = new WorkerScene(3);
    scene.pull = pull;
    scene.worker(0).play('tv/a');
    await scene.settle();
    await scene.worker(1).homes.find(['tv/a']); // only asked
    const player = scene.worker(2).play('tv/a');
    await scene.settle();
    bring(scene.worker(0), 'tv/a').send(opening);
    await scene.settle(100);
    await scene.kill(0);
    const next = scene.worker(1);
    expect(next.pulled).toContain('tv/a');
    expect(next.registry.get('tv/a')?.resumePoint).toMatchObject({
      from: 'keyframe',
      marks: [{ timestamp: 10 }, { timestamp: 40 }],
    });
    bring(next, 'tv/a').send(`${opening} P3@80 K4@120`);
    await scene.settle(100);
    expect(player.seen).toBe(`${opening} P3@80 K4@120`);
  });

  test('a worker that is behind the next home has what it lacks, though there is a keyframe in it', async () => {
    using scene = new WorkerScene(3);
    scene.pull = pull;
    const players = scene.workers.map((worker) => worker.play('tv/a'));
    await scene.settle();
    const link = bring(scene.worker(0), 'tv/a');
    link.send(opening);
    await scene.settle(100);
    scene.worker(2).ports[0]?.removeAllListeners('message');
    link.send('P3@80 K4@120 P5@160');
    await scene.settle(100);
    await scene.kill(0);
    bring(scene.worker(1), 'tv/a').send('A1@10 K4@120 P5@160 P6@200');
    await scene.settle(100);
    for (const player of players.slice(1)) expect(player.seen).toBe(`${opening} P3@80 K4@120 P5@160 P6@200`);
  });
});
