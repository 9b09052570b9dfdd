import { setTimeout as sleep } from 'node:timers/promises';
import { type Disturbance, unless } from './disturbance.ts';

/** From the death of an upstream until its stream comes from another, milliseconds, on a busy machine. */
const PLAY_MS = 20_000;
const WHILE_MS = 1500;

/** The upstream that is preferred dies and comes back: pulls go to the other one, and return. */
export const failover: Disturbance = {
  about:
    'the first of two upstreams dies and comes back, under players of streams that are pulled always and on demand',
  needs: 'origins',
  isCommon: true,
  async happen({ origins, relays }) {
    const [first] = origins;
    const visitAll = async (): Promise<number> => {
      const visits = relays.flatMap(({ relay, guests }) =>
        relay.waysTo('pull/other', 'flv').map((url) => guests.visit(url, WHILE_MS)),
      );
      return (await Promise.all(visits)).filter((isServed) => !isServed).length;
    };
    const unservedBefore = await visitAll();
    await first?.kill();
    await sleep(WHILE_MS);
    const unservedFromOther = await visitAll();
    await first?.comeBack();
    const played = await Promise.all(relays.map(({ seats }) => seats.allPlay(PLAY_MS)));
    return [
      ...unless(
        unservedBefore + unservedFromOther === 0,
        `${unservedBefore} players got no stream from the first upstream, ${unservedFromOther} from the second`,
      ),
      ...unless(
        played.every(Boolean),
        'a player of a pulled stream does not play after its upstream has come back',
      ),
    ];
  },
};
