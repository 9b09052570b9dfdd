import { expect, test } from 'vitest';
import type { KickFilter } from '../../../../../src/service/access/kick.ts';
import type { Instruction } from '../../../../../src/service/fleet-link/house-message.ts';
import { Obedience, type ObedienceHost } from '../../../../../src/service/relay/house/obeying/obedience.ts';
import { FakeClock } from '../../../../support/fake-clock.ts';
import { RecordingLog } from '../../../../support/recording-log.ts';
import { given } from '../../../../support/scripted-house.ts';

const now = 1_800_000_000_000;

/** A relay that notes what it is told. */
function scene(): { did: unknown[]; obedience: Obedience; log: RecordingLog; fail: (why: string) => void } {
  const did: unknown[] = [];
  const log = new RecordingLog();
  let problem: string | undefined;
  const host = {
    clock: new FakeClock(),
    log,
    wallMs: () => now,
    goBy: async () => [],
    connect: () => () => {},
    given: {
      give: async ({ revision }: { revision: string }) => {
        if (problem !== undefined) throw new Error(problem);
        did.push(['give', revision]);
      },
      ban: async () => {},
    },
    relay: {
      changes: {
        kick: async (filter: KickFilter, banMs: number | undefined, reason: string) => {
          did.push(['kick', filter, banMs, reason]);
          return 2;
        },
      },
      process: { reload: async () => ({ faults: ['streams: wrong'] }), drain: () => {} },
      member: {
        keepOut: (bans: unknown) => did.push(['keepOut', bans]),
        welcome: (whom: string, url: string | null) => did.push(['welcome', whom, url]),
      },
    },
  };
  const fail = (why: string): void => {
    problem = why;
  };
  return { did, log, fail, obedience: new Obedience(host as unknown as ObedienceHost) };
}

const nobody = { session: null, uid: null, identity: null, address: null, stream: null };

test('an instruction that comes again is answered again, and done once', async () => {
  const { did, obedience } = scene();
  const kick: Instruction = { ...nobody, type: 'kick', id: '1', session: 'w1c7.2', reason: 'out' };
  const answers = await Promise.all([obedience.obey(kick), obedience.obey({ ...kick })]);
  expect(answers).toEqual(
    Array.from({ length: 2 }, () => ({ type: 'ack', id: '1', problem: null, ended: 2 })),
  );
  expect(did).toEqual([['kick', { session: 'w1c7' }, undefined, 'out']]);
  await obedience.obey({ ...kick, session: 'c9' }); // another one, though a house that was started anew gives it the same id
  expect(did).toHaveLength(2);
});

test('whoever is meant is named, and nobody else', async () => {
  const { did, obedience } = scene();
  const kick = { ...nobody, type: 'kick', reason: 'out' } as const;
  await obedience.obey({ ...kick, id: '1', uid: 'ann', stream: 'live/a' });
  await obedience.obey({ ...kick, id: '2', address: '::ffff:192.0.2.1', identity: 'bob' });
  expect(did).toEqual([
    ['kick', { uid: 'ann', key: 'live/a' }, undefined, 'out'],
    ['kick', { address: '192.0.2.1', identity: 'bob' }, undefined, 'out'],
  ]);
  expect(await obedience.obey({ ...kick, id: '3' })).toMatchObject({ problem: 'expected whom to end' });
});

test('drain, resume and bans reach the relay; bans that are over do not', async () => {
  const { did, obedience } = scene();
  await obedience.obey({ type: 'drain', id: '1', reconnectUrl: 'rtmp://next:1935' });
  await obedience.obey({ type: 'resume', id: '2' });
  const bans = [
    { kind: 'identity', value: 'ann', until: now + 5000 },
    { kind: 'address', value: '192.0.2.1', until: now - 1 },
  ] as const;
  await obedience.obey({ type: 'bans', id: '3', bans });
  expect(did).toEqual([
    ['welcome', 'relays', 'rtmp://next:1935'],
    ['welcome', 'everybody', null],
    ['keepOut', [[{ kind: 'identity', value: 'ann' }, 5000]]],
  ]);
});

test('nobody is sent to what is no server', async () => {
  const { did, obedience } = scene();
  const answer = await obedience.obey({ type: 'drain', id: '1', reconnectUrl: 'http://evil.example/' });
  expect([answer.problem?.startsWith('reconnectUrl: expected a URL'), did]).toEqual([true, []]);
});

test('what cannot be done is answered with the reason, on one line and in bounds', async () => {
  const { obedience, log, fail } = scene();
  expect(await obedience.obey({ type: 'reload', id: '1' })).toMatchObject({ problem: 'streams: wrong' });
  fail(`wrong\n${'x'.repeat(5000)}`);
  const settings = given([]);
  const { problem } = await obedience.obey({ type: 'config', id: '2', revision: 'r1', settings });
  expect(problem?.length).toBeLessThanOrEqual(1024);
  expect(problem).not.toContain('\n');
  expect(log.find('house-order', { outcome: 'failed' })).toHaveLength(2);
});

test('too many at a time are refused, and may come again', async () => {
  const { obedience } = scene();
  const orders = Array.from({ length: 70 }, (_, id) =>
    obedience.obey({ type: 'measure', id: `${id}`, targets: [{ relay: 'a', url: 'rtmp://a' }] }),
  );
  const refused = await Promise.all(orders.slice(64));
  expect(new Set(refused.map(({ problem }) => problem))).toEqual(
    new Set(['too many instructions at a time']),
  );
});
