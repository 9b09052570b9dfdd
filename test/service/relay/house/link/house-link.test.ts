import { describe, expect, test } from 'vitest';
import { relaySettings } from '../../../../../src/config/relay-settings.ts';
import { HouseFolder } from '../../../../support/house-folder.ts';
import { given, ScriptedHouse } from '../../../../support/scripted-house.ts';
import { TestCluster } from '../../../../support/start-cluster.ts';
import { startRelay } from '../../../../support/start-relay.ts';
import { TestPlayer } from '../../../../support/test-player.ts';
import { TestPublisher } from '../../../../support/test-publisher.ts';

const payload = Buffer.from('1701000000aabbccdd', 'hex');

/** A relay of so many workers that belongs to a house. */
async function member(
  workers: number,
  house: Record<string, unknown>,
): Promise<{ port(protocol: string): number; metric(name: string): Promise<number> } & AsyncDisposable> {
  return workers === 1 ? startRelay({ house }) : TestCluster.start({ workers, house });
}

describe.each([1, 2])('with %i worker(s)', (workers) => {
  test('a relay links to its house, says who it is, and tells everything', async () => {
    await using folder = await HouseFolder.make();
    await using house = await ScriptedHouse.start();
    await using relay = await member(workers, folder.settings(house.url));
    const link = await house.linked();
    expect(link.authorization).toBe(`Basic ${Buffer.from(`relay-1:${folder.key}`).toString('base64')}`);
    expect(await link.hello()).toMatchObject({ version: 1, revision: null });
    expect(await link.report()).toMatchObject({ whole: true, state: 'ready', players: 0, streams: [] });
    await using publisher = await TestPublisher.start(relay.port('rtmp'), 'live/a');
    publisher.sendMedia({ type: 9, timestamp: 0, payload });
    const streamed = await link.report(({ streams }) => streams[0]?.state === 'live');
    expect(streamed).toMatchObject({ publishers: 1, streams: [{ key: 'live/a', source: 'publisher' }] });
    await using player = TestPlayer.play(relay.port('rtmp'), 'live/a?uid=user%207&secret=1');
    await player.mediaOf(1);
    const { joined } = await link.report((telemetry) => telemetry.joined.length > 0);
    const report = {
      uid: 'user 7',
      identity: null,
      address: '127.0.0.1',
      protocol: 'rtmp',
      stream: 'live/a',
    };
    expect(joined).toEqual([{ ...report, id: expect.any(String), since: expect.any(Number) }]);
    await link.report(({ players, streams }) => players === 1 && streams[0]?.players === 1);
    const ack = await link.order({
      ...{ type: 'kick', session: null, uid: 'user 7', identity: null, address: null, stream: null },
      reason: 'you have been seen elsewhere',
    });
    expect(ack).toMatchObject({ problem: null, ended: 1 });
    const [left] = (await link.report((telemetry) => telemetry.left.length > 0)).left;
    expect(left).toMatchObject({ id: joined[0]?.id, reason: 'kicked' });
    expect(await relay.metric('streampump_house_link_up')).toBe(1);
  });

  test('a relay goes by what its house gives it, over its own, and keeps it', async () => {
    await using folder = await HouseFolder.make();
    await using house = await ScriptedHouse.start();
    {
      await using relay = await member(workers, folder.settings(house.url));
      const link = await house.linked();
      await link.report();
      const settings = given([{ match: 'tv/**', source: { type: 'push' } }], { players: 1 });
      expect(await link.order({ type: 'config', revision: 'r1', settings })).toMatchObject({ problem: null });
      await link.report(({ config }) => config.revision === 'r1');
      await expect(TestPublisher.start(relay.port('rtmp'), 'live/a')).rejects.toThrow();
      await using _publisher = await TestPublisher.start(relay.port('rtmp'), 'tv/a');
      const wrong = given([{ match: 'tv/**', source: { type: 'pull', urls: ['rtmp://user:hush@host'] } }]);
      const { problem } = await link.order({ type: 'config', revision: 'r2', settings: wrong });
      expect(problem).toMatch(/^streams\.0\.source\.urls\.0: expected/);
      expect(problem).not.toContain('hush');
      await link.report(({ config }) => config.revision === 'r2' && config.problem === problem);
      await using _other = await TestPublisher.start(relay.port('rtmp'), 'tv/b');
    }
    await house[Symbol.asyncDispose](); // away
    await using relay = await member(workers, folder.settings(house.url));
    await expect(TestPublisher.start(relay.port('rtmp'), 'live/a')).rejects.toThrow();
    await using _publisher = await TestPublisher.start(relay.port('rtmp'), 'tv/a');
  });

  test('a relay that its house drains lets in relays and nobody else, runs on, and takes all again', async () => {
    await using folder = await HouseFolder.make();
    await using house = await ScriptedHouse.start();
    await using relay = await member(workers, folder.settings(house.url));
    const link = await house.linked();
    await using publisher = await TestPublisher.start(relay.port('rtmp'), 'live/a');
    publisher.sendMedia({ type: 9, timestamp: 0, payload });
    await using early = TestPlayer.play(relay.port('rtmp'), 'live/a');
    await early.mediaOf(1);
    expect(await link.order({ type: 'drain', reconnectUrl: null })).toMatchObject({ problem: null });
    await link.report(({ state }) => state === 'draining');
    await using late = TestPlayer.play(relay.port('rtmp'), 'live/a');
    expect((await late.refused).description).toMatch(/^this server takes nobody new at the moment/);
    const downstream = [
      { match: '**', source: { type: 'pull', urls: [`rtmp://127.0.0.1:${relay.port('rtmp')}/{key}`] } },
    ];
    await using child = await startRelay({ streams: downstream });
    await using below = TestPlayer.play(child.port('rtmp'), 'live/a');
    await below.mediaOf(1);
    publisher.sendMedia({ type: 9, timestamp: 40, payload });
    await early.mediaOf(2);
    await link.order({ type: 'resume' });
    const resumed = link.telemetry.length;
    await link.until(({ telemetry }) => telemetry.slice(resumed).find(({ state }) => state === 'ready'));
    await using after = TestPlayer.play(relay.port('rtmp'), 'live/a');
    await after.mediaOf(1);
  });

  test('whom its house keeps out stays out, and a relay measures how far others are', async () => {
    await using folder = await HouseFolder.make();
    await using house = await ScriptedHouse.start();
    await using relay = await member(workers, folder.settings(house.url));
    const link = await house.linked();
    await using other = await startRelay();
    const until = Date.now() + 60_000;
    await link.order({ type: 'bans', bans: [{ kind: 'address', value: '127.0.0.1', until }] });
    await using banned = TestPlayer.play(relay.port('rtmp'), 'live/a');
    expect((await banned.refused).description).toMatch(/banned/);
    await link.order({ type: 'bans', bans: [] });
    await using _publisher = await TestPublisher.start(relay.port('rtmp'), 'live/a');
    const targets = [
      { relay: 'near', url: `rtmp://127.0.0.1:${other.port('rtmp')}` },
      { relay: 'gone', url: 'rtmp://127.0.0.1:1' },
    ];
    const { roundTrips } = await link.order({ type: 'measure', targets });
    expect(roundTrips).toEqual({ near: expect.any(Number), gone: null });
  });
});

