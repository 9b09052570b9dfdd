import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type LimitSettings, relaySettings } from '../../../src/config/relay-settings.ts';
import {
  type Counted,
  FAREWELL_SESSIONS,
  PATIENCE_MS,
  SessionLimits,
} from '../../../src/service/listen/session-limits.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const { limits: defaults }: { limits: LimitSettings } = relaySettings.parse({});

/** Limits, and who had to make room. */
class Scene {
  readonly clock = new FakeClock(1000);
  readonly limits: SessionLimits<Counted>;
  /** Ids, with the reason. */
  readonly cut: string[] = [];
  #last = 0;

  constructor(changes: Partial<LimitSettings> = {}, maxSessions = 100) {
    const onCut = ({ id }: Counted, { refused }: { readonly refused: string }): void => {
      this.cut.push(`${id}: ${refused}`);
    };
    this.limits = new SessionLimits({ ...defaults, ...changes }, maxSessions, this.clock, onCut);
  }

  /** Comes in, asked or not. */
  add(address: string | null, isGuest = false): Counted {
    const session = { id: `c${++this.#last}` };
    this.limits.add(session, address, isGuest);
    return session;
  }

  fill(address: string, count: number): Counted[] {
    return Array.from({ length: count }, () => this.add(address));
  }

  accepted(address: string, count: number): Counted[] {
    const sessions = this.fill(address, count);
    for (const session of sessions) this.limits.accept(session);
    return sessions;
  }

  /** Comes in if it may. @returns why not */
  knock(address: string): string | undefined {
    const denial = this.limits.admit(address);
    if (denial === undefined) this.add(address);
    return denial?.refused;
  }
}

describe('a full server', () => {
  test('tells as many as it can afford, then cuts', () => {
    const scene = new Scene({}, 5);
    scene.accepted('10.0.0.1', 5);
    const denial = { refused: 'session-limit', description: 'the server is full: it has 5 sessions' };
    expect(scene.limits.hasRoom).toBe(false);
    expect(scene.limits.admit('10.0.0.2')).toEqual({ ...denial, isCut: false });
    const guests = Array.from({ length: FAREWELL_SESSIONS }, () => scene.add('10.0.0.3', true));
    expect(scene.limits.admit('10.0.0.2')).toEqual({ ...denial, isCut: true });
    for (const guest of guests) scene.limits.remove(guest);
    expect(scene.limits.admit('10.0.0.2')).toEqual({ ...denial, isCut: false });
  });

  test('has room as long as somebody there has begun nothing', () => {
    const scene = new Scene({}, 5);
    scene.accepted('10.0.0.1', 3);
    scene.fill('10.0.0.2', 2);
    expect(scene.limits.hasRoom).toBe(true);
    expect(scene.knock('10.0.0.3')).toBeUndefined();
    expect(scene.cut).toEqual(['c4: session-limit']);
    expect(scene.limits.size).toBe(6); // with the one that is about to close
    scene.limits.remove({ id: 'c4' });
    expect(scene.limits.size).toBe(5);
  });

  test('is not made fuller by its guests, who are never accepted', () => {
    const scene = new Scene({}, 4);
    scene.accepted('10.0.0.1', 2);
    scene.fill('10.0.0.2', 2);
    for (let i = 0; i < FAREWELL_SESSIONS; i++) scene.limits.accept(scene.add('10.0.0.2', true));
    expect([scene.knock('10.0.0.3'), scene.cut]).toEqual([undefined, ['c3: session-limit']]);
  });
});

