import fc from 'fast-check';
import { expect, test } from 'vitest';
import { relaySettings } from '../../../../src/config/relay-settings.ts';
import type { ListWish } from '../../../../src/service/admin/list-wish.ts';
import type { ListPart } from '../../../../src/service/admin/relay-status.ts';
import { SessionTable } from '../../../../src/service/listen/session-table.ts';
import { RelayLists } from '../../../../src/service/relay/status/relay-lists.ts';
import type { Session, SessionActivity } from '../../../../src/session/session.ts';
import type { MediaFamily } from '../../../../src/stream/media-family.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { frames as framesOf } from '../../../support/fake-media.ts';
import { FakePlayer } from '../../../support/fake-player.ts';
import { FakeStudio, form } from '../../../support/fake-studio.ts';
import { toyFrame } from '../../../support/toy-family.ts';

const { limits } = relaySettings.parse({
  limits: { pendingSessions: 100_000, pendingSessionsPerAddress: 100_000 },
});

function session(number: number, more: Partial<Session> = {}, ...keys: string[]): Session {
  const activities = keys.map((key) => ({ key, standing: () => undefined }) as unknown as SessionActivity);
  return {
    id: `c${number}`,
    protocol: 'rtmp',
    address: '192.0.2.1',
    via: undefined,
    role: 'player',
    isOpen: true,
    isTls: false,
    serverName: undefined,
    client: '',
    since: 0,
    receivedBytes: 1,
    sentBytes: 2,
    partialBytes: 0,
    backlogBytes: 3,
    activities: () => activities,
    askToReconnect: () => false,
    dismiss() {},
    destroy() {},
    ...more,
  };
}

/** The lists of a thread with a stream, and with sessions that are none. */
class ListScene {
  readonly clock = new FakeClock();
  readonly studio = new FakeStudio();
  readonly table = new SessionTable(limits, 100_000, this.clock, () => {});
  readonly lists = new RelayLists(this.clock, this.studio.registry, this.table, {
    recordingOf: () => undefined,
  });

  /** All pages of a list, one after the other. */
  async all<T>(look: (wish: ListWish) => Promise<ListPart<T>>, wish: ListWish): Promise<T[][]> {
    const pages: T[][] = [];
    let after: string | null | undefined;
    do {
      const { items, next }: ListPart<T> = await this.turning(look({ ...wish, ...(after && { after }) }));
      pages.push([...items]);
      after = next;
    } while (after !== null);
    return pages;
  }

  /** Lets the loop turn until the answer is there. @returns it */
  async turning<T>(answer: Promise<T>): Promise<T> {
    let isThere = false;
    void answer.finally(() => {
      isThere = true;
    });
    while (!isThere) {
      await new Promise((resolve) => setImmediate(resolve));
      this.clock.advance(0);
    }
    return answer;
  }

  sessions(wish: Partial<ListWish> = {}): Promise<ListPart<{ readonly id: string }>> {
    return this.turning(this.lists.sessions({ limit: 100, ...wish }));
  }
}

test('sessions are filtered by what they are and by each of their streams', async () => {
  const { table, lists } = new ListScene();
  table.add(session(1, { role: 'publisher' }, 'live/a'), '192.0.2.1');
  table.add(session(2, {}, 'live/a', 'tv/b'), '192.0.2.1');
  table.add(session(3, { protocol: 'ws-flv', role: 'waiting' }, 'tv/c'), '192.0.2.1');
  table.add(session(4, { role: 'pending' }, ''), '192.0.2.1');
  const ids = async (wish: Partial<ListWish>): Promise<string[]> =>
    (await lists.sessions({ limit: 100, ...wish })).items.map(({ id }) => id);
  expect(await ids({})).toEqual(['c1', 'c2', 'c3', 'c4']);
  expect(await ids({ role: 'player' })).toEqual(['c2']);
  expect(await ids({ protocol: 'ws-flv' })).toEqual(['c3']);
  expect(await ids({ stream: 'live/a' })).toEqual(['c1', 'c2']);
  expect(await ids({ stream: 'tv/*' })).toEqual(['c2', 'c3']);
  expect(await ids({ stream: 'tv/*', role: 'player' })).toEqual(['c2']);
  expect(await ids({ after: 'c2' })).toEqual(['c3', 'c4']);
  expect(await ids({ after: 'w1c1' })).toEqual([]);
  const { items } = await lists.sessions({ limit: 100 });
  expect(items.map(({ stream, streams }) => [stream, streams])).toEqual([
    ['live/a', ['live/a']],
    ['live/a', ['live/a', 'tv/b']],
    ['tv/c', ['tv/c']],
    [null, []],
  ]);
});

