import { setTimeout as sleep } from 'node:timers/promises';
import { media } from '../../../test/support/fake-media.ts';
import { bbbAsfPath, bbbPath } from '../../../test/support/media.ts';
import { TestPublisher } from '../../../test/support/test-publisher.ts';
import { Audience } from '../audience.ts';
import { publishFile } from '../programme.ts';
import { type Disturbance, unless } from './disturbance.ts';

const WHILE_MS = 300;

/** A stream whose publisher is replaced, changes its codec headers, is lost and comes back, and ends. */
export const sourceChanges: Disturbance = {
  about: 'a publisher is taken over, changes its codec headers, is cut and comes back in time',
  async happen(_stage, { relay }) {
    const key = relay.key('live', 'changing');
    const url = `rtmp://127.0.0.1:${relay.port('rtmp')}/${key}`;
    const first = await publishFile(bbbPath, url);
    using audience = new Audience();
    const players = relay.waysTo(key, 'flv').map((way) => audience.join(way, 'counter'));
    await Promise.all(players.map((player) => audience.playing(player)));
    const second = await TestPublisher.start(relay.port('rtmp'), key); // takes over with its first keyframe
    for (let at = 0; at < 4; at++) {
      second.sendMedia(
        ...media(`M${at}@${at * 200} VH${at}@${at * 200} AH${at}@${at * 200} K${at}@${at * 200}:2000`),
      );
      second.sendMedia(...media(`A${at}@${at * 200 + 20} P${at}@${at * 200 + 40}:500`));
      await sleep(WHILE_MS / 4);
    }
    await first.ended;
    await second.cut();
    const third = await publishFile(bbbPath, url); // within publish.graceMs, so players stay
    await sleep(WHILE_MS);
    const left = players.filter(({ isPlaying }) => isPlaying).length;
    await third.close();
    await pushAgain(`127.0.0.1:${relay.port('http')}/${relay.key('streams', 'changing')}`);
    return unless(
      left === players.length,
      `${players.length - left} of ${players.length} players lost a stream whose publishers changed`,
    );
  },
};

/** An encoder of Windows Media that comes twice. */
async function pushAgain(place: string): Promise<void> {
  using audience = new Audience();
  for (let time = 0; time < 2; time++) {
    const pushed = await publishFile(bbbAsfPath, `http://${place}_push`);
    await audience.visit(`mmsh://${place}`, WHILE_MS);
    await pushed.close();
  }
}
