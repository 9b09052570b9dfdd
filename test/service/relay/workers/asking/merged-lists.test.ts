import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ListPart, SessionStatus, StreamStatus } from '../../../../../src/service/admin/relay-status.ts';
import { mergeSessions, mergeStreams } from '../../../../../src/service/relay/workers/asking/merged-lists.ts';

const nothing: StreamStatus = {
  stream: 'live/a',
  state: 'absent',
  family: null,
  source: null,
  since: null,
  tracks: [],
  receivedBytes: 0,
  sentBytes: 0,
  receivedBitsPerSecond: null,
  sentBitsPerSecond: null,
  players: 0,
  waitingPlayers: 0,
  laggingPlayers: 0,
  droppedFrames: 0,
  backlogBytes: 0,
  cacheBytes: 0,
  cacheSeconds: 0,
  keyframeAgeSeconds: null,
  keyframeIntervalSeconds: null,
  videoFramesPerSecond: null,
  recording: null,
};

/** What a worker answers that has these, which are sorted. */
function partOf<T>(all: readonly T[], name: (one: T) => string, limit: number): ListPart<T> {
  const items = all.slice(0, limit);
  const last = items.at(-1);
  return { items, next: all.length > limit && last !== undefined ? name(last) : null };
}

test('a stream is that of its home, with what all workers do for its players', () => {
  const home: StreamStatus = {
    ...nothing,
    state: 'live',
    family: 'FLV',
    source: { type: 'pull', protocol: 'rtmp', url: 'rtmp://parent/live/a' },
    since: '2026-03-01T18:00:00.000Z',
    receivedBytes: 100,
    receivedBitsPerSecond: 50,
    sentBytes: 10,
    players: 1,
    cacheBytes: 7,
    keyframeAgeSeconds: 1,
  };
  const copy: StreamStatus = {
    ...nothing,
    state: 'live',
    sentBytes: 20,
    sentBitsPerSecond: 30,
    players: 2,
    waitingPlayers: 3,
    laggingPlayers: 1,
    droppedFrames: 4,
    backlogBytes: 5,
    cacheBytes: 7,
    keyframeAgeSeconds: 2,
  };
  const parts = [copy, home, { ...nothing, waitingPlayers: 1 }].map((status) => ({
    items: [status],
    next: null,
  }));
  const merged = {
    ...home,
    sentBytes: 30,
    sentBitsPerSecond: 30,
    players: 3,
    waitingPlayers: 4,
    laggingPlayers: 1,
    droppedFrames: 4,
    backlogBytes: 5,
    cacheBytes: 14,
  };
  expect(mergeStreams(parts, 10)).toEqual({ items: [merged], next: null });
});

test('pages of several workers are together the whole list, each entry once and in order', () => {
  const key = fc.integer({ min: 0, max: 200 }).map((number) => `s/${number}`);
  fc.assert(
    fc.property(
      fc.array(fc.uniqueArray(key, { maxLength: 60 }), { minLength: 1, maxLength: 4 }),
      fc.integer({ min: 1, max: 30 }),
      (workers, limit) => {
        const shown: string[] = [];
        const all = [...new Set(workers.flat())].sort();
        for (let after: string | null = ''; after !== null; ) {
          const start: string = after;
          const parts = workers.map((keys) =>
            partOf(
              [...keys].sort().filter((one) => one > start),
              (one) => one,
              limit,
            ),
          );
          const { items, next } = mergeStreams(
            parts.map((part) => ({
              ...part,
              items: part.items.map((stream) => ({ ...nothing, stream })),
            })),
            limit,
          );
          expect(items.length).toBeLessThanOrEqual(limit);
          if (next !== null) expect(items).toHaveLength(limit);
          shown.push(...items.map(({ stream }) => stream));
          after = next;
        }
        expect(shown).toEqual(all);
      },
    ),
  );
});

test('sessions of a worker come only when those of the one before are all shown', () => {
  const sessions = (...ids: string[]): SessionStatus[] => ids.map((id) => ({ id }) as SessionStatus);
  const idsOf = ({ items, next }: ListPart<SessionStatus>): unknown => [items.map(({ id }) => id), next];
  const more = { items: sessions('w0c1', 'w0c2'), next: 'w0c3' }; // the third has gone meanwhile
  const last = { items: sessions('w1c1', 'w1c2'), next: null };
  expect(idsOf(mergeSessions([more, last], 3))).toEqual([['w0c1', 'w0c2'], 'w0c3']);
  expect(idsOf(mergeSessions([{ ...more, next: null }, last], 3))).toEqual([
    ['w0c1', 'w0c2', 'w1c1'],
    'w1c1',
  ]);
  expect(idsOf(mergeSessions([{ ...more, next: null }, last], 4))).toEqual([
    ['w0c1', 'w0c2', 'w1c1', 'w1c2'],
    null,
  ]);
});
