import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { wordOf } from '../../../support/fake-media.ts';
import { type WorkerPublisher, WorkerScene } from '../../../support/worker-scene.ts';

const opening = 'VH1@0 AH1@0 K1@0 P2@40';

/** Lets sweeps and lingering copies come to their end. */
async function rest(scene: WorkerScene): Promise<void> {
  for (let i = 0; i < 10; i++) await scene.settle(250);
}

test('publish and play of a new key at the same moment in different workers find each other', async () => {
  using scene = new WorkerScene();
  for (const [i, first] of [0, 1].entries()) {
    const key = `live/${i}`;
    const player = first === 0 ? scene.worker(0).play(key) : undefined;
    const publisher = scene.worker(1).publish(key, 'encoder');
    const late = player ?? scene.worker(0).play(key);
    await scene.settle();
    publisher.send(opening);
    await scene.settle(100);
    expect(late.seen).toBe(opening);
  }
});

test('parts of a series come to any worker in turn: none is before the one that has paused, and nothing is missing', async () => {
  using scene = new WorkerScene(3);
  const players = scene.workers.map((worker) => worker.play('live/a'));
  const parts = [opening, 'P3@80', 'P4@120', 'P5@160'];
  for (const [index, part] of parts.entries()) {
    const publisher = scene.worker((index + 1) % 3).publishPart('live/a', 'series');
    await scene.settle();
    publisher.send(part);
    await new Promise<void>((resolve) => publisher.publication.leave('paused', resolve));
    expect(publisher.publication.goesOnFrom?.map(wordOf)).toEqual(
      index === 0 ? undefined : ['VH1@0', 'AH1@0'],
    );
  }
  await scene.settle(100);
  expect(players.map(({ seen }) => seen)).toEqual(players.map(() => parts.join(' ')));
});

test('a pause is over when the worker that keeps the stream is gone', async () => {
  using scene = new WorkerScene();
  scene.worker(0).play('live/a');
  await scene.settle();
  const publisher = scene.worker(1).publishPart('live/a', 'series');
  await scene.settle();
  publisher.send(opening);
  const paused = new Promise<void>((resolve) => publisher.publication.leave('paused', resolve));
  await scene.kill(0);
  await paused;
});

test('a worker that lets go of a key and asks for it again in the same moment stays counted', async () => {
  using scene = new WorkerScene();
  scene.worker(0).play('live/a');
  await scene.settle();
  scene.worker(0).registry.get('live/a')?.end('shutdown'); // nothing is left of it here
  await scene.settle(249);
  const publisher = scene.worker(0).publish('live/a', 'encoder'); // the question is under way while the sweep looks
  await scene.settle(2);
  const far = scene.worker(1).play('live/a');
  await scene.settle();
  publisher.send(opening);
  await scene.settle(100);
  expect(far.seen).toBe(opening);
});

test('the main thread is asked once where a stream is kept, and not where it has told that along with something else', async () => {
  using scene = new WorkerScene();
  const worker = scene.worker(0);
  for (let i = 0; i < 3; i++) {
    worker.play('live/a');
    await scene.settle();
  }
  expect(worker.asked).toEqual([['live/a']]);
  const told = Promise.resolve({ home: scene.directory.find(['live/b'], 0).home });
  expect(await worker.homes.learn('live/b', told)).toEqual({ home: 0 });
  worker.play('live/b');
  await scene.settle();
  expect(await worker.homes.learn('live/c', Promise.resolve({ refused: 'share-limit' }))).toEqual({
    refused: 'share-limit',
  });
  expect(worker.asked).toHaveLength(1);
  for (const stream of [...worker.registry.streams()]) stream.end('shutdown');
  await rest(scene);
  expect(scene.directory.size).toBe(0);
  worker.play('live/a');
  await scene.settle();
  expect(worker.asked).toHaveLength(2);
});

