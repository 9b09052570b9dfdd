import { describe, expect, test } from 'vitest';
import { type Objection, revokeForbidden, sweepAccess } from '../../../src/service/access/access-sweep.ts';
import { Recheck } from '../../../src/service/access/recheck.ts';
import type { SessionActivity } from '../../../src/session/session.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const never = Number.POSITIVE_INFINITY;

/** Sessions that play and publish, and what was ended of it. */
class SweepScene {
  readonly clock = new FakeClock(0);
  readonly ended: string[] = [];
  readonly granted = new Set<SessionActivity>();
  readonly #activities = new Map<string, SessionActivity[]>();

  add(session: string, key: string, until = never, identity?: string, isProven = false): void {
    const ofSession = this.#activities.get(session) ?? [];
    this.#activities.set(session, ofSession);
    const activity: SessionActivity = {
      verb: 'play',
      key,
      identity,
      until,
      isProven,
      revoke: (reason) => {
        ofSession.splice(ofSession.indexOf(activity), 1);
        this.ended.push(`${session} ${key} ${this.clock.now()} ${reason}`);
        this.granted.delete(activity);
      },
    };
    ofSession.push(activity);
    if (until !== never) this.granted.add(activity);
  }

  sessions() {
    return [...this.#activities].map(([id, activities]) => ({
      id,
      address: id === 's1' ? '192.0.2.1' : '192.0.2.2',
      activities: () => activities,
    }));
  }
}

describe('an end that was granted', () => {
  test('comes within a second, once, and for that activity alone', () => {
    const scene = new SweepScene();
    sweepAccess(scene.clock, scene.granted, new Recheck());
    scene.add('s1', 'live/a', 1500);
    scene.add('s1', 'live/b', 2001);
    scene.add('s1', 'live/c');
    scene.add('s2', 'live/a', 1000);
    scene.clock.advance(10_000);
    const reason = 'your access has expired';
    expect(scene.ended).toEqual([
      `s2 live/a 1000 ${reason}`,
      `s1 live/a 2000 ${reason}`,
      `s1 live/b 3000 ${reason}`,
    ]);
  });

  test('costs one timer for all, which ends with the relay', () => {
    const scene = new SweepScene();
    const stop = sweepAccess(scene.clock, scene.granted, new Recheck());
    for (let i = 0; i < 100; i++) scene.add(`s${i}`, 'live/a', 5000);
    scene.clock.advance(3000);
    expect(scene.clock.pending).toBe(1);
    stop();
    expect(scene.clock.pending).toBe(0);
  });
});

test('who is to be asked again is, when it is time, and not while there is no answer', async () => {
  const scene = new SweepScene();
  let asked = 0;
  const activity = {
    ...({ verb: 'play', key: 'live/a', identity: undefined, until: 9000, revoke: () => {} } as const),
    recheckAt: 1500,
    askAgain: async () => {
      asked++;
      activity.recheckAt = Number.POSITIVE_INFINITY;
    },
  };
  scene.granted.add(activity);
  sweepAccess(scene.clock, scene.granted, new Recheck());
  scene.clock.advance(1000);
  expect(asked).toBe(0);
  scene.clock.advance(5000);
  expect(asked).toBe(1);
});

describe('revoking', () => {
  test('ends what is objected to, each with its reason, and not what is no stream yet', () => {
    const scene = new SweepScene();
    for (const [session, key] of [
      ['s1', 'live/a'],
      ['s1', 'live/b'],
      ['s2', 'live/a'],
      ['s2', ''],
    ] as const)
      scene.add(session, key);
    const objectionTo: Objection = ({ verb, key }, address) =>
      key === 'live/a' || key === ''
        ? { refused: 'access', description: `${verb} of ${key} by ${address}` }
        : undefined;
    revokeForbidden(scene.sessions(), objectionTo, new Recheck());
    expect(scene.ended).toEqual([
      's1 live/a 0 play of live/a by 192.0.2.1',
      's2 live/a 0 play of live/a by 192.0.2.2',
    ]);
  });

  test('looks at what was proven as before where nothing else is to be asked', () => {
    const scene = new SweepScene();
    scene.add('s1', 'live/a', never, undefined, true);
    scene.add('s1', 'live/b', never, undefined, true);
    const unproven: Objection = () => ({ refused: 'access', description: 'nobody has shown anything' });
    const ofStreams: Objection = ({ key }) =>
      key === 'live/b' ? { refused: 'no-source', description: 'it is pulled now' } : undefined;
    revokeForbidden(scene.sessions(), unproven, ofStreams);
    expect(scene.ended).toEqual(['s1 live/b 0 it is pulled now']);
  });
});