test('what a relay has of its own can be read again without losing what its house gives', async () => {
  await using folder = await HouseFolder.make();
  await using house = await ScriptedHouse.start();
  await using relay = await startRelay({ house: folder.settings(house.url) });
  const link = await house.linked();
  const settings = given([{ match: 'tv/**', source: { type: 'push' } }]);
  await link.order({ type: 'config', revision: 'r1', settings });
  const own = relaySettings.parse({ house: folder.settings(house.url), play: { waitMs: 1234 } });
  await relay.relay.configure({ ...own, listen: relay.relay.settings.listen });
  const { play, streams } = relay.relay.settings;
  expect([play.waitMs, streams.map(({ match }) => match)]).toEqual([1234, ['tv/**']]);
  await link.order({
    type: 'config',
    revision: 'r2',
    settings: given([{ match: 'x/**', source: { type: 'push' } }]),
  });
  const after = relay.relay.settings;
  expect([after.play.waitMs, after.streams.map(({ match }) => match)]).toEqual([1234, ['x/**']]);
});

test('the status and the explanation of a relay say how it is with its house', async () => {
  await using folder = await HouseFolder.make();
  await using house = await ScriptedHouse.start();
  await using relay = await startRelay({ house: folder.settings(house.url) });
  const link = await house.linked();
  await link.order({
    type: 'config',
    revision: 'r1',
    settings: given([{ match: '**', source: { type: 'push' } }]),
  });
  await link.order({ type: 'config', revision: 'r2', settings: given([{ match: 5 }]) });
  const status = (await (await fetch(relay.adminUrl('/api/v1/relay'))).json()) as { house: unknown };
  expect(status.house).toMatchObject({
    ...{ url: house.url, id: 'relay-1', state: 'linked', name: 'scripted', revision: 'r1', lastError: null },
    configProblem: expect.stringMatching(/^r2: streams\.0\.match: expected/),
  });
  const why = await fetch(relay.adminUrl('/api/v1/why?stream=live/a'));
  const { findings } = (await why.json()) as { findings: { about: string; ok: boolean | null }[] };
  expect(findings.filter(({ about }) => about === 'house')).toMatchObject([{ ok: true }, { ok: null }]);
  expect(await relay.metric('streampump_house_config_in_use')).toBe(0);
});
