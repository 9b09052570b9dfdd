import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { hashPassword } from '../../../src/credentials/password-verifiers.ts';
import { type PlayedRelay, publishLive, waysToPlay, waysToPublish } from '../../support/access-scene.ts';
import { permitQuery, permitSettings } from '../../support/permits.ts';
import { TestCluster } from '../../support/start-cluster.ts';
import { startRelay } from '../../support/start-relay.ts';
import { TestClient } from '../../support/test-client.ts';
import { TestPlayer } from '../../support/test-player.ts';

const permits = permitSettings();
const access = { failures: { delayMs: 0, attempts: 1000 } };

function inSeconds(seconds: number): number {
  return Math.floor(Date.now() / 1000) + seconds;
}

/** What is tried with a permit of each verb, and how it ends. */
function triesOf(
  verb: 'play' | 'publish',
): readonly (readonly [what: string, query: string, fares: RegExp])[] {
  const good = permitQuery({ verb });
  return [
    ['right', good, /^(plays|publishes)$/],
    ['replayed', good, /^(plays|publishes)$/],
    ['right beside others', `uid=7&${good}&start=live`, /^(plays|publishes)$/],
    ['wrong', permitQuery({ verb }, 'stranger'), /^the permit is wrong/],
    ['expired', permitQuery({ verb, joinUntil: inSeconds(-1) }), /^the permit has expired: ask the house/],
    ['of a session that is over', permitQuery({ verb, sessionUntil: inSeconds(-1) }), /has expired/],
    ['of another stream', permitQuery({ verb, stream: 'live/b' }), /is for another stream$/],
    [
      'of another verb',
      permitQuery({ verb: verb === 'play' ? 'publish' : 'play' }),
      new RegExp(`not to ${verb}$`),
    ],
    ['of another relay', permitQuery({ verb, relay: 'toronto' }), /is for another server$/],
    [
      'of another address',
      permitQuery({ verb, address: '192.0.2.1' }),
      /for another address than 127.0.0.1$/,
    ],
    ['missing', 'uid=7', /ask the house for this stream$/],
    ['duplicated', `${good}&${good}`, /more than once$/],
    ['cut', good.slice(0, -6), /^the permit is not whole/],
  ];
}

/** A relay, or one with two workers, that takes only whom its house sends. */
async function startPermitted(workers: number): Promise<PlayedRelay & AsyncDisposable> {
  if (workers === 1) return startRelay({ access }, { permits });
  return TestCluster.start({ access, workers }, permits);
}

describe.concurrent.each([1, 2])('with %i worker(s)', (workers) => {
  test('who plays needs a permit for just that', async () => {
    await using relay = await startPermitted(workers);
    await using _publisher = await publishLive(relay, `live/a?${permitQuery({ verb: 'publish' })}`);
    for (const [protocol, play] of Object.entries(waysToPlay))
      for (const [what, query, fares] of triesOf('play'))
        expect(await play(relay, `live/a?${query}`), `${protocol} ${what}`).toMatch(fares);
  });

  test('who publishes needs a permit for just that', async () => {
    await using relay = await startPermitted(workers);
    for (const [protocol, publish] of Object.entries(waysToPublish))
      for (const [what, query, fares] of triesOf('publish'))
        expect(await publish(relay, `live/a?${query}`), `${protocol} ${what}`).toMatch(fares);
  });
});

test.concurrent('a permit may stand behind the app of RTMP', async () => {
  await using relay = await startRelay({ access }, { permits });
  await using _publisher = await publishLive(relay, `live/a?${permitQuery({ verb: 'publish' })}`);
  await using player = new TestPlayer(relay.port('rtmp'), 'play', `live?${permitQuery()}/a`);
  await player.started;
});

test.concurrent('an encoder with a permit is not asked for a user when it connects', async () => {
  const users = [await hashPassword('ann', 'a-password', ['rtmp'], 'streampump')];
  const rules = [{ match: 'live/**', verbs: ['publish'], require: [{ type: 'password', users }] }];
  const query = permitQuery({ verb: 'publish' });
  await using only = await startRelay({ access: { ...access, rules } }, { permits });
  await using _behindStream = await publishLive(only, `live/a?${query}`);
  await using either = await startRelay(
    { access: { ...access, rules } },
    { permits: { ...permits, only: false } },
  );
  await using behindApp = new TestClient(either.port('rtmp'), 'publish', `live?${query}/a`);
  await behindApp.started;
  await using without = new TestClient(either.port('rtmp'), 'publish', 'live/b');
  expect((await without.refused).description).toContain('authmod=adobe');
});

test.concurrent('a session ends with the time that its permit gives it', async () => {
  await using relay = await startRelay({ access }, { permits });
  await using _publisher = await publishLive(relay, `live/a?${permitQuery({ verb: 'publish' })}`);
  await using player = TestPlayer.play(
    relay.port('rtmp'),
    `live/a?${permitQuery({ sessionUntil: inSeconds(2) })}`,
  );
  await player.started;
  const { text: why } = await relay.log.waitFor('play-end', { reason: 'revoked' });
  expect(why).toContain('your access has expired');
  await player.closed;
});

