import { describe, expect, test } from 'vitest';
import { relaySettings } from '../../../../src/config/relay-settings.ts';
import { media } from '../../../support/fake-media.ts';
import { HookServer } from '../../../support/hook-server.ts';
import { startRelay, type TestRelay } from '../../../support/start-relay.ts';
import { TestPlayer } from '../../../support/test-player.ts';
import { TestPublisher } from '../../../support/test-publisher.ts';

/** A relay that asks this server, and a publisher of live/a, which it has let in. */
async function relayAsking(server: HookServer, hook: object = {}, config: object = {}) {
  const hooks = [{ events: ['connect', 'publish', 'play'], url: server.url, ...hook }];
  const relay = await startRelay({ hooks, ...config });
  const publisher = await TestPublisher.start(relay.port('rtmp'), 'live/a');
  publisher.sendMedia(...media('VH1@0 K1@0'));
  return {
    relay,
    publisher,
    [Symbol.asyncDispose]: async () => {
      await publisher.cut();
      await relay[Symbol.asyncDispose]();
    },
  };
}

/** What a relay with other hooks is configured with. */
function settingsWith(relay: TestRelay, hooks: readonly object[]) {
  const place = (protocol: string) => ({ host: '127.0.0.1', port: relay.port(protocol) });
  return relaySettings.parse({
    hooks,
    listen: { rtmp: place('rtmp'), http: place('http'), admin: place('admin') },
  });
}

test.concurrent('an encoder and a player are asked about as they come, by the words of their protocol', async () => {
  await using server = await HookServer.start();
  await using scene = await relayAsking(server);
  await using player = TestPlayer.play(scene.relay.port('rtmp'), 'live/a?room=7');
  await player.mediaOf(2);
  const response = await fetch(scene.relay.flvUrl('live/a'), { method: 'HEAD' });
  expect(response.status).toBe(200);
  expect(server.asked.map(({ event, stream, query }) => [event, stream, query])).toEqual([
    ['connect', null, ''],
    ['publish', 'live/a', ''],
    ['connect', null, ''],
    ['play', 'live/a', 'room=7'],
    ['play', 'live/a', ''],
  ]);
  expect(new Set(server.asked.map(({ address }) => address))).toEqual(new Set(['127.0.0.1']));
});

test.concurrent('a hook is not asked about what is refused anyway', async () => {
  await using server = await HookServer.start();
  await using scene = await relayAsking(server, {}, { access: { play: [] } });
  server.asked.length = 0;
  expect((await fetch(scene.relay.flvUrl('live/a'))).status).toBe(403);
  expect(server.asked).toEqual([]);
});

test.concurrent('a refused publisher is told why', async () => {
  await using server = await HookServer.start(({ event }) => ({
    allow: event !== 'publish',
    message: 'pay first',
  }));
  await using relay = await startRelay({ hooks: [{ events: ['publish'], url: server.url }] });
  await using publisher = new TestPublisher(relay.port('rtmp'), 'publish', 'live/a');
  expect(await publisher.refused).toMatchObject({
    code: 'NetStream.Publish.Denied',
    description: 'pay first',
  });
  expect(await relay.metric('streampump_rejected_total{reason="hook"}')).toBe(1);
  expect(await relay.metric('streampump_hook_questions_total{hook="hooks.0",outcome="refused"}')).toBe(1);
});

test.concurrent('a renamed stream is the one that plays', async () => {
  await using server = await HookServer.start(({ stream }) =>
    stream === 'secret/1234' ? { allow: true, rename: 'live/a' } : { allow: true },
  );
  await using scene = await relayAsking(server);
  await using player = TestPlayer.play(scene.relay.port('rtmp'), 'secret/1234');
  await player.mediaOf(2);
  expect(scene.relay.log.find('play', { stream: 'live/a' }).length).toBe(1);
});

test.concurrent('identity and limits of an answer hold for whoever comes next by that name', async () => {
  await using server = await HookServer.start(({ event }) =>
    event === 'play' ? { allow: true, identity: 'ann', limits: { players: 1 } } : { allow: true },
  );
  await using scene = await relayAsking(server);
  await using first = TestPlayer.play(scene.relay.port('rtmp'), 'live/a');
  await first.mediaOf(2);
  await using second = TestPlayer.play(scene.relay.port('rtmp'), 'live/a');
  expect((await second.refused).code).toBe('NetStream.Play.Failed');
  expect(scene.relay.log.find('refused').length).toBe(1);
  await first.cut();
});

test.concurrent('access that is given for a time ends with it', async () => {
  await using server = await HookServer.start(() => ({ allow: true, playForMs: 500 }));
  await using scene = await relayAsking(server, { events: ['play'] });
  await using player = TestPlayer.play(scene.relay.port('rtmp'), 'live/a');
  await player.mediaOf(2);
  expect((await player.refused).description).toBe('your access has expired');
});