describe('a crowd that has begun nothing', () => {
  test('makes room for a newcomer: of the largest group the oldest goes', () => {
    const scene = new Scene({ pendingSessions: 6 });
    scene.fill('10.0.0.1', 2);
    scene.fill('10.0.0.2', 4);
    expect(scene.knock('10.0.0.3')).toBeUndefined();
    expect(scene.knock('10.0.0.4')).toBeUndefined();
    expect(scene.cut).toEqual(['c3: pending-limit', 'c4: pending-limit']);
    expect(scene.limits.hasRoom).toBe(true);
  });

  test('keeps who holds no more than the newcomer, until that has had a second', () => {
    const scene = new Scene({ pendingSessions: 4 });
    for (let host = 1; host <= 4; host++) scene.add(`10.0.0.${host}`);
    const denial = {
      refused: 'pending-limit',
      description: 'too many connections that neither publish nor play: 4 (limits.pendingSessions)',
      isCut: true,
    };
    scene.clock.advance(PATIENCE_MS - 1);
    expect([scene.limits.hasRoom, scene.limits.admit('10.0.0.5')]).toEqual([false, denial]);
    scene.clock.advance(1);
    expect([scene.limits.hasRoom, scene.knock('10.0.0.5'), scene.knock('10.0.0.6')]).toEqual([
      true,
      undefined,
      undefined,
    ]);
    expect(scene.cut).toEqual(['c1: pending-limit', 'c2: pending-limit']);
  });

  test('of one address is limited, and makes room for its own only when it has had a second', () => {
    const scene = new Scene({ pendingSessions: 100, pendingSessionsPerAddress: 4 });
    scene.fill('10.0.0.1', 4);
    expect(scene.limits.admit('10.0.0.1')).toEqual({
      refused: 'pending-limit',
      description:
        'too many connections that neither publish nor play: 4 from 10.0.0.1 (limits.pendingSessionsPerAddress)',
      isCut: true,
    });
    expect([scene.limits.hasRoom, scene.knock('10.0.0.2')]).toEqual([true, undefined]);
    scene.clock.advance(PATIENCE_MS);
    expect([scene.knock('10.0.0.1'), scene.cut]).toEqual([undefined, ['c1: pending-limit']]);
  });

  test('is left by who is accepted, and by who leaves', () => {
    const scene = new Scene({ pendingSessionsPerAddress: 2 });
    const [first, second] = scene.fill('10.0.0.1', 2);
    if (first === undefined || second === undefined) throw new Error('nobody is there');
    scene.limits.accept(first);
    scene.limits.accept(first); // twice is once
    expect(scene.knock('10.0.0.1')).toBeUndefined();
    expect(scene.knock('10.0.0.1')).toBe('pending-limit');
    expect([scene.limits.remove(second), scene.limits.remove(second)]).toEqual([true, false]);
    expect(scene.knock('10.0.0.1')).toBeUndefined();
    expect(scene.limits.remove(first)).toBe(true);
    expect([scene.knock('10.0.0.1'), scene.cut]).toEqual(['pending-limit', []]);
  });

  test('is joined again by who does nothing any more, who goes before all others', () => {
    const scene = new Scene({ pendingSessions: 2 });
    const [player] = scene.accepted('10.0.0.1', 1);
    scene.add('10.0.0.1');
    scene.add('10.0.0.2');
    if (player === undefined) throw new Error('nobody is there');
    scene.limits.rest(player);
    expect([scene.knock('10.0.0.1'), scene.cut]).toEqual([undefined, ['c1: pending-limit']]);
    scene.limits.rest(player); // it does not come back from there
    scene.limits.accept(player);
    expect([scene.knock('10.0.0.1'), scene.cut.length]).toEqual(['pending-limit', 1]);
  });

  test('has one place for a connection, whatever it goes on as', () => {
    const scene = new Scene({ pendingSessions: 2 });
    scene.fill('10.0.0.1', 2);
    scene.limits.replace({ id: 'c1' });
    expect(scene.limits.size).toBe(2);
    expect([scene.knock('10.0.0.2'), scene.cut]).toEqual([undefined, ['c1: pending-limit']]);
  });
});