test('nothing is left of 500 keys that were published, played and missed', async () => {
  using scene = new WorkerScene();
  const publishers: WorkerPublisher[] = [];
  for (let i = 0; i < 500; i++) {
    const key = `live/${i}`;
    const publisher = i % 3 === 0 ? undefined : scene.worker(i % 2).publish(key, 'encoder');
    if (publisher !== undefined) publishers.push(publisher);
    scene.worker((i + 1) % 2).play(key);
    if (i % 50 !== 49) continue;
    await scene.settle();
    publisher?.send(opening);
  }
  await scene.settle();
  expect(scene.directory.size).toBe(500);
  for (const { publication } of publishers) publication.leave('ended');
  for (const { registry } of scene.workers) for (const stream of registry.streams()) stream.end('ended');
  await scene.settle(15_000);
  await rest(scene);
  expect(scene.directory.size).toBe(0);
  for (const { registry } of scene.workers) expect([...registry.streams()]).toEqual([]);
});

test('takeover across workers: the one who was there is told by whom', async () => {
  using scene = new WorkerScene(3);
  const publishers = [];
  for (const worker of [1, 2, 0]) {
    const publisher = scene.worker(worker).publish('live/a', `encoder ${worker}`);
    await scene.settle();
    publisher.send('VH1@0 K1@0');
    await scene.settle(11_000);
    publishers.push(publisher);
  }
  expect(publishers.map(({ replacedBy }) => replacedBy)).toEqual([['encoder 2'], ['encoder 0'], []]);
});

test('a publisher in another worker has the stream from its first keyframe on, and knows it', async () => {
  using scene = new WorkerScene(2);
  const first = scene.worker(0).publish('live/a', 'first');
  await scene.settle();
  first.send('VH1@0 K1@0');
  const second = scene.worker(1).publish('live/a', 'second');
  await scene.settle();
  second.send('VH2@0 P2@0');
  await scene.settle(100);
  expect([first.replacedBy, second.publication.counts]).toEqual([[], false]);
  second.send('K3@40');
  await scene.settle(100);
  expect([first.replacedBy, second.publication.counts]).toEqual([['second'], true]);
  expect(scene.worker(0).registry.get('live/a')?.source?.address).toBe('second');
});

test('a publisher in another worker counts before its first keyframe while nobody else is live', async () => {
  using scene = new WorkerScene(2);
  scene.worker(0).play('live/a'); // so that it is the home
  await scene.settle();
  const publisher = scene.worker(1).publish('live/a', 'encoder');
  await scene.settle();
  publisher.send('VH1@0 P1@0');
  await scene.settle(100);
  expect(publisher.publication.counts).toBe(true);
});

test('with reject the second publisher is refused whatever worker it is in', async () => {
  using scene = new WorkerScene(2, { onConflict: 'reject' });
  for (const first of [0, 1]) {
    const key = `live/${first}`;
    scene.worker(first).publish(key, 'the first');
    await scene.settle();
    const second = scene.worker(1 - first).publish(key, 'the second');
    await scene.settle();
    expect(second.answer).toEqual({ conflict: `stream ${key} is already being published` });
  }
});

test.for([
  { order: 'its ports close first', isMainFirst: false },
  { order: 'the main thread tells first', isMainFirst: true },
])(
  'the home of a stream dies, $order: publisher and players elsewhere go on, and nothing is missing',
  async ({ isMainFirst }) => {
    using scene = new WorkerScene(3, { onConflict: 'reject', graceMs: 0 });
    scene.worker(0).play('live/a'); // so that it is the home
    await scene.settle();
    const publisher = scene.worker(1).publish('live/a', 'encoder');
    const [near, far] = [scene.worker(1).play('live/a'), scene.worker(2).play('live/a')];
    await scene.settle();
    publisher.send(opening);
    await scene.settle(100);
    expect([near.news, far.news]).toEqual([opening, opening]);

    await scene.kill(0, isMainFirst);
    publisher.send('P3@80 K4@120 P5@160');
    await scene.settle(100);
    publisher.send('K6@200');
    await scene.settle(100);
    for (const player of [near, far]) {
      expect(player.calls).toEqual(['start']);
      expect(player.news).toBe('P3@80 K4@120 P5@160 K6@200');
    }
    publisher.publication.leave('ended');
    await scene.settle();
    expect([near.calls, far.calls]).toEqual([
      ['start', 'ended'],
      ['start', 'ended'],
    ]);
    await rest(scene);
    expect(scene.directory.size).toBe(0);
  },
);

