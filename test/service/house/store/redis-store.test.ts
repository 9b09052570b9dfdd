import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Decisions, StoreError } from '../../../../src/service/house/store/house-store.ts';
import { RedisStore } from '../../../../src/service/house/store/redis-store.ts';
import { systemClock } from '../../../../src/stream/clock.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { readText } from '../../../support/markdown.ts';
import { startRedis, type TestRedis } from '../../../support/redis.ts';
import { relayEntry, StoreScene } from '../../../support/store-scene.ts';

let redis: TestRedis;
let scene: StoreScene;
beforeEach(async () => {
  redis = await startRedis();
  scene = await StoreScene.make();
});
afterEach(async () => {
  await scene[Symbol.asyncDispose]();
  await redis[Symbol.asyncDispose]();
});

const drain =
  (...draining: readonly string[]) =>
  (decisions: Decisions): Decisions => ({ ...decisions, draining });

/** Resolves with what is decided as soon as these relays drain. */
async function draining(store: RedisStore, ...relays: readonly string[]): Promise<void> {
  const holds = ({ draining: now }: Decisions): boolean => now.join() === relays.join();
  const { promise, resolve } = Promise.withResolvers<void>();
  const stop = store.onDecisions((decisions) => holds(decisions) && resolve());
  if (!holds(store.decisions)) await promise;
  stop();
}

/** Resolves when a house hears that this one has come. */
function arrival(store: RedisStore, house: string): Promise<void> {
  return new Promise((resolve) => {
    const stop = store.hear(({ what }, from) => {
      if (what !== 'arrived' || from !== house) return;
      stop();
      resolve();
    });
  });
}

test('while Redis is away a house goes on with what it knows, decides nothing, and says so once', async () => {
  const store = await scene.redis(redis);
  await store.decide(drain('a'));
  await redis.kill();
  await scene.log.waitFor('store', {}, { count: 2 });
  expect(store.isThere).toBe(false);
  expect(store.decisions.draining).toEqual(['a']);
  const decided = store.decide(drain('b'));
  await expect(decided).rejects.toThrow(StoreError);
  await expect(decided).rejects.toThrow(
    /^Redis at unix:.* is away: nothing can be decided until it is back$/,
  );
  store.tell({ what: 'unlinked', relay: 'a' }); // nobody hears it
  expect(store.decisions.draining).toEqual(['a']);
  await redis.restart();
  await scene.log.waitFor('store', {}, { count: 3 });
  const texts = scene.log.find('store').map(({ text }) => text);
  expect(texts[0]).toMatch(/^shares with other houses by Redis at unix:/);
  expect(texts[1]).toMatch(
    /cannot be used \(.+\): this house goes on with what it knows, and nothing can be decided$/,
  );
  expect(texts[2]).toMatch(/is back after \d+ s$/);
  expect(store.isThere).toBe(true);
});

test('a Redis that has lost its memory gets it back from the house that knows the latest', async () => {
  const one = await scene.redis(redis, 'one');
  const other = await scene.redis(redis, 'other');
  await one.decide(drain('a'));
  await draining(other, 'a');
  await redis.restart();
  await scene.log.waitFor('store', {}, { count: 6 });
  expect(JSON.parse(await redis.ask('HGET', 'test:v1:decisions', 'text'))).toMatchObject({
    decisions: { draining: ['a'] },
  });
  await other.decide(drain('a', 'b'));
  await draining(one, 'a', 'b');
});

test('a house starts without Redis from the copy in its folder, and takes over what was decided meanwhile', async () => {
  await (await scene.redis(redis, 'one')).decide(drain('a'));
  await scene.close();
  const other = await scene.redis(redis, 'other');
  await redis.kill();
  const again = await scene.redis(redis, 'one');
  expect(again.isThere).toBe(false);
  expect(again.decisions.draining).toEqual(['a']);
  await redis.restart();
  await scene.log.waitFor('store', {}, { count: 6 });
  await other.decide(drain('a', 'b'));
  await draining(again, 'a', 'b');
});

