import { describe, expect, test } from 'vitest';
import { CacheBudget } from '../../../../src/stream/cache/cache-budget.ts';
import type { FakePlayer } from '../../../support/fake-player.ts';
import { settings } from '../../../support/fake-studio.ts';
import { type WorkerPublisher, WorkerScene } from '../../../support/worker-scene.ts';

const opening = 'VH1@0 AH1@0 K1@0 A2@10 P3@40';

/** Three workers: the home of the stream, that of its publisher, and another one with a player. */
class MoveScene implements AsyncDisposable {
  readonly workers: WorkerScene;
  readonly publisher: WorkerPublisher;
  readonly near: FakePlayer;
  readonly far: FakePlayer;

  private constructor(workers: WorkerScene, publisher: WorkerPublisher) {
    this.workers = workers;
    this.publisher = publisher;
    this.near = workers.worker(1).play('live/a');
    this.far = workers.worker(2).play('live/a');
  }

  static async start(changes: ConstructorParameters<typeof WorkerScene>[1] = {}): Promise<MoveScene> {
    const workers = new WorkerScene(3, changes);
    workers.worker(0).play('live/a'); // so that it is the home
    await workers.settle();
    const scene = new MoveScene(workers, workers.worker(1).publish('live/a', 'encoder'));
    await workers.settle();
    return scene;
  }

  async send(script: string): Promise<void> {
    this.publisher.send(script);
    await this.workers.settle(100);
  }

  /** What worker 0 sends does not get to another one any more. */
  cutOff(worker: number): void {
    const [port] = this.workers.worker(worker).ports;
    port?.removeAllListeners('message');
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.workers[Symbol.dispose]();
    return Promise.resolve();
  }
}

describe('the home of a stream dies, and its publisher in another worker stays: nothing is missing and nothing comes twice', () => {
  test('what the publisher has sent while there was no home', async () => {
    await using scene = await MoveScene.start();
    await scene.send(opening);
    for (const port of scene.workers.worker(0).ports) port.close();
    await scene.send('A4@60 P5@80 K6@120 A7@130 P8@160');
    await scene.workers.kill(0);
    await scene.send('A9@190 P10@200');
    for (const player of [scene.near, scene.far]) {
      expect(player.calls).toEqual(['start']);
      expect(player.seen).toBe(`${opening} A4@60 P5@80 K6@120 A7@130 P8@160 A9@190 P10@200`);
    }
  });

  test.for([1, 2])('what the home did not give worker %i any more', async (worker) => {
    await using scene = await MoveScene.start();
    await scene.send(opening);
    scene.cutOff(worker);
    await scene.send('P4@80 K5@120 P6@160');
    await scene.workers.kill(0);
    await scene.send('P7@200 K8@240');
    for (const player of [scene.near, scene.far])
      expect(player.seen).toBe(`${opening} P4@80 K5@120 P6@160 P7@200 K8@240`);
  });

  test('of a worker whose first player has come after the keyframe before the latest', async () => {
    await using scene = await MoveScene.start();
    scene.workers.worker(2).dismiss('live/a');
    for (let i = 0; i < 8; i++) await scene.workers.settle(250);
    await scene.send(opening);
    await scene.send('K4@400 P5@440');
    const late = scene.workers.worker(2).play('live/a');
    await scene.workers.settle(100);
    await scene.workers.kill(0);
    await scene.send('P6@480');
    expect(late.seen).toBe('VH1@400 AH1@400 K4@400 P5@440 P6@480');
    expect(scene.near.seen).toBe(`${opening} K4@400 P5@440 P6@480`);
  });

  test('where the new home had nothing of the stream', async () => {
    using workers = new WorkerScene(3);
    workers.worker(0).play('live/a');
    await workers.settle();
    const publisher = workers.worker(1).publish('live/a', 'encoder');
    const player = workers.worker(2).play('live/a');
    await workers.settle();
    publisher.send(opening);
    await workers.settle(100);
    await workers.kill(0);
    publisher.send('P4@80 K5@120');
    await workers.settle(100);
    expect(workers.worker(1).registry.get('live/a')?.source?.address).toBe('encoder');
    expect(player.seen).toBe(`${opening} P4@80 K5@120`);
  });

  test('where the timeline of the stream is not that of the publisher', async () => {
    await using scene = await MoveScene.start();
    await scene.send(opening);
    scene.publisher.publication.leave('lost');
    const again = scene.workers.worker(1).publish('live/a', 'again');
    await scene.workers.settle(500);
    again.send('VH1@0 AH1@0 K4@0:100 A5@10:100 P6@40:100');
    await scene.workers.settle(100);
    scene.workers.worker(1).dismiss('live/a');
    for (let i = 0; i < 8; i++) await scene.workers.settle(250);
    again.send('K7@2000:100 A8@2010:100');
    await scene.workers.settle(100);
    const late = scene.workers.worker(1).play('live/a');
    await scene.workers.settle(100);
    await scene.workers.kill(0);
    again.send('P9@2040:100');
    await scene.workers.settle(100);
    const first = scene.far.messages.find(({ payload }) => payload.length === 100)?.timestamp ?? 0;
    expect(first).toBeGreaterThan(40);
    const placed = (script: string): string =>
      script.replaceAll(/@(\d+)/g, (_, timestamp) => `@${first + Number(timestamp)}`);
    const group = 'K7@2000 A8@2010 P9@2040';
    expect(scene.far.seen).toBe(`${opening} ${placed(`VH1@0 AH1@0 K4@0 A5@10 P6@40 ${group}`)}`);
    expect(late.seen).toBe(placed(`VH1@2000 AH1@2000 ${group}`));
  });

  test('what the publisher sends before the new home, another worker, has answered', async () => {
    using workers = new WorkerScene(3);
    for (const index of [0, 1]) {
      workers.worker(index).play('live/a');
      await workers.settle();
    }
    const publisher = workers.worker(2).publish('live/a', 'encoder');
    const player = workers.worker(2).play('live/a');
    await workers.settle();
    publisher.send(opening);
    await workers.settle(100);
    const killed = workers.kill(0, true);
    publisher.send('K4@80 A5@90');
    await killed;
    publisher.send('P6@120');
    await workers.settle(100);
    expect(player.seen).toBe(`${opening} K4@80 A5@90 P6@120`);
  });

  test('twice in a row', async () => {
    using workers = new WorkerScene(4);
    for (const home of [0, 1]) {
      workers.worker(home).play('live/a');
      await workers.settle();
    }
    const publisher = workers.worker(2).publish('live/a', 'encoder');
    const player = workers.worker(3).play('live/a');
    await workers.settle();
    publisher.send(opening);
    await workers.settle(100);
    await workers.kill(0);
    publisher.send('P4@80 K5@120');
    await workers.settle(100);
    await workers.kill(1);
    publisher.send('P6@160');
    await workers.settle(100);
    expect(player.seen).toBe(`${opening} P4@80 K5@120 P6@160`);
  });
});