describe('an address', () => {
  test('of IPv6 counts by its /64, an IPv4-mapped one as IPv4', () => {
    const scene = new Scene({ sessionsPerAddress: 2 });
    scene.fill('2001:db8:1:2::1', 1);
    scene.fill('2001:db8:1:2:ffff::9', 1);
    expect(scene.limits.admit('2001:db8:1:2:3:4:5:6')).toMatchObject({
      refused: 'address-limit',
      isCut: false,
    });
    expect(scene.knock('2001:db8:1:3::1')).toBeUndefined();
    scene.fill('10.0.0.1', 2);
    expect(scene.knock('::ffff:10.0.0.1')).toBe('address-limit');
  });

  test('that has all its sessions may have another when one of them has left, or had a second for nothing', () => {
    const scene = new Scene({ sessionsPerAddress: 2 });
    const [player] = scene.accepted('10.0.0.1', 2);
    if (player === undefined) throw new Error('nobody is there');
    expect(scene.knock('10.0.0.1')).toBe('address-limit');
    scene.limits.remove(player);
    expect([scene.knock('10.0.0.1'), scene.knock('10.0.0.1')]).toEqual([undefined, 'address-limit']);
    scene.clock.advance(PATIENCE_MS);
    expect([scene.knock('10.0.0.1'), scene.cut]).toEqual([undefined, ['c3: address-limit']]);
  });

  test('has so many players that wait, and leaves the others theirs', () => {
    const scene = new Scene({ waitingPlayersPerAddress: 2 });
    const [one, two] = scene.fill('10.0.0.1', 2);
    const other = scene.add('10.0.0.2');
    if (one === undefined || two === undefined) throw new Error('nobody is there');
    const { limits } = scene;
    const refusal = {
      refused: 'waiting-limit',
      description:
        '2 players from your address already wait for streams that are not there, the most that is allowed',
    };
    expect([limits.wait(one.id), limits.wait(two.id)]).toEqual([undefined, undefined]);
    expect([limits.wait(one.id), limits.wait(other.id)]).toEqual([refusal, undefined]);
    limits.endWait(two.id);
    limits.endWait(two.id); // it does not wait
    expect([limits.wait(one.id), limits.wait(two.id)]).toEqual([undefined, refusal]);
    limits.remove(one); // with both its plays
    expect([limits.wait(two.id), limits.wait(two.id), limits.wait(two.id)]).toEqual([
      undefined,
      undefined,
      refusal,
    ]);
    limits.remove(two);
    expect([limits.wait(two.id), limits.size]).toEqual([undefined, 1]);
  });
});

test('16 addresses that hold and renew what they can do not keep one from elsewhere out, at any moment', () => {
  const scene = new Scene({ pendingSessions: 40, pendingSessionsPerAddress: 10 });
  const attackers = fc.array(fc.record({ host: fc.nat({ max: 15 }), afterMs: fc.nat({ max: 300 }) }), {
    minLength: 100,
    maxLength: 300,
  });
  fc.assert(
    fc.property(attackers, (knocks) => {
      for (const { host, afterMs } of knocks) {
        scene.clock.advance(afterMs);
        scene.knock(`10.0.0.${host}`);
      }
      expect([scene.limits.hasRoom, scene.limits.admit('192.0.2.1')]).toEqual([true, undefined]);
      const viewer = scene.add('192.0.2.1');
      for (const { host } of knocks) scene.knock(`10.0.0.${host}`);
      expect(scene.cut.filter((line) => line.startsWith(`${viewer.id}:`))).toEqual([]);
      scene.limits.remove(viewer);
    }),
    { numRuns: 30 },
  );
});

describe('a session that speaks for others', () => {
  test('counts to whoever it speaks for, and to none in between', () => {
    const scene = new Scene({ sessionsPerAddress: 1 });
    const proxies = [scene.add(null), scene.add(null), scene.add(null)] as const;
    const move = (at: 0 | 1 | 2, address: string | null) =>
      scene.limits.move(proxies[at].id, address)?.refused;
    expect([move(0, '10.0.0.1'), move(0, '10.0.0.1')]).toEqual([undefined, undefined]);
    scene.limits.accept(proxies[0]);
    expect([move(1, '10.0.0.1'), move(1, '10.0.0.2')]).toEqual(['address-limit', undefined]);
    expect(scene.knock('10.0.0.1')).toBe('address-limit');
    expect(move(0, null)).toBeUndefined();
    expect([scene.knock('10.0.0.1'), move(2, '10.0.0.1')]).toEqual([undefined, 'address-limit']);
  });

  test('may push out what is pending there, and takes its waiting players along', () => {
    const scene = new Scene({ pendingSessionsPerAddress: 1, waitingPlayersPerAddress: 1 });
    scene.add('10.0.0.1');
    scene.clock.advance(PATIENCE_MS);
    const proxy = scene.add(null);
    expect([scene.limits.wait(proxy.id), scene.limits.move(proxy.id, '10.0.0.1')]).toEqual([
      undefined,
      undefined,
    ]);
    expect(scene.cut).toEqual(['c1: pending-limit']);
    expect(scene.limits.wait(proxy.id)?.refused).toBe('waiting-limit');
    scene.limits.endWait(proxy.id);
    expect(scene.limits.wait(proxy.id)).toBeUndefined();
  });

  test('is not counted where it is a guest, or gone', () => {
    const scene = new Scene({ sessionsPerAddress: 1 });
    const guest = scene.add('10.0.0.2', true);
    scene.limits.move(guest.id, '10.0.0.1');
    scene.limits.move('c99', '10.0.0.1');
    expect(scene.knock('10.0.0.1')).toBeUndefined();
  });
});