test.concurrent('who is in by a key that the house has taken back is out, and so is who came before permits were needed', async () => {
  await using relay = await startRelay({ access }, { permits: { ...permits, only: false } });
  await using _publisher = await publishLive(relay, `live/a?${permitQuery({ verb: 'publish' })}`);
  await using anybody = TestPlayer.play(relay.port('rtmp'), 'live/a');
  await using sent = TestPlayer.play(relay.port('rtmp'), `live/a?${permitQuery()}`);
  await Promise.all([anybody.started, sent.started]);
  const { settings } = relay.relay;
  await relay.relay.configure({ ...settings, access: { ...settings.access, permits } });
  expect((await relay.log.waitFor('play-end')).text).toContain('ask the house');
  await anybody.closed;
  await using later = TestPlayer.play(relay.port('rtmp'), `live/a?${permitQuery()}`);
  await later.started;
  const without = { ...permits, keys: {} };
  await relay.relay.configure({ ...settings, access: { ...settings.access, permits: without } });
  await Promise.all([sent.closed, later.closed]);
  const { text: why } = await relay.log.waitFor('play-end', {}, { count: 3 });
  expect(why).toContain('a key that this server does not know');
});

test.concurrent('an identity is that of the permit: limits and the API know it', async () => {
  const shares = [{ per: 'identity', players: 1 }];
  await using relay = await startRelay({ access, limits: { shares } }, { permits });
  await using _publisher = await publishLive(relay, `live/a?${permitQuery({ verb: 'publish' })}`);
  const query = permitQuery({ identity: 'ann' });
  await using player = TestPlayer.play(relay.port('rtmp'), `live/a?${query}`);
  await player.started;
  await using second = TestPlayer.play(relay.port('rtmp'), `live/a?${query}`);
  expect((await second.refused).description).toMatch(/players/);
  expect(await (await fetch(relay.adminUrl('/api/v1/sessions'))).text()).toContain('"ann"');
});

test.concurrent('nobody else sees a permit: no hook, preset, log, access log, page, metric or API', async ({
  expect,
}) => {
  const told: string[] = [];
  await using backEnd = createServer(async (request, response) => {
    told.push(`${request.url} ${await text(request)}`);
    response.end('{"allow": true, "code": 0}');
  }).listen(0, '127.0.0.1');
  await once(backEnd, 'listening');
  const url = `http://127.0.0.1:${(backEnd.address() as AddressInfo).port}/`;
  const events = ['connect', 'publish', 'play', 'unpublish', 'stop'];
  const hooks = [
    { events, url },
    { events, url: `${url}srs`, preset: 'srs' },
    { events, url: `${url}nginx`, preset: 'nginx-rtmp' },
  ];
  const lines: string[] = [];
  const accessLog = { write: (line: string) => lines.push(line) };
  const config = { access, hooks, http: { listStreams: true } };
  await using relay = await startRelay(config, { permits, accessLog } as never);
  const shown = permitQuery({ verb: 'publish' });
  await using publisher = await publishLive(relay, `live/a?uid=7&${shown}`);
  const query = permitQuery();
  await using behindApp = new TestPlayer(relay.port('rtmp'), 'play', `live?${query}&uid=8/a`);
  await behindApp.started;
  expect(await waysToPlay['http-flv']?.(relay, `live/a?${query}&uid=9`)).toBe('plays');
  expect(await waysToPlay['ws-flv']?.(relay, `live/a?${query}&uid=9`)).toBe('plays');
  expect(await waysToPlay['rtmp']?.(relay, `live/b?${query}&uid=9`)).toContain('another stream');
  const pages = [
    '/metrics',
    '/api/v1/streams',
    '/api/v1/sessions',
    '/api/v1/config',
    '/api/v1/why?stream=live/a',
  ];
  const answers = await Promise.all(pages.map(async (page) => (await fetch(relay.adminUrl(page))).text()));
  await publisher[Symbol.asyncDispose]();
  await expect.poll(() => told.filter((body) => body.includes('unpublish')).length).toBeGreaterThan(1);
  await expect.poll(() => lines.length).toBeGreaterThan(3);
  const seen = [...told, ...lines, ...answers, JSON.stringify(relay.log.lines)];
  for (const [name, secret] of [
    ['publish', shown],
    ['play', query],
  ] as const)
    expect(
      seen.filter((one) => one.includes(secret.slice(7, 40))),
      name,
    ).toEqual([]);
  for (const kept of ['uid=7', 'uid=8', 'uid=9'])
    expect(
      seen.some((one) => one.includes(kept)),
      kept,
    ).toBe(true);
});

describe.concurrent('relays', () => {
  test('that have a permit are believed, and others of the same network are not', async () => {
    await using parent = await startRelay({ access }, { permits });
    await using _publisher = await publishLive(parent, `live/a?${permitQuery({ verb: 'publish' })}`);
    const relay = permitQuery({ verb: 'relay', stream: '', identity: 'relay:toronto' });
    const pull = (query: string) => ({
      streams: [{ match: 'live/*', source: { type: 'pull', urls: [`${parent.rtmpUrl('{key}')}?${query}`] } }],
    });
    await using child = await startRelay(pull(relay));
    expect(await waysToPlay['http-flv']?.(child, 'live/a')).toBe('plays');
    expect(await parent.metric('streampump_sessions{role="relay",protocol="rtmp"}')).toBe(1);
    const shown = await (await fetch(child.adminUrl('/api/v1/upstreams'))).text();
    expect(shown + JSON.stringify(child.log.lines)).not.toContain(relay.slice(7, 40));

    await using stranger = await startRelay(pull('uid=7'));
    await using _waiting = TestPlayer.play(stranger.port('rtmp'), 'live/a');
    const { text: why } = await stranger.log.waitFor('upstream');
    expect(why).toContain('ask the house for this stream');
  });
});
