import { expect, test } from 'vitest';
import { relaySettings } from '../../../src/config/relay-settings.ts';
import { BanLedger } from '../../../src/service/access/bans/ban-ledger.ts';
import { KeySets } from '../../../src/service/access/credentials/key-sets/key-sets.ts';
import { PullLedger } from '../../../src/service/access/joining/pull-ledger.ts';
import { ShareLedger } from '../../../src/service/access/joining/share-ledger.ts';
import { ThreadJoins } from '../../../src/service/access/joining/thread-joins.ts';
import type { AskedHooks } from '../../../src/service/hooks/asked/asked-hooks.ts';
import { RelayGate } from '../../../src/service/relay/relay-gate.ts';
import type { StreamHomes } from '../../../src/service/relay/stream-homes.ts';
import { connectStraight } from '../../../src/session/upstream/server-connector.ts';
import { requestOf, verifierParts } from '../../support/access-question.ts';
import { failuresOf } from '../../support/failures.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { RawClient } from '../../support/raw-client.ts';
import { RecordingLog } from '../../support/recording-log.ts';
import { startRelay } from '../../support/start-relay.ts';

/** What a client of the relay hears when it publishes and when it plays a key. */
async function ask(port: number, key: string): Promise<{ publish: string; play: string }> {
  const [app = '', name = ''] = key.split('/');
  await using player = await RawClient.openConnected(port, app);
  player.commandOn(1, 'play', 3, null, name);
  await using publisher = await RawClient.openConnected(port, app);
  publisher.commandOn(1, 'publish', 3, null, name, 'live');
  player.command('getStreamLength', 99, null, name);
  await player.heard('_result 99');
  return {
    publish: await publisher.heard('onStatus'),
    play: player.said.find((line) => line.startsWith('onStatus')) ?? 'waits',
  };
}

const streams = [
  { match: 'live/*', source: { type: 'push' } },
  { match: 'live/**', source: { type: 'pull', urls: ['rtmp://127.0.0.1:1/{key}'], start: 'onDemand' } },
  { match: 'tv/*', source: { type: 'pull', urls: ['rtmp://127.0.0.1:1/{key}'], start: 'onDemand' } },
];

test('the first entry that matches decides, and the refusal says why', async () => {
  await using relay = await startRelay({ streams });
  const port = relay.port('rtmp');
  expect(await ask(port, 'live/a')).toEqual({
    publish: 'onStatus NetStream.Publish.Start on 1: live/a is now published',
    play: 'waits',
  });
  expect((await ask(port, 'tv/a')).publish).toBe(
    'onStatus NetStream.Publish.Denied on 1: stream tv/a is pulled from another server: it cannot be published here',
  );
  expect(await ask(port, 'else/a')).toEqual({
    publish:
      'onStatus NetStream.Publish.Denied on 1: there is no stream else/a on this server: no entry in streams matches',
    play: 'onStatus NetStream.Play.StreamNotFound on 1: there is no stream else/a on this server: no entry in streams matches',
  });
});

test('a conflict says so, and not who has the stream', async () => {
  await using relay = await startRelay({ publish: { onConflict: 'reject' } });
  const port = relay.port('rtmp');
  await using first = await RawClient.openConnected(port);
  first.commandOn(1, 'publish', 3, null, 'a', 'live');
  await first.heard('onStatus NetStream.Publish.Start');
  expect((await ask(port, 'live/a')).publish).toBe(
    'onStatus NetStream.Publish.BadName on 1: stream live/a is already being published',
  );
  expect(await relay.metric('streampump_rejected_total{reason="conflict"}')).toBe(1);
});

/** A gate whose streams are found at `live`; what it was asked to find. */
function gateOf(config: unknown, live = '') {
  const settings = relaySettings.parse(config);
  const asked: string[][] = [];
  const slots = new PullLedger(settings.limits, new FakeClock());
  const homes = {
    find: (keys: readonly string[]) => {
      asked.push([...keys]);
      return { key: keys.find((key) => key === live) ?? keys[0] };
    },
  } as unknown as StreamHomes;
  const waiting = { isThere: () => true, wait: () => undefined, endWait: () => {} };
  const shares = new ShareLedger(settings.limits.shares);
  const joins = {
    places: new ThreadJoins({ pulls: slots, shares, waiting }, 0),
    isHere: () => true,
    look: (key: string) => slots.look(key),
  };
  const sent = { add: () => {}, remove: () => {}, configure: () => {} };
  const hooks = { rules: () => [] } as unknown as AskedHooks;
  const clock = new FakeClock();
  const log = new RecordingLog();
  const gate = new RelayGate(
    {
      relayId: 'me',
      playback: {},
      homes,
      joins,
      sent,
      log,
      ...verifierParts({ clock }),
      hooks,
      bans: new BanLedger(clock),
      failures: failuresOf(new FakeClock()),
      keySets: new KeySets({ clock, log, connect: connectStraight }),
    },
    settings,
  );
  return { gate, asked, slots };
}

const { signal } = new AbortController();

test('of two readings the one that is live is judged, and what is granted has a home', async () => {
  const { gate, asked } = gateOf({ streams: [{ match: 'live', source: { type: 'push' } }] }, 'live');
  const readings = [
    { key: 'live/a', query: '' },
    { key: 'live', query: 'k=a' },
  ];
  expect(await gate.ask(requestOf({ readings }), signal)).toMatchObject({ key: 'live', query: 'k=a' });
  expect(asked).toEqual([['live/a', 'live'], ['live']]);
  expect(await gate.ask(requestOf({ readings: readings.slice(0, 1) }), signal)).toMatchObject({
    refused: 'no-source',
  });
});