test('the publisher dies with the home: players elsewhere wait for it as long as for any other', async () => {
  using scene = new WorkerScene(2);
  const lost = scene.worker(0).publish('live/a', 'lost');
  const player = scene.worker(1).play('live/a');
  await scene.settle();
  lost.send(opening);
  await scene.settle(100);
  await scene.kill(0);
  await scene.settle(9000);
  expect(player.calls).toEqual(['start']);
  const next = scene.worker(1).publish('live/a', 'next');
  await scene.settle();
  next.send('VH1@0 K5@0');
  await scene.settle(100);
  expect(player.news).toMatch(/K5@\d+$/);
  next.publication.leave('lost');
  await scene.settle(11_000);
  expect(player.calls).toEqual(['start', 'ended']);
});

test('a publisher that asks while the home is dying is led to the new one', async () => {
  using scene = new WorkerScene(2);
  scene.worker(0).play('live/a');
  await scene.settle();
  const links = [...scene.worker(1).peers.values()];
  for (const link of links) link.close(); // the main thread does not know it yet
  const publisher = scene.worker(1).publish('live/a', 'encoder');
  const player = scene.worker(1).play('live/a');
  await scene.settle();
  expect(publisher.answer).toBeUndefined();
  await scene.kill(0);
  publisher.send(opening);
  await scene.settle(100);
  expect(player.seen).toBe(opening);
});

test('a publisher of a worker that died is lost to the home at once', async () => {
  using scene = new WorkerScene(2);
  const player = scene.worker(0).play('live/a');
  await scene.settle();
  const publisher = scene.worker(1).publish('live/a', 'encoder');
  await scene.settle();
  publisher.send(opening);
  await scene.settle(100);
  await scene.kill(1);
  expect(scene.worker(0).registry.get('live/a')?.state).toBe('grace');
  await scene.settle(10_000);
  expect(player.calls).toEqual(['start', 'ended']);
});

describe('a publisher that goes before the home has answered', () => {
  test('does not wait for the answer', async () => {
    using scene = new WorkerScene();
    scene.directory.find(['live/a'], 1);
    for (const port of scene.worker(1).ports) port.removeAllListeners('message'); // it hangs
    const leaving = new AbortController();
    const publisher = scene.worker(0).publish('live/a', 'encoder', leaving.signal);
    await scene.settle();
    expect(publisher.answer).toBeUndefined();
    leaving.abort();
    await nextTurn();
    expect(publisher.answer).toBeDefined();
  });

  test('leaves there', async () => {
    using scene = new WorkerScene();
    scene.directory.find(['live/a'], 1);
    const leaving = new AbortController();
    scene.worker(0).publish('live/a', 'encoder', leaving.signal);
    await nextTurn();
    leaving.abort();
    await scene.settle();
    expect(scene.worker(1).registry.get('live/a')).toBeUndefined();
  });

  test('stays when it has its answer', async () => {
    using scene = new WorkerScene();
    scene.directory.find(['live/a'], 1);
    const deciding = new AbortController();
    const publisher = scene.worker(0).publish('live/a', 'encoder', deciding.signal);
    await scene.settle();
    deciding.abort();
    publisher.send(opening);
    await scene.settle();
    expect(scene.worker(1).registry.get('live/a')?.state).toBe('live');
  });
});