describe.concurrent('a redirected client', () => {
  const redirect = 'rtmp://b.example:1935/live/b?token=x';

  test('hears where to go in the way of RTMP', async () => {
    await using server = await HookServer.start(({ event }) =>
      event === 'play' ? { redirect } : { allow: true },
    );
    await using scene = await relayAsking(server);
    await using player = TestPlayer.play(scene.relay.port('rtmp'), 'live/a');
    const { description, information } = await player.refused;
    expect(description).toBe('it is at rtmp://b.example:1935/live/b');
    expect(information['ex']).toMatchObject({ code: 302, redirect });
  });

  test('or of HTTP, and no log has the secret in it', async () => {
    const elsewhere = 'http://b.example/live/b.flv?token=hush-hush';
    await using server = await HookServer.start(({ event }) =>
      event === 'play' ? { redirect: elsewhere, message: 'over there' } : { allow: true },
    );
    await using scene = await relayAsking(server);
    const response = await fetch(scene.relay.flvUrl('live/a'), { redirect: 'manual' });
    expect([response.status, response.headers.get('location')]).toEqual([
      302,
      'http://b.example:80/live/b.flv?token=hush-hush',
    ]);
    expect(await response.text()).toBe('over there\n');
    expect(JSON.stringify(scene.relay.log.lines)).not.toContain('hush');
  });

  test('that is a relay follows to a host that it may', async () => {
    await using behind = await startRelay();
    await using publisher = await TestPublisher.start(behind.port('rtmp'), 'live/a');
    publisher.sendMedia(...media('VH1@0 K1@0'));
    await using server = await HookServer.start(() => ({ redirect: behind.rtmpUrl('live/a') }));
    await using parent = await startRelay({ hooks: [{ events: ['play'], url: server.url }] });
    const source = { type: 'pull', urls: [parent.rtmpUrl('{key}')] };
    await using edge = await startRelay({ streams: [{ match: '**', source }] });
    await using player = TestPlayer.play(edge.port('rtmp'), 'live/a');
    await player.mediaOf(2);
    expect(server.asked.length).toBe(1);
  });
});

test.concurrent('who was let in is asked about again, and goes when the answer is no', async () => {
  await using server = await HookServer.start();
  await using scene = await relayAsking(server, { recheckMs: 1000, events: ['play'] });
  await using player = TestPlayer.play(scene.relay.port('rtmp'), 'live/a?room=7');
  await player.mediaOf(2);
  server.script = () => ({ allow: false, message: 'your time is up' });
  expect((await player.refused).description).toBe('your time is up');
  expect(server.asked.map(({ event, verb, query }) => [event, verb, query])).toEqual([
    ['play', undefined, 'room=7'],
    ['recheck', 'play', 'room=7'],
  ]);
});

test.concurrent('who was let in stays in while the hook is away', async () => {
  await using server = await HookServer.start();
  await using scene = await relayAsking(server, { recheckMs: 1000, events: ['play'], retries: 0 });
  await using player = TestPlayer.play(scene.relay.port('rtmp'), 'live/a');
  await player.mediaOf(2);
  const away = Promise.withResolvers<void>();
  server.script = (_question, response) => {
    response.destroy();
    if (server.asked.length > 2) away.resolve();
    return undefined;
  };
  await away.promise;
  scene.publisher.sendMedia(...media('P1@40'));
  expect((await player.mediaOf(3)).length).toBe(3);
});

test.concurrent('new settings ask another server; sessions go on, and what was asked is answered', async () => {
  await using before = await HookServer.start();
  await using after = await HookServer.start(() => ({ allow: false, message: 'the new one says no' }));
  await using scene = await relayAsking(before);
  const { relay, publisher } = scene;
  await using player = TestPlayer.play(relay.port('rtmp'), 'live/a');
  await player.mediaOf(2);
  const asked = Promise.withResolvers<() => void>();
  before.script = ({ event }, response) => {
    if (event === 'connect') return { allow: true };
    asked.resolve(() => response.end('{"allow":true}'));
    return undefined;
  };
  await using late = TestPlayer.play(relay.port('rtmp'), 'live/a');
  const answer = await asked.promise;
  await relay.relay.configure(settingsWith(relay, [{ events: ['play'], url: after.url }]));
  answer();
  expect((await late.refused).description).toBe('the new one says no'); // asked again, by what holds now
  publisher.sendMedia(...media('P1@40'));
  expect((await player.mediaOf(3)).length).toBe(3);
  expect(after.asked.length).toBe(1);
});

test.concurrent('settings whose secret cannot be read change nothing', async () => {
  await using server = await HookServer.start();
  await using scene = await relayAsking(server);
  const { relay } = scene;
  const hooks = [{ events: ['play'], url: 'http://127.0.0.1:1/', secretFile: '/nowhere/secret' }];
  await expect(relay.relay.configure(settingsWith(relay, hooks))).rejects.toThrow(
    '/nowhere/secret cannot be read',
  );
  await using player = TestPlayer.play(relay.port('rtmp'), 'live/a');
  await player.mediaOf(2);
});