test('of two lines of decisions that of Redis holds: a house that was alone changes nothing for the others', async () => {
  const alone = await scene.file('alone');
  for (const relay of ['x', 'y', 'z']) await alone.decide(drain(relay));
  await alone.close();
  await scene.close();
  const store = await scene.redis(redis, 'one');
  await store.decide(drain('a'));
  const joined = await scene.redis(redis, 'alone');
  expect(joined.decisions.draining).toEqual(['a']);
  expect(store.decisions.draining).toEqual(['a']);
});

test('a house that was alone brings its decisions to a Redis that has none', async () => {
  const alone = await scene.file('alone');
  await alone.decide(drain('x'));
  await scene.close();
  const joined = await scene.redis(redis, 'alone');
  expect(joined.decisions.draining).toEqual(['x']);
  expect((await scene.redis(redis, 'other')).decisions.draining).toEqual(['x']);
});

test('a broken copy is set aside, for Redis has what counts', async () => {
  const store = await scene.redis(redis);
  await store.decide(drain('a'));
  await scene.close();
  const copy = join(scene.folder, 'house', 'decisions.json');
  await writeFile(copy, '{"vers');
  expect((await scene.redis(redis)).decisions.draining).toEqual(['a']);
  expect(await readFile(`${copy}.broken`, 'utf8')).toBe('{"vers');
  expect(scene.log.find('store').find(({ level }) => level === 'error')?.text).toContain('is not JSON');
});

