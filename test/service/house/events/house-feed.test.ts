import { expect, test } from 'vitest';
import type { RolloutStatus } from '../../../../src/service/house/directing/rollout.ts';
import { houseFeed } from '../../../../src/service/house/events/house-feed.ts';
import { readBlocks } from '../../../support/event-text.ts';
import { FleetDesk } from '../../../support/fleet/fleet-desk.ts';
import { fleetPlayer, rosterEntry } from '../../../support/fleet-scene.ts';

/** A desk whose events somebody follows. */
function followed(types?: readonly string[]): {
  readonly desk: FleetDesk;
  heard(): string[];
  roll(status: RolloutStatus): void;
} {
  const desk = new FleetDesk([rosterEntry('a'), rosterEntry('b')]);
  desk.fleet.says('a', { revision: '1' });
  let tell: (status: RolloutStatus) => void = () => {};
  const rollout = {
    follow: (follower: typeof tell) => {
      tell = follower;
      return () => {};
    },
  };
  const feed = houseFeed({ ...desk.control, clock: desk.clock, log: desk.log, rollout });
  let text = '';
  feed.subscribe(
    { types: types && new Set(types), after: undefined, mayGoOn: async () => true },
    {
      ...{ backlogBytes: 0, end: () => {}, destroy: () => {} },
      write: (more) => {
        text += more;
      },
    },
  );
  const heard = (): string[] =>
    readBlocks(text).flatMap(({ event, data }) =>
      event === undefined
        ? []
        : [
            `${event} ${data?.['what']} ${data?.['relay'] ?? data?.['value'] ?? (data?.['player'] as { id: string })?.id ?? ''}`.trim(),
          ],
    );
  return { desk, heard, roll: (status) => tell(status) };
}

test('whoever follows hears of players, decisions of any house, and configs', async () => {
  const { desk, heard } = followed();
  const { control, fleet } = desk;
  desk.wallMs = Date.now();
  const player = fleetPlayer('a', 'c1', { address: '192.0.2.1' });
  fleet.says('a', { revision: '1' });
  fleet.seat(player);
  await control.decisions.setDraining('b', true);
  await control.decisions.setDraining('b', false);
  await control.kick.player('a/c1', { reason: 'out', banMs: 60_000 });
  await control.decisions.liftBan(control.decisions.bans()[0]?.id ?? '');
  fleet.unseat(player);
  fleet.says('a', { revision: '2' });
  fleet.says('a', { revision: '3', problem: 'no such codec' });
  expect(heard()).toEqual([
    ...['joined joined a/c1', 'drained drained b', 'undrained undrained b', 'banned banned 192.0.2.1'],
    ...['unbanned unbanned 192.0.2.1', 'left left a/c1', 'config applied a', 'config failed a'],
  ]);
});

test('swarms of players are counted, not told one by one', () => {
  const { desk, heard } = followed(['joined', 'gap']);
  for (let at = 0; at < 1000; at++) desk.fleet.seat(fleetPlayer('a', `c${at}`));
  expect(heard()).toHaveLength(200);
  desk.clock.advance(1000);
  expect(heard().slice(200)).toEqual(['gap left-out']);
});

test('a config that is tried with one relay, and taken back, is told', () => {
  const { heard, roll } = followed(['config']);
  roll({ at: 'trying', relay: 'a', reason: 'the fewest players', relays: 2, since: 0 });
  roll({ at: 'rolled-back', relay: 'a', why: 'it lost its players', since: 0 });
  expect(heard()).toEqual(['config staged a', 'config rolled-back a']);
});
