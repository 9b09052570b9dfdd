import { expect, test } from 'vitest';
import {
  type KickableSession,
  type KickFilter,
  kickSessions,
  matchingSessions,
  ownersOf,
} from '../../../src/service/access/kick.ts';
import type { SessionActivity } from '../../../src/session/session.ts';

/** Sessions that play, or do nothing, and what they were told. */
class KickScene {
  readonly told: string[] = [];

  session(id: string, address: string, ...plays: readonly (readonly [key: string, identity?: string])[]) {
    const activities = plays.map(([key, identity]): SessionActivity => {
      const revoke = (reason: string, as?: string) => this.told.push(`${id} ${key} ${as}: ${reason}`);
      return { verb: 'play', key, identity, until: Number.POSITIVE_INFINITY, revoke };
    });
    const dismiss = (reason: string) => this.told.push(`${id} goes: ${reason}`);
    return { id, address, isOpen: true, activities: () => activities, dismiss } satisfies KickableSession;
  }

  all(): readonly KickableSession[] {
    return [
      this.session('s1', '192.0.2.1', ['live/a'], ['live/b', 'ann']),
      this.session('s2', '192.0.2.2', ['live/a']),
      this.session('s3', '192.0.2.2', ['live/c', 'ann'], ['live/d', 'ann']),
      this.session('s4', '192.0.2.2'),
    ];
  }
}

test.each<{ filter: KickFilter; found: string[] }>([
  { filter: { session: 's1' }, found: ['s1'] },
  { filter: { session: 's4' }, found: ['s4'] },
  { filter: { key: 'live/a' }, found: ['s1', 's2'] },
  { filter: { address: '192.0.2.2' }, found: ['s2', 's3', 's4'] },
  { filter: { identity: 'ann' }, found: ['s1', 's3'] },
  { filter: { identity: 'ann', address: '192.0.2.2' }, found: ['s3'] },
  { filter: { identity: 'ann', key: 'live/a' }, found: [] }, // another of its plays is hers
  { filter: { identity: 'bob' }, found: [] },
  { filter: { session: 's5' }, found: [] },
])('$filter matches $found', ({ filter, found }) => {
  expect(matchingSessions(new KickScene().all(), filter).map(({ id }) => id)).toEqual(found);
});

test('who has sessions is told once for each, with all that they have proven', () => {
  const [s1, , s3, s4] = new KickScene().all();
  expect(ownersOf([s1, s3, s4].filter((one) => one !== undefined))).toEqual([
    { address: '192.0.2.1', identities: ['ann'] },
    { address: '192.0.2.2', identities: ['ann'] },
    { address: '192.0.2.2', identities: [] },
  ]);
});

test('whatever a session does ends as kicked, and the session with it; so does one that does nothing', () => {
  const scene = new KickScene();
  const [s1, , , s4] = scene.all();
  kickSessions(
    [s1, s4].filter((one) => one !== undefined),
    'enough',
  );
  expect(scene.told).toEqual([
    's1 live/a kicked: enough',
    's1 live/b kicked: enough',
    's1 goes: enough',
    's4 goes: enough',
  ]);
});