test('a Redis that hangs is away, and what it was asked for is not decided', async () => {
  const clock = new FakeClock();
  const store = await scene.redis(redis, 'house', clock);
  await store.decide(drain('a'));
  redis.freeze();
  const decided = expect(store.decide(drain('b'))).rejects.toThrow('no answer in time');
  while (store.isThere) {
    clock.advance(500);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await decided;
  expect(store.decisions.draining).toEqual(['a']);
  redis.thaw();
});

test.each([
  { what: 'no JSON', message: 'hello' },
  { what: 'something else', message: '{"from": "x", "news": {"what": "kill"}}' },
  {
    what: 'a report that no relay makes',
    message: '{"from": "x", "news": {"what": "report", "relay": "a"}}',
  },
  { what: 'places that are none', message: '{"from": "x", "news": {"what": "placed", "places": [[1, 2]]}}' },
])('$what is left out, and told of', async ({ message }) => {
  const store = await scene.redis(redis);
  const heard: unknown[] = [];
  store.hear((news) => heard.push(news));
  await redis.ask('PUBLISH', 'test:v1:news', message);
  await redis.ask('PUBLISH', 'test:v1:news', '{"from": "y", "news": {"what": "unlinked", "relay": "a"}}');
  await scene.log.waitFor('store', {}, { count: 2 });
  expect(scene.log.find('store')[1]?.text).toMatch(/^left out a message from Redis: it is not/);
  while (heard.length === 0) await new Promise((resolve) => setImmediate(resolve));
  expect(heard).toEqual([{ what: 'unlinked', relay: 'a' }]);
});

test('a message that is too long is left out', async () => {
  await scene.redis(redis);
  const script = "return redis.call('PUBLISH', 'test:v1:news', string.rep('a', 1200000))";
  await redis.ask('EVAL', script, '0');
  const { text } = await scene.log.waitFor('store', {}, { count: 2 });
  expect(text).toMatch(/^left out a message from Redis: it has 1200000 characters, limit \d+$/);
});

test('decisions in Redis that nobody understands are not written over, and the house goes on with its own', async () => {
  const store = await scene.redis(redis);
  await store.decide(drain('a'));
  await redis.ask('HSET', 'test:v1:decisions', 'stamp', 'other:9', 'text', 'garbage');
  await redis.ask('PUBLISH', 'test:v1:news', '{"from": "y", "news": {"what": "decided"}}');
  await expect(store.decide(drain('b'))).rejects.toThrow(/test:v1:decisions is not JSON/);
  expect(store.decisions.draining).toEqual(['a']);
  expect(await redis.ask('HGET', 'test:v1:decisions', 'text')).toBe('garbage');
});

test('the access list in docs/houses.md lets a house do all that it does', async () => {
  const [, name = '', rules = ''] = /^user (\w+) (on .*)$/m.exec(readText('docs/houses.md')) ?? [];
  const [, password = ''] = / >(\S+) /.exec(rules) ?? [];
  expect(await redis.ask('ACL', 'SETUSER', name, ...rules.split(' '))).toBe('OK');
  const place = { ...redis.place, username: name, password };
  const open = async (house: string): Promise<RedisStore> => {
    const host = { ...(await scene.host(house)), clock: systemClock };
    return RedisStore.open({ place, tls: {}, prefix: 'streampump:' }, host);
  };
  const [one, other] = [await open('one'), await open('other')];
  await one.decide(drain('a'));
  await draining(other, 'a');
  one.roster.put([relayEntry('a')]);
  await one.roster.synchronize();
  expect(await redis.ask('ACL', 'LOG')).toBe('');
  await Promise.all([one.close(), other.close()]);
});

test('a house that comes asks the others for what they know', async () => {
  const one = await scene.redis(redis, 'one');
  const heard: string[] = [];
  const came = new Promise<void>((resolve) => {
    one.hear(({ what }, from) => {
      heard.push(`${what} ${from}`);
      resolve();
    });
  });
  const other = await scene.redis(redis, 'other');
  await came;
  expect(heard).toEqual([`arrived ${other.house}`]);
});

test('a house that comes back asks the others, and tells them what they have missed, whoever is back first', async () => {
  const one = await scene.redis(redis, 'one');
  const other = await scene.redis(redis, 'other');
  const own = Promise.all([arrival(one, one.house), arrival(other, other.house)]);
  const latter = Promise.race([arrival(one, other.house), arrival(other, one.house)]);
  await redis.restart();
  await Promise.all([own, latter]);
});

test('a house without a file goes by the roster of one with a file, whose keys nobody reads in Redis', async () => {
  const withFile = await scene.redis(redis, 'one');
  const without = await scene.redis(redis, 'other');
  const entries = [relayEntry('a'), relayEntry('b', { parent: 'a' })];
  const changed = new Promise<void>((resolve) => void without.roster.onChange(() => resolve()));
  expect(without.roster.entries).toBeUndefined();
  withFile.roster.put(entries);
  await changed;
  expect(without.roster.entries?.map(({ id, parent }) => [id, parent])).toEqual([
    ['a', null],
    ['b', 'a'],
  ]);
  expect(await redis.ask('HGET', 'test:v1:roster', 'text')).not.toContain('secret-of');
  const stamp = await redis.ask('HGET', 'test:v1:roster', 'stamp');
  withFile.roster.put(entries); // the same: nothing happens
  await withFile.roster.synchronize();
  expect(await redis.ask('HGET', 'test:v1:roster', 'stamp')).toBe(stamp);
});

test('a roster that was put while Redis was away comes there, and outlasts both in the folder', async () => {
  const store = await scene.redis(redis, 'one');
  await redis.kill();
  await scene.log.waitFor('store', {}, { count: 2 });
  store.roster.put([relayEntry('a')]);
  await redis.restart();
  await scene.log.waitFor('store', {}, { count: 3 });
  expect(await redis.ask('HGET', 'test:v1:roster', 'text')).toContain('"id":"a"');
  await scene.close();
  await redis.kill();
  const again = await scene.redis(redis, 'one');
  expect(again.roster.entries?.map(({ id }) => id)).toEqual(['a']);
});
