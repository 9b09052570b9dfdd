import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bbbPath } from '../support/media.ts';
import { type Machine, whyNoMachines } from '../support/networks/machine.ts';
import { CENTRE, Star } from '../support/networks/star.ts';
import { binaryHeader } from '../support/proxy-wire.ts';
import { type RelayProcess, startRelayProcess } from '../support/relay-process.ts';
import type { RunningTool } from '../support/run-tool.ts';
import { TestClient } from '../support/test-client.ts';
import { TestPlayer } from '../support/test-player.ts';

/** The middle is on the internet: the studio comes over a network of its own, everybody else over the internet. */
const networks = {
  studio: { ipv4: '10.20.0.0/24', ipv6: 'fd20::/64' },
  viewer: { ipv4: '203.0.113.0/24', ipv6: '2001:db8:77::/48' },
} as const;

function publish(machine: Machine, url: string): RunningTool {
  const input = ['-hide_banner', '-nostdin', '-v', 'error', '-re', '-stream_loop', '-1', '-i', bbbPath];
  return machine.run('ffmpeg', [...input, '-c', 'copy', '-f', 'flv', url]);
}

async function play(
  machine: Machine,
  relay: RelayProcess,
  host: string,
  localAddress?: string,
): Promise<TestPlayer> {
  const from = localAddress === undefined ? {} : { localAddress };
  const socket = await machine.connect({ host, port: relay.rtmpPort, ...from });
  return new TestPlayer(relay.rtmpPort, 'play', 'live/cam1', socket);
}