test('what a peer says that it is may be long and hold anything: it is shown short and escaped', async () => {
  const { table, lists } = new ListScene();
  table.add(session(1, { client: `\u001b[31m${'x'.repeat(100_000)}` }), '192.0.2.1');
  const [shown] = (await lists.sessions({ limit: 1 })).items;
  expect(shown?.client).toMatch(/^\\x1b\[31mx+\.\.\.$/);
  expect(shown?.client).toHaveLength(200);
});

test('of ten thousand sessions a page is made in turns of some hundreds', async () => {
  const scene = new ListScene();
  let looks = 0;
  for (let number = 1; number <= 10_000; number++) {
    const one = session(number);
    Object.defineProperty(one, 'role', { get: () => ++looks && (number > 9990 ? 'publisher' : 'player') });
    scene.table.add(one, '192.0.2.1');
  }
  const answer = scene.lists.sessions({ limit: 1000, role: 'publisher' });
  const turns: number[] = [];
  let before: number;
  do {
    before = looks;
    await new Promise((resolve) => setImmediate(resolve));
    turns.push(looks - before);
    scene.clock.advance(0);
  } while (looks > before);
  expect((await answer).items).toHaveLength(10);
  expect(Math.max(...turns)).toBeLessThanOrEqual(510); // and each that is shown once more
});

test('whatever is asked for, the pages together are the list, each entry once and in order', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.integer({ min: 1, max: 3000 }), { maxLength: 1500 }),
      fc.integer({ min: 1, max: 700 }),
      async (numbers, limit) => {
        const scene = new ListScene();
        const sorted = [...numbers].sort((a, b) => a - b); // as they come
        for (const number of sorted) scene.table.add(session(number), '192.0.2.1');
        for (const number of numbers)
          scene.studio.registry.play(`s/${number}`, new FakePlayer(scene.clock), {
            form: form.all,
            lateJoin: 'live',
          });
        const sessions = await scene.all((wish) => scene.lists.sessions(wish), { limit });
        const streams = await scene.all((wish) => scene.lists.streams(wish), { limit, stream: 's/*' });
        expect(sessions.flat().map(({ id }) => id)).toEqual(sorted.map((number) => `c${number}`));
        expect(streams.flat().map(({ stream }) => stream)).toEqual(
          numbers.map((number) => `s/${number}`).sort(),
        );
        for (const pages of [sessions, streams])
          for (const page of pages.slice(0, -1)) expect(page).toHaveLength(limit);
      },
    ),
    { numRuns: 20 },
  );
});

test('an entry that goes while others are looked at is left out, and the next page goes on behind it', async () => {
  const scene = new ListScene();
  const all = Array.from({ length: 1200 }, (_, i) => session(i + 1));
  for (const one of all) scene.table.add(one, '192.0.2.1');
  const answer = scene.lists.sessions({ limit: 600 });
  await new Promise((resolve) => setImmediate(resolve)); // some hundreds are found
  for (const one of all.slice(0, 10)) scene.table.remove(one);
  const { items, next } = await scene.turning(answer);
  expect([items.length, items[0]?.id, next]).toEqual([590, 'c11', 'c600']);
  expect((await scene.sessions({ limit: 1, after: next ?? '' })).items).toMatchObject([{ id: 'c601' }]);
});

test('a stream is shown with its source, its tracks, its players and what it has carried', async () => {
  const { studio, lists } = new ListScene();
  const origin = {
    type: 'push',
    protocol: 'rtmp',
    peer: '192.0.2.7:5',
    client: 'x\u0000',
    session: 'c3',
  } as const;
  const published = studio.registry.publish('live/b', { address: '', origin, onReplaced: () => {} });
  if ('conflict' in published) throw new Error(published.conflict);
  const player = new FakePlayer(studio.clock);
  const forward = Object.assign(new FakePlayer(studio.clock), { isForward: true });
  for (const one of [player, forward]) {
    one.isTaking = false;
    studio.registry.play('live/b', one, { form: form.all, lateJoin: 'keyframeGroup' });
  }
  const before = await lists.streams({ limit: 10 });
  expect(before.items).toMatchObject([
    {
      stream: 'live/b',
      state: 'starting',
      family: null,
      source: null,
      since: null,
      waitingPlayers: 2,
      tracks: [],
    },
  ]);
  for (const frame of framesOf('VH1@0 K1@0:1000 A2@10 P3@40:100')) published.receive(frame);
  studio.clock.advance(100);
  const { items, next } = await lists.streams({ limit: 10 });
  expect(next).toBeNull();
  expect(items).toMatchObject([
    {
      stream: 'live/b',
      state: 'live',
      family: 'FLV',
      source: { ...origin, client: 'x\\x00' },
      since: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      tracks: [
        { kind: 'video', track: 0, codec: 'avc1' },
        { kind: 'audio', track: 0, codec: 'mp4a' },
      ],
      receivedBytes: 1000 + 100 + 9 + 6,
      receivedBitsPerSecond: null,
      players: 1,
      waitingPlayers: 0,
      laggingPlayers: 0,
      backlogBytes: player.backlogBytes + forward.backlogBytes,
      cacheSeconds: 0.04,
      keyframeAgeSeconds: 0.1,
    },
  ]);
  expect(player.backlogBytes).toBeGreaterThan(1000);
});

test('one header may tell the codecs of audio and of video', async () => {
  const { studio, lists } = new ListScene();
  const family: MediaFamily = {
    name: 'both',
    codecsOf: ({ payload }) =>
      payload.toString() !== 'header'
        ? []
        : [
            { kind: 'audio', track: 1, codec: 'wmav2' },
            { kind: 'video', track: 2, codec: 'WMV2' },
          ],
  };
  const published = studio.registry.publish('live/a', { address: '', onReplaced: () => {} });
  if ('conflict' in published) throw new Error(published.conflict);
  for (const line of ['H header', 'P 0 *key']) published.receive({ ...toyFrame(line), family });
  expect((await lists.streams({ limit: 10 })).items).toMatchObject([
    {
      family: 'both',
      tracks: [
        { kind: 'video', track: 2, codec: 'WMV2' },
        { kind: 'audio', track: 1, codec: 'wmav2' },
      ],
    },
  ]);
});
