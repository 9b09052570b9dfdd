import { expect, test } from 'vitest';
import { media } from '../../support/fake-media.ts';
import { tagWord } from '../../support/http-client.ts';
import { startRelay } from '../../support/start-relay.ts';
import { TestPlayer } from '../../support/test-player.ts';
import { TestPublisher } from '../../support/test-publisher.ts';
import { openTunnel } from '../../support/tunnels.ts';

test('what is published by a tunnel is played by another one', async () => {
  await using relay = await startRelay({ http: { rtmpt: true } });
  const port = relay.port('http');
  await using publisher = new TestPublisher(port, 'publish', 'live/a', await openTunnel(port));
  await publisher.started;
  await using player = new TestPlayer(port, 'play', 'live/a', await openTunnel(port));
  await relay.log.waitFor('play', { protocol: 'rtmpt' });
  const sent = media('VH1@0 AH1@0 K1@0 A1@10 P1@40');
  publisher.sendMedia(...sent);
  const got = await player.mediaOf(sent.length);
  expect(got.map(tagWord)).toEqual(sent.map(tagWord));
});