test('a place among the pulls is free again when a play that was granted is over', async () => {
  const { gate, slots } = gateOf({ streams });
  const grant = await gate.ask(requestOf({ readings: [{ key: 'tv/a', query: '' }] }), signal);
  expect(slots.size).toBe(1);
  if ('release' in grant) grant.release();
  expect(slots.size).toBe(0);
});

test('the relay itself may pull and forward what its settings say, until they say otherwise', async () => {
  const forward = ['rtmp://cdn.example/{key}'];
  const { gate } = gateOf({ streams: [...streams, { match: 'out/*', source: { type: 'push' }, forward }] });
  const pull = { verb: 'pull', key: 'tv/a', url: 'rtmp://127.0.0.1:1/tv/a' } as const;
  const out = { verb: 'forward', key: 'out/a', url: 'rtmp://cdn.example/out/a' } as const;
  expect(await gate.mayOpen(pull, signal)).toMatchObject({ key: 'tv/a' });
  expect(await gate.mayOpen(out, signal)).toMatchObject({ key: 'out/a' });
  gate.configure(relaySettings.parse({ streams: [{ match: '**', source: { type: 'push' } }] }));
  expect(await gate.mayOpen(pull, signal)).toMatchObject({ refused: 'no-source' });
  expect(await gate.mayOpen(out, signal)).toMatchObject({ refused: 'no-source' });
});

test('what was granted is judged by the settings of now', () => {
  const { gate } = gateOf({ streams: [{ match: '**', source: { type: 'push' } }] });
  const [publisher, player] = [
    { verb: 'publish', key: 'live/a' } as const,
    { verb: 'play', key: 'live/a' } as const,
  ];
  const said = (): (string | undefined)[] => {
    const objectionTo = gate.objections();
    return [publisher, player].map((what) => objectionTo(what, '10.0.0.1')?.description);
  };
  expect(said()).toEqual([undefined, undefined]);
  gate.configure(relaySettings.parse({ access: { publish: [], play: ['10.0.0.0/8'] } }));
  expect(said()).toEqual([
    "publishing is not allowed from 10.0.0.1: the server's setting access.publish does not list it",
    undefined,
  ]);
  gate.configure(relaySettings.parse({ streams: streams.slice(1) }));
  expect(said()).toEqual([
    'stream live/a is pulled from another server: it cannot be published here',
    undefined,
  ]);
  gate.configure(relaySettings.parse({ streams: [] }));
  expect(said()).toEqual(
    Array(2).fill('there is no stream live/a on this server: no entry in streams matches'),
  );
});

test('settings that come while a request is judged are those that count', async () => {
  const { gate, slots } = gateOf({ streams });
  const request = requestOf({ readings: [{ key: 'tv/a', query: '' }] });
  const granted = gate.ask(request, signal);
  gate.configure(relaySettings.parse({ streams, access: { play: ['192.0.2.1/32'] } }));
  expect(await granted).toMatchObject({ key: 'tv/a' });
  const refused = gate.ask(request, signal);
  gate.configure(relaySettings.parse({ streams, access: { play: [] } }));
  expect(await refused).toMatchObject({ refused: 'access' });
  const first = await granted;
  if ('release' in first) first.release();
  expect(slots.size).toBe(0); // whatever was taken meanwhile is given back
});

test('what the settings say about a stream holds no secret', () => {
  const { gate } = gateOf({
    streams: [
      { match: 'tv/*', source: { type: 'pull', urls: ['rtmp://me:s3cret@origin/{key}?token=s3cret'] } },
      { match: 'live/**', source: { type: 'push' }, forward: ['rtmp://there/live/s3cret'] },
    ],
    access: {
      publish: ['10.0.0.0/8'],
      rules: [
        {
          ...{ match: 'live/**', verbs: ['publish'], networks: ['192.0.2.0/24'], deny: ['192.0.2.7/32'] },
          require: [
            { type: 'key', values: ['s3cret-key'] },
            { type: 'signed', secrets: { k1: 's3cret'.repeat(6) } },
          ],
        },
        { match: 'tv/**', verbs: ['play'], origins: ['https://example.com'] },
      ],
    },
  });
  const [live, tv, none] = ['live/a', 'tv/a', 'else/a'].map((key) => gate.rulesOf(key));
  expect(live).toEqual({
    entry: { path: 'streams.1', match: 'live/**', pull: undefined, forwards: 1 },
    publish: {
      path: 'access.rules.0',
      words:
        'asks for a key (?key=...) or a signed URL (?signature=...), lets in 192.0.2.0/24, keeps out 192.0.2.7/32',
    },
    play: { path: 'access.play', words: 'lets in everybody' },
  });
  expect(tv?.entry?.pull).toEqual({ start: 'onDemand', urls: ['rtmp://origin/tv/a'] });
  expect(tv?.play.words).toBe('asks for nothing, of web pages lets in those of https://example.com');
  expect([none?.entry, none?.publish.words]).toEqual([undefined, 'lets in 10.0.0.0/8']);
});

test('where recordings are played, their keys are for that, and for nothing else', async () => {
  const rules = [{ match: '**', verbs: ['publish', 'play', 'playback', 'record'] }];
  const { gate } = gateOf({ access: { rules } });
  const ask = (verb: 'publish' | 'play' | 'playback' | 'record', key: string) =>
    gate.ask(requestOf({ verb, readings: [{ key, query: '' }] }), signal);
  for (const verb of ['publish', 'play', 'record'] as const)
    expect(await ask(verb, 'recordings/live/a/1')).toMatchObject({ refused: 'key' });
  expect(await ask('playback', 'recordings/live/a/1')).toMatchObject({ key: 'recordings/live/a/1' });
  expect(await ask('playback', 'live/a')).toMatchObject({ refused: 'not-found' });
});