describe.skipIf(whyNoMachines !== undefined)(whyNoMachines ?? 'from networks that are not trusted', () => {
  let star: Star<keyof typeof networks>;
  beforeAll(async () => {
    star = await Star.start(networks);
  });
  afterAll(() => star[Symbol.asyncDispose]());

  test('as it comes, private networks publish and everybody plays, over IPv4 and IPv6', async () => {
    const { studio, viewer } = star.around;
    await using relay = await startRelayProcess({ machine: star.centre });
    const overIpv6 = `rtmp://[${CENTRE.ipv6}]:${relay.rtmpPort}/live/cam2`;
    for (const { url, from } of [
      { url: relay.rtmpUrl('live/cam1'), from: '203.0.113.1' },
      { url: overIpv6, from: '2001:db8:77::1' },
    ]) {
      await using refused = publish(viewer, url);
      expect((await refused.exited).code).not.toBe(0);
      expect(refused.stderr).toContain(
        `publishing is not allowed from ${from}: the server's setting access.publish does not list it`,
      );
    }
    await using _cam1 = publish(studio, relay.rtmpUrl('live/cam1'));
    await using _cam2 = publish(studio, overIpv6);
    await relay.waitForLog(/"event":"publish","[^\n]*"peer":"10\.20\.0\.1:\d+"/);
    await relay.waitForLog(/"event":"publish","[^\n]*"peer":"\[fd20::1\]:\d+"/);
    for (const host of [CENTRE.ipv4, CENTRE.ipv6]) {
      await using player = await play(viewer, relay, host);
      await player.mediaOf(1);
    }
  });

  test('an IPv6 network of /64 is one address to a limit, however many addresses it has; another is another', async () => {
    const config = { limits: { sessionsPerAddress: 2 } };
    await using relay = await startRelayProcess({ machine: star.centre, config });
    await using _publisher = publish(star.around.studio, relay.rtmpUrl('live/cam1'));
    const from = (address: string): Promise<TestPlayer> =>
      play(star.around.viewer, relay, CENTRE.ipv6, address);
    await using first = await from('2001:db8:77:1::1');
    await using second = await from('2001:db8:77:1::2');
    await Promise.all([first.mediaOf(1), second.mediaOf(1)]);
    await using third = await from('2001:db8:77:1:ffff::3');
    expect((await third.refused).description).toBe(
      'your address already has 2 sessions, the most that is allowed',
    );
    await using other = await from('2001:db8:77:2::1');
    await other.mediaOf(1);
  });

  test('a rule lets its networks in and nobody else, and those that it denies not even then', async () => {
    const rule = {
      match: 'live/**',
      verbs: ['publish'],
      networks: ['203.0.113.0/24', '2001:db8:77::/48'],
      deny: ['203.0.113.66', '2001:db8:77:bad::/64'],
    };
    await using relay = await startRelayProcess({
      machine: star.centre,
      config: { access: { rules: [rule] } },
    });
    const answerTo = async (machine: Machine, host: string, localAddress: string): Promise<string> => {
      const socket = await machine.connect({ host, port: relay.rtmpPort, localAddress });
      await using client = new TestClient(relay.rtmpPort, 'publish', 'live/cam1', socket);
      return await Promise.any([
        client.started.then(() => 'started'),
        client.refused.then(({ description }) => description),
      ]);
    };
    const { studio, viewer } = star.around;
    const refusal = (address: string, why: string): string =>
      `publishing is not allowed from ${address}: the server's setting access.rules.0.${why} it`;
    expect(await answerTo(viewer, CENTRE.ipv4, '203.0.113.5')).toBe('started');
    expect(await answerTo(viewer, CENTRE.ipv4, '203.0.113.66')).toBe(refusal('203.0.113.66', 'deny lists'));
    expect(await answerTo(studio, CENTRE.ipv4, '10.20.0.1')).toBe(
      refusal('10.20.0.1', 'networks does not list'),
    );
    expect(await answerTo(viewer, CENTRE.ipv6, '2001:db8:77:1::5')).toBe('started');
    expect(await answerTo(viewer, CENTRE.ipv6, '2001:db8:77:bad::5')).toBe(
      refusal('2001:db8:77:bad::5', 'deny lists'),
    );
    expect(await answerTo(studio, CENTRE.ipv6, 'fd20::1')).toBe(refusal('fd20::1', 'networks does not list'));
  });

  test("behind a proxy that is believed, limits are the clients' own; a stranger is not believed", async () => {
    const config = {
      proxyProtocol: ['10.20.0.2'],
      access: { publish: ['203.0.113.0/24'] },
      limits: { sessionsPerAddress: 1 },
    };
    await using relay = await startRelayProcess({ machine: star.centre, config });
    const through = async (client: string, from = star.around.studio, localAddress = '10.20.0.2') => {
      const socket = await from.connect({ host: CENTRE.ipv4, port: relay.rtmpPort, localAddress });
      socket.write(binaryHeader(client));
      return socket;
    };
    const publisher = new TestClient(0, 'publish', 'live/cam1', await through('203.0.113.9'));
    await using _publisher = publisher;
    await publisher.started;
    const play = async (client: string): Promise<TestPlayer> =>
      new TestPlayer(0, 'play', 'live/cam1', await through(client));
    await using first = await play('2001:db8:aa:1::1');
    await relay.waitForLog(/"event":"play",[^\n]*"peer":"\[2001:db8:aa:1::1\]:40000"/);
    await using second = await play('2001:db8:aa:1::2');
    expect((await second.refused).description).toBe(
      'your address already has 1 sessions, the most that is allowed',
    );
    await using other = await play('2001:db8:aa:2::1');
    await relay.waitForLog(/"event":"play",[^\n]*"peer":"\[2001:db8:aa:2::1\]:40000"/);
    const stranger = await through('10.20.0.7', star.around.viewer, '203.0.113.5');
    await once(
      stranger.on('error', () => {}),
      'close',
    );
    for (const player of [first, other]) await player.cut();
  });

  test.for([1, 2])(
    'whoever guesses is shut out for a while, with all of his network and no more: %i worker(s)',
    async (workers) => {
      const require = [{ type: 'key', values: ['watch-70c1'] }];
      const rules = [{ match: 'vip/**', verbs: ['play'], require }];
      const access = { rules, failures: { delayMs: 0, attempts: 5 } };
      await using relay = await startRelayProcess({ machine: star.centre, config: { workers, access } });
      await using _vip = publish(star.around.studio, relay.rtmpUrl('vip/cam1'));
      await using _open = publish(star.around.studio, relay.rtmpUrl('open/cam1'));
      await relay.waitForLog(/"event":"publish",[^\n]*"stream":"vip\/cam1"/);
      const ask = async (host: string, localAddress: string, key: string): Promise<string> => {
        const socket = await star.around.viewer.connect({ host, port: relay.rtmpPort, localAddress });
        await using player = new TestPlayer(relay.rtmpPort, 'play', key, socket);
        return await Promise.any([
          player.mediaOf(1).then(() => 'plays'),
          player.refused.then(({ description }) => description),
        ]);
      };
      const blocked =
        'too many wrong keys, passwords or the like came from your address: try again in a while';
      for (const { host, guesser, neighbour, honest } of [
        { host: CENTRE.ipv4, guesser: '203.0.113.66', neighbour: '203.0.113.66', honest: '203.0.113.67' },
        {
          host: CENTRE.ipv6,
          guesser: '2001:db8:77:bad::1',
          neighbour: '2001:db8:77:bad:ffff::2',
          honest: '2001:db8:77:1::1',
        },
      ]) {
        for (let guess = 0; guess < 5; guess++)
          expect(await ask(host, guesser, `vip/cam1?key=guess${guess}`)).toBe('this key is not known here');
        await expect.poll(() => ask(host, guesser, 'vip/cam1?key=watch-70c1')).toBe(blocked);
        expect(await ask(host, neighbour, 'vip/cam1?key=watch-70c1')).toBe(blocked);
        expect(await ask(host, guesser, 'open/cam1')).toBe('plays');
        expect(await ask(host, honest, 'vip/cam1?key=watch-70c1')).toBe('plays');
      }
    },
  );
});
