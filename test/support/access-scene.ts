import { media } from './fake-media.ts';
import { flvBody, flvHeader } from './flv-body.ts';
import type { TestRelay } from './start-relay.ts';
import { TestClient } from './test-client.ts';
import { TestPlayer } from './test-player.ts';
import { TestPublisher } from './test-publisher.ts';
import { WsClient } from './ws-client.ts';

/** A relay, as far as it is played from and published to. */
export type PlayedRelay = Pick<TestRelay, 'port' | 'flvUrl' | 'wsUrl'>;

/** How somebody fares who plays a stream, by protocol: `plays`, or the sentence of the refusal. @param key - with its query */
export const waysToPlay: Readonly<Record<string, (relay: PlayedRelay, key: string) => Promise<string>>> = {
  rtmp: async (relay, key) => {
    await using player = new TestPlayer(relay.port('rtmp'), 'play', key);
    return await Promise.race([
      player.started.then(() => 'plays'),
      player.refused.then(({ description }) => description),
    ]);
  },
  'http-flv': async (relay, key) => {
    const answer = await fetch(relay.flvUrl(key));
    if (answer.status !== 200) return (await answer.text()).trim();
    await answer.body?.cancel();
    return 'plays';
  },
  'ws-flv': async (relay, key) => {
    await using player = await WsClient.open(relay.wsUrl(key));
    return await Promise.race([
      player.messageOf(1).then(
        () => 'plays',
        () => new Promise<string>(() => {}),
      ),
      player.closed.then(({ reason }) => reason),
    ]);
  },
};

/** How somebody fares who publishes a stream, by protocol: `publishes`, or the sentence of the refusal. @param key - with its query */
export const waysToPublish: Readonly<Record<string, (relay: PlayedRelay, key: string) => Promise<string>>> = {
  rtmp: async (relay, key) => {
    await using publisher = new TestClient(relay.port('rtmp'), 'publish', key);
    return await Promise.race([
      publisher.started.then(() => 'publishes'),
      publisher.refused.then(({ description }) => description),
    ]);
  },
  'http-flv': async (relay, key) => {
    const body = Buffer.concat([flvHeader, flvBody('VH1@0 K1@0')]);
    const answer = await fetch(relay.flvUrl(key), { method: 'PUT', body });
    const said = (await answer.text()).trim();
    return answer.ok ? 'publishes' : said;
  },
};

/** Publishes a stream that can be played from now on. @param key - with its query */
export async function publishLive(relay: PlayedRelay, key: string): Promise<TestPublisher> {
  const publisher = await TestPublisher.start(relay.port('rtmp'), key);
  publisher.sendMedia(...media('VH1@0 K1@0'));
  return publisher;
}
