import { expect, test } from 'vitest';
import { RawHttp } from '../../support/http-client.ts';
import { bbbTags } from '../../support/media.ts';
import { RawClient } from '../../support/raw-client.ts';
import { bbbKey, RecordedSource } from '../../support/recorded-source.ts';
import { startRelay, type TestRelay } from '../../support/start-relay.ts';

const access = { rules: [{ verbs: ['playback'] }] };
const otherKey = bbbKey.replace('cam1', 'cam2');

function start(config: object = {}): Promise<TestRelay> {
  const source = new RecordedSource();
  source.record(otherKey, bbbTags());
  return startRelay({ access, ...config }, { recordings: source });
}

/** Plays over RTMP at the pace of the recording. */
async function playing(relay: TestRelay, key = bbbKey): Promise<RawClient> {
  const client = await RawClient.openConnected(relay.port('rtmp'), 'recordings');
  client.commandOn(1, 'play', 0, null, key.slice('recordings/'.length));
  return client;
}

async function statusOf(relay: TestRelay, key: string): Promise<number> {
  const response = await fetch(relay.flvUrl(key));
  await response.arrayBuffer();
  return response.status;
}

test('whoever is kicked is told, and with a ban does not come back', async () => {
  await using relay = await start();
  await using client = await playing(relay);
  await client.heard('onStatus NetStream.Play.Start');
  const ended = relay.log.waitFor('play-end', { stream: bbbKey });
  expect(await relay.relay.changes.kick({ key: bbbKey }, 60_000)).toBe(1);
  expect((await ended).fields['reason']).toBe('kicked');
  await client.closed;
  await using again = await RawHttp.open(relay.port('http'));
  again.send(`GET /${bbbKey}.flv HTTP/1.1\nHost: x\n\n`);
  expect(await again.all()).not.toContain('FLV');
});

test('shares count recordings as they count streams', async () => {
  const shares = [{ match: 'recordings/**', per: 'stream', players: 1 }];
  await using relay = await start({ limits: { shares } });
  await using client = await playing(relay);
  await client.heard('onStatus NetStream.Play.Start');
  expect(await statusOf(relay, bbbKey)).toBe(503);
  expect(await statusOf(relay, otherKey)).toBe(200);
  await client[Symbol.asyncDispose]();
  await relay.log.waitFor('play-end', { stream: bbbKey });
  expect(await statusOf(relay, bbbKey)).toBe(200);
});

test('a right that ends, ends what it was for', async () => {
  await using relay = await start();
  await using client = await playing(relay);
  await client.heard('onStatus NetStream.Play.Start');
  const ended = relay.log.waitFor('play-end', { stream: bbbKey });
  const { settings } = relay.relay;
  await relay.relay.configure({ ...settings, access: { ...settings.access, rules: [] } });
  expect((await ended).fields['reason']).toBe('revoked');
});
