import { expect, test } from 'vitest';
import { reservedSegments } from '../../src/stream/stream-key.ts';
import { flvBody, flvHeader } from '../support/flv-body.ts';
import { startRelay } from '../support/start-relay.ts';
import { TestPlayer } from '../support/test-player.ts';
import { TestPublisher } from '../support/test-publisher.ts';
import { WsClient } from '../support/ws-client.ts';

/** The ways to write a path that means the same segment. */
const spellings = (segment: string): string[] => [
  segment,
  `/${segment}`,
  `_definst_/${segment}`,
  `flv:${segment}`,
];

const percentEncoded = (segment: string): string =>
  `%${segment.charCodeAt(0).toString(16)}${segment.slice(1)}`;

test.concurrent.each([...reservedSegments])(
  'nobody publishes or plays a stream below %s',
  async (segment) => {
    await using relay = await startRelay();
    const reason = `the stream key is not valid: it begins with "${segment}", which is reserved for the relay's own pages`;
    const base = `http://127.0.0.1:${relay.port('http')}`;
    const body = Buffer.concat([flvHeader, flvBody('VH1@0 K1@0')]);

    for (const key of [...spellings(segment).map((path) => `${path}/a`), segment, `${segment}?k=1/a`]) {
      await using publisher = new TestPublisher(relay.port('rtmp'), 'publish', key);
      expect(await publisher.refused).toMatchObject({
        code: 'NetStream.Publish.Denied',
        description: reason,
      });
      await using player = TestPlayer.play(relay.port('rtmp'), key);
      expect(await player.refused).toMatchObject({
        code: 'NetStream.Play.StreamNotFound',
        description: reason,
      });
    }
    for (const path of [...spellings(segment), percentEncoded(segment)]) {
      for (const method of ['POST', 'PUT']) {
        const response = await fetch(`${base}/${path}/a.flv`, { method, body });
        expect([path, response.status, await response.text()]).toEqual([path, 400, `${reason}\n`]);
      }
    }
    for (const path of [`_definst_/${segment}`, percentEncoded(segment)]) {
      const response = await fetch(`${base}/${path}/a.flv`);
      expect([response.status, await response.text()]).toEqual([400, `${reason}\n`]);
      await using player = await WsClient.open(`ws://127.0.0.1:${relay.port('http')}/${path}/a.flv`);
      expect(await player.closed).toEqual({ code: 4400, reason });
    }
    expect(relay.log.find('publish')).toEqual([]);
    expect(relay.log.find('play')).toEqual([]);
  },
);

test.concurrent.each(['live/watch', 'watched/a', 'Watch/a', 'a/api/metrics'])(
  '%s is a stream like any other',
  async (key) => {
    await using relay = await startRelay();
    await using _publisher = await TestPublisher.start(relay.port('rtmp'), key);
    await relay.published(key);
  },
);
