import { beforeAll, expect, test } from 'vitest';
import { publishLoop } from '../support/browser.ts';
import { type Show, showWithMplayer, showWithVlc } from '../support/desktop-players.ts';
import { bbbPath } from '../support/media.ts';
import { hashPictures } from '../support/probe.ts';
import { publishWithFfmpeg } from '../support/real-clients.ts';
import { startRelay, type TestRelay } from '../support/start-relay.ts';

interface Player {
  readonly name: string;
  readonly show: Show;
  readonly url: (relay: TestRelay, key: string) => string;
}

const rtmp: Player['url'] = (relay, key) => relay.rtmpUrl(key);
const httpFlv: Player['url'] = (relay, key) => relay.flvUrl(key);
const players: readonly Player[] = [
  { name: 'VLC over RTMP', show: showWithVlc, url: rtmp },
  { name: 'VLC over HTTP-FLV', show: showWithVlc, url: httpFlv },
  { name: 'MPlayer over HTTP-FLV', show: showWithMplayer, url: httpFlv },
];

let source: ReadonlySet<string>;
beforeAll(async () => {
  source = new Set(await hashPictures(bbbPath));
});

/** Holds a player to it that it has shown pictures of the source, undamaged, and so many different ones. */
function expectPictures(shown: readonly string[], atLeast: number): void {
  expect(shown.filter((picture) => !source.has(picture))).toEqual([]);
  expect(new Set(shown).size).toBeGreaterThanOrEqual(atLeast);
}

test.concurrent.for(players)(
  '$name waits for a stream, shows it whole, and ends with it',
  async ({ show, url }) => {
    await using relay = await startRelay({ play: { waitMs: 60_000 } });
    await using player = await show(url(relay, 'live/a'));
    await relay.log.waitFor('play', { stream: 'live/a' });
    await using publisher = publishWithFfmpeg(relay.rtmpUrl('live/a'), { realTime: true, seconds: 4 });
    await publisher.output;
    expectPictures(await player.shown(), 75); // of 98
  },
);

test.concurrent.for(players)('$name joins late and shows an undamaged picture', async ({ show, url }) => {
  await using relay = await startRelay();
  await using _publisher = publishLoop(relay.rtmpUrl('live/a'));
  await relay.published('live/a');
  await using player = await show(url(relay, 'live/a'), 3);
  expectPictures(await player.shown(), 50); // of 75
});