test('limits that change are those of whoever comes; who is there stays', () => {
  const changing: LimitSettings = { ...defaults };
  const limits = new SessionLimits<Counted>(changing, 3, new FakeClock(1000), () => {});
  for (const id of ['c1', 'c2', 'c3']) {
    limits.add({ id }, '10.0.0.1');
    limits.accept({ id });
  }
  const knock = (): string | undefined => limits.admit('10.0.0.2')?.refused;
  expect(knock()).toBe('session-limit');
  Object.assign(changing, { sessions: 4 });
  expect(knock()).toBeUndefined();
  Object.assign(changing, { sessions: 2 });
  expect([knock(), limits.size]).toEqual(['session-limit', 3]);
  Object.assign(changing, { sessions: null });
  limits.remove({ id: 'c1' });
  expect(knock()).toBeUndefined();
});

test('whatever happens, nothing is left when everybody has gone', () => {
  const step = fc.record({
    host: fc.nat({ max: 3 }),
    who: fc.nat({ max: 30 }),
    does: fc.constantFrom('knock', 'guest', 'accept', 'rest', 'wait', 'endWait', 'move', 'leave', 'remove'),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      const limits = { pendingSessions: 4, pendingSessionsPerAddress: 2, waitingPlayersPerAddress: 2 };
      const scene = new Scene({ ...limits, sessionsPerAddress: 5 }, 8);
      for (const { host, who, does } of steps) {
        const session = { id: `c${who}` };
        if (does === 'knock') scene.knock(`10.0.0.${host}`);
        else if (does === 'guest') scene.add(`10.0.0.${host}`, true);
        else if (does === 'wait' || does === 'endWait') scene.limits[does](session.id);
        else if (does === 'move') scene.limits.move(session.id, `10.0.0.${host}`);
        else if (does === 'leave') scene.limits.move(session.id, null);
        else scene.limits[does](session);
        scene.clock.advance(who * 50);
      }
      for (const session of [...scene.limits.sessions()]) scene.limits.remove(session);
      expect(scene.limits.size).toBe(0);
      for (let host = 0; host < 4; host++) expect(scene.knock(`10.0.0.${host}`)).toBeUndefined();
      for (const { id } of [...scene.limits.sessions()]) {
        expect([scene.limits.wait(id), scene.limits.wait(id)]).toEqual([undefined, undefined]);
      }
      expect(scene.knock('10.0.0.9')).toBe('pending-limit');
    }),
  );
});

test('says how far each limit is used, of those per address by whoever uses most', () => {
  const scene = new Scene({ sessionsPerAddress: 4, pendingSessions: 10, waitingPlayersPerAddress: 5 }, 50);
  scene.accepted('192.0.2.1', 3);
  const [waiting] = scene.fill('192.0.2.2', 2);
  scene.fill('192.0.2.3', 1);
  scene.limits.wait(waiting?.id ?? '');
  const { pendingSessionsPerAddress: most } = defaults;
  expect([...scene.limits.usage()]).toEqual([
    { limit: 'sessions', used: 6, most: 50 },
    { limit: 'sessionsPerAddress', used: 3, most: 4 },
    { limit: 'pendingSessions', used: 3, most: 10 },
    { limit: 'pendingSessionsPerAddress', used: 2, most },
    { limit: 'waitingPlayersPerAddress', used: 1, most: 5 },
  ]);
});
