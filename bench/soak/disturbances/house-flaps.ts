import { setTimeout as sleep } from 'node:timers/promises';
import type { Stage } from '../stage.ts';
import { type Disturbance, unless } from './disturbance.ts';

const AWAY_MS = 2000;
/** Relays wait longer and longer between two tries, milliseconds. */
const LINK_MS = 40_000;
const WHILE_MS = 200;
const ASKED = 4;

/** The house dies and comes back: relays go on without it, link up again, and it sends players to them. */
export const houseFlaps: Disturbance = {
  about: 'the house dies and comes back; relays link up again, and it sends players to them',
  needs: 'house',
  isCommon: true,
  async happen(stage) {
    const { house, relays } = stage;
    if (house === undefined) return [];
    await house.kill();
    await sleep(AWAY_MS);
    const served = await Promise.all(
      relays.map(({ relay, guests }) =>
        guests.visit(`http://127.0.0.1:${relay.port('http')}/${relay.key('live', 'steady')}.flv`, WHILE_MS),
      ),
    );
    await house.comeBack();
    const areSent = await sendsPlayers(stage);
    return [
      ...unless(served.every(Boolean), 'a relay does not serve while its house is away'),
      ...unless(areSent, 'the house sends nobody to a relay after it has come back'),
    ];
  },
};

/** Waits until the house knows where to go, and follows it. */
async function sendsPlayers({ house, relays }: Stage): Promise<boolean> {
  const deadline = performance.now() + LINK_MS;
  const [first] = relays; // it alone has a network in the roster
  let followed = 0;
  while (followed < ASKED && performance.now() < deadline) {
    const url = `http://127.0.0.1:${house?.port('http')}/${first?.relay.key('live', 'steady')}.flv`;
    const answer = await fetch(url, { redirect: 'manual' });
    await answer.body?.cancel();
    const location = answer.headers.get('location');
    if (answer.status === 302 && location !== null) {
      if (await first?.guests.visit(location, WHILE_MS)) followed++;
    } else await sleep(WHILE_MS);
  }
  return followed === ASKED;
}
