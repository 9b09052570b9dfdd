import { expect, test } from 'vitest';
import { AdminClient } from '../../../../src/commands/ctl/api/admin-client.ts';
import { kick } from '../../../../src/commands/ctl/changing/kick.ts';
import type { CtlCall } from '../../../../src/commands/ctl/ctl-call.ts';
import { approve, reloadRelay, setDraining } from '../../../../src/commands/ctl/fleet/changing.ts';
import { showPlayers } from '../../../../src/commands/ctl/fleet/players.ts';
import { showRelays } from '../../../../src/commands/ctl/fleet/relays.ts';
import { showStatus } from '../../../../src/commands/ctl/looking/relay.ts';
import { showWhy } from '../../../../src/commands/ctl/looking/why.ts';
import { plainText } from '../../../../src/commands/ctl/terminal/line.ts';
import { FleetDesk } from '../../../support/fleet/fleet-desk.ts';
import { fleetPlayer, rosterEntry } from '../../../support/fleet-scene.ts';

test('ctl asks a house as it asks a relay: status, relays, players, why, drain, kick', async () => {
  const desk = new FleetDesk([rosterEntry('root'), rosterEntry('edge', { parent: 'root' })]);
  for (const relay of ['root', 'edge']) desk.fleet.says(relay);
  desk.fleet.seat(fleetPlayer('edge', 'c1', { uid: 'ann', address: '10.0.0.1' }));
  desk.links.here = ['root', 'edge'];
  desk.links.answer = () => ({ ended: 1 });
  await using served = await desk.serve();
  const written: string[] = [];
  const url = new URL(served.url);
  const tls = { ca: undefined, cert: undefined, key: undefined };
  const call: CtlCall = {
    client: new AdminClient({ by: 'url', url, token: undefined, tls }),
    output: {
      ...{ width: 200, isTerminal: false, closed: new AbortController().signal, json: () => {} },
      lines: (lines) => written.push(...plainText(lines)),
      note: (text) => written.push(text),
      progress: () => {},
    },
    ...{ isJson: false, pause: async () => {} },
  };
  await showStatus(call);
  expect(written).toContain('relays       2 ready');
  desk.rollout = { at: 'rolled-back', relay: 'edge', why: 'it is offline', since: desk.wallMs };
  await showStatus(call);
  expect(written).toContain('their config  was taken back, as edge did worse: it is offline');
  await showRelays(call, {});
  expect(written.slice(-2).map((line) => line.split(/ +/).slice(0, 3))).toEqual([
    ['edge', 'ready', 'root'],
    ['root', 'ready', '-'],
  ]);
  await showPlayers(call, { uid: 'ann' });
  expect(written.at(-1)).toMatch(/^edge\/c1 {2}10\.0\.0\.1 /);
  await showWhy(call, 'live/a', { address: '10.0.0.1' });
  expect(written.some((line) => line.startsWith('10.0.0.1 is sent to '))).toBe(true);
  await setDraining(call, 'edge', true);
  expect(written.at(-1)).toBe('edge takes no new players');
  expect(desk.store.decisions.draining).toEqual(['edge']);
  await setDraining(call, 'edge', false);
  await reloadRelay(call, 'edge');
  expect(written.at(-1)).toBe('edge has read its configuration again');
  expect(desk.links.orders.at(-1)).toEqual({ relay: 'edge', order: { type: 'reload' } });
  await kick(call, 'edge/c1', { ban: 60 });
  expect(written.at(-1)).toBe('1 session has ended, kept out for 1m 00s');
  await kick(call, undefined, { address: '10.0.0.1' });
  expect(written.at(-1)).toBe('2 sessions have ended');
  await expect(approve(call, 'edge')).rejects.toThrow('no relay edge waits for approval');
});