test('a relay that publishes to another worker than the home of the stream is told how far that is, and goes on there', async () => {
  using workers = new WorkerScene(2);
  const player = workers.worker(0).play('live/a');
  await workers.settle();
  const first = workers.worker(1).publishRelayed('live/a');
  await workers.settle();
  expect(first.publication.resumePoint).toBeUndefined();
  first.send(opening);
  await workers.settle(100);
  first.publication.leave('lost');
  const again = workers.worker(1).publishRelayed('live/a');
  await workers.settle();
  expect(again.publication.resumePoint).toMatchObject({
    from: 'frame',
    marks: [{ timestamp: 10 }, { timestamp: 40 }],
  });
  again.send('VH1@0 AH1@0 A2@10 P3@40 P4@80');
  await workers.settle(100);
  expect(player.seen).toBe(`${opening} P4@80`);
  const encoder = workers.worker(1).publish('live/a', 'encoder');
  await workers.settle();
  expect(encoder.publication.resumePoint).toBeUndefined();
});

test('without cache.resumeMs the stream goes on at the next keyframe', async () => {
  await using scene = await MoveScene.start({ cache: { ...settings.cache, resumeMs: 0 } });
  await scene.send(opening);
  await scene.workers.kill(0);
  await scene.send('P4@80 K5@120');
  for (const { news, seen } of [scene.near, scene.far]) {
    expect(seen.startsWith(opening)).toBe(true);
    expect(news).toMatch(/ K5@\d+$/);
    expect(news).not.toContain('P4@');
  }
});

test('what is kept of a publisher whose stream is kept elsewhere is counted, until it leaves or has the stream', async () => {
  const budget = new CacheBudget(2 ** 24);
  using workers = new WorkerScene(2, { cache: { ...settings.cache, budget } });
  for (const end of ['leaves', 'moves'] as const) {
    const key = `live/${end}`;
    workers.worker(0).play(key);
    await workers.settle();
    const publisher = workers.worker(1).publish(key, 'encoder');
    await workers.settle();
    publisher.send(`VH1@0 K1@0:100000 P2@40:100000`);
    await workers.settle(100);
    expect(budget.bytes).toBeGreaterThan(400_000); // there, and at the home
    if (end === 'leaves') {
      publisher.publication.leave('ended');
      await workers.settle();
      expect(budget.bytes).toBe(0);
    } else {
      workers.worker(0).registry.get(key)?.end('shutdown');
      expect(budget.bytes).toBeLessThan(400_000);
      await workers.kill(0);
      publisher.send('P3@80');
      await workers.settle(100);
      expect(workers.worker(1).registry.get(key)?.broadcast.cache.bytes).toBe(budget.bytes);
    }
  }
});
