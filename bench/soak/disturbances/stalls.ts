import { setTimeout as sleep } from 'node:timers/promises';
import { media } from '../../../test/support/fake-media.ts';
import { TestPublisher } from '../../../test/support/test-publisher.ts';
import { Audience } from '../audience.ts';
import { type Disturbance, unless } from './disturbance.ts';

/** A keyframe group that no kernel keeps for a player: who reads nothing of it has a backlog at once. */
const GROUP_FRAMES = 32;
const FRAME_BYTES = 400_000;
const FRAME_MS = 40;
/** Between two looks at how many were let go, frames. */
const LOOK_EVERY = 10;
/** So long they may take to be noticed, milliseconds: `fanOut.stallTimeoutMs` and a busy machine. */
const NOTICE_MS = 20_000;

/** Players that stop reading, over TCP and TLS: the relay lets them go. */
export const stalls: Disturbance = {
  about: 'players of every protocol stop reading; the relay lets them go',
  async happen(_stage, { relay }) {
    const key = relay.key('live', 'stalling');
    await using publisher = await TestPublisher.start(relay.port('rtmp'), key);
    const send = (script: string): void => publisher.sendMedia(...media(script));
    send(`M1@0 VH1@0 AH1@0 K1@0:${FRAME_BYTES}`);
    for (let at = 1; at < GROUP_FRAMES; at++) send(`P${at}@${at * FRAME_MS}:${FRAME_BYTES}`);
    const stalled = async (): Promise<number> => {
      const [count = 0] = await relay.metrics('streampump_disconnected_players_total{reason="stalled"');
      return count;
    };
    const before = await stalled();
    using audience = new Audience();
    const players = relay.waysTo(key, 'flv').map((url) => audience.join(url, 'slow'));
    const deadline = performance.now() + NOTICE_MS;
    let letGo = 0;
    for (let at = GROUP_FRAMES; letGo < players.length && performance.now() < deadline; at++) {
      if (at % LOOK_EVERY === 0) letGo = (await stalled()) - before;
      send(`P${at}@${at * FRAME_MS}`);
      await sleep(FRAME_MS);
    }
    await publisher.finish();
    return unless(
      letGo === players.length,
      `of ${players.length} players that stopped reading ${letGo} were let go`,
    );
  },
};
