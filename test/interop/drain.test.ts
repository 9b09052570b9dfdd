import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { media } from '../support/fake-media.ts';
import { RawHttp } from '../support/http-client.ts';
import { RawClient } from '../support/raw-client.ts';
import { pullAll, type RelayProcess, startRelayProcess } from '../support/relay-process.ts';
import { startRelay } from '../support/start-relay.ts';
import { TestPlayer } from '../support/test-player.ts';
import { TestPublisher } from '../support/test-publisher.ts';

/** What the admin listener says of readiness and health, again and again until it is closed. */
async function watchAdmin(adminPort: number): Promise<string[]> {
  const heard: string[] = [];
  for (;;) {
    for (const path of ['/readyz', '/healthz']) {
      try {
        const response = await fetch(`http://127.0.0.1:${adminPort}${path}`);
        const line = `${path} ${response.status} ${(await response.text()).trim()}`;
        if (!heard.slice(-2).includes(line)) heard.push(line);
      } catch {
        return heard;
      }
    }
  }
}

/** Resolves with what a client hears that connects: nothing listens, or somebody does. */
function knock(port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve('connected'));
    socket.once('error', ({ code }: NodeJS.ErrnoException) => resolve(code ?? ''));
    socket.once('connect', () => socket.destroy());
  });
}

async function drained(relay: RelayProcess, workers: number): Promise<void> {
  relay.tool.kill('SIGTERM');
  await relay.waitForLog(new RegExp(`("event":"draining"[^]*){${workers}}`));
}

describe.each([{ workers: 1 }, { workers: 2 }])('with $workers workers', ({ workers }) => {
  const start = (timeoutMs: number, more: Readonly<Record<string, unknown>> = {}): Promise<RelayProcess> =>
    startRelayProcess({ config: { workers, drain: { timeoutMs }, ...more } });

  test('whoever is there stays, nobody new comes in, a successor takes the ports, and the relay says that it drains until its end', async () => {
    await using old = await start(60_000);
    await using publisher = await TestPublisher.start(old.rtmpPort, 'live/a');
    publisher.sendMedia(...media('VH1@0 K1@0'));
    await using player = TestPlayer.play(old.rtmpPort, 'live/a');
    await player.mediaOf(2);
    await using http = await RawHttp.open(old.httpPort);
    http.send('GET /live/a.flv HTTP/1.1\nHost: x\n\n');
    await http.heard(/FLV/);
    await using idle = await RawHttp.open(old.httpPort);
    idle.send('GET /robots.txt HTTP/1.1\nHost: x\n\n');
    await idle.heard(/Disallow/);
    await using early = await RawClient.openConnected(old.rtmpPort);
    expect(await fetchText(old.adminPort, '/readyz')).toBe('200 ready');

    await drained(old, workers);
    const watched = watchAdmin(old.adminPort);
    expect([await knock(old.rtmpPort), await knock(old.httpPort)]).toEqual(['ECONNREFUSED', 'ECONNREFUSED']);
    await idle.closed;
    early.commandOn(1, 'play', 3, null, 'a');
    await early.heard('onStatus NetStream.Play.Failed on 1: the server is shutting down: try again later');
    await early[Symbol.asyncDispose]();

    const host = '127.0.0.1';
    const listen = {
      rtmp: { host, port: old.rtmpPort },
      http: { host, port: old.httpPort },
      admin: { host, port: 0 },
    };
    await using successor = await start(60_000, { listen });
    await using newcomer = TestPlayer.play(successor.rtmpPort, 'live/b');
    await successor.waitForLog(/"event":"play"/);
    publisher.sendMedia(...media('P2@40'));
    await player.mediaOf(3);
    expect(old.find('play').map(({ stream }) => stream)).not.toContain('live/b');

    await publisher.finish();
    expect(await player.ended).toBe('NetStream.Play.UnpublishNotify');
    await Promise.all([player.finish(), http.closed]);
    expect(await old.tool.exited).toEqual({ code: 0, signal: null });
    expect(await watched).toEqual(['/readyz 503 draining', '/healthz 200 ok']);
    await newcomer.cut();
  });

  test('players that stay are told the end of their stream at the timeout', async () => {
    await using relay = await start(2000);
    await using publisher = await TestPublisher.start(relay.rtmpPort, 'live/a');
    publisher.sendMedia(...media('VH1@0 K1@0'));
    await using player = TestPlayer.play(relay.rtmpPort, 'live/a');
    await player.mediaOf(2);
    await drained(relay, workers);
    const watched = watchAdmin(relay.adminPort);
    expect(await player.ended).toBe('NetStream.Play.UnpublishNotify');
    expect((await publisher.refused).description).toBe('the relay is shutting down');
    expect(await relay.tool.exited).toEqual({ code: 0, signal: null });
    expect((await watched)[0]).toBe('/readyz 503 draining');
  });

  test('a relay that plays goes where it is told to before the timeout', async () => {
    await using origin = await startRelay();
    await using publisher = await TestPublisher.start(origin.port('rtmp'), 'live/a');
    publisher.sendMedia(...media('VH1@0 K1@0'));
    const streams = pullAll([origin.rtmpUrl('{key}')]);
    await using next = await startRelay({ streams });
    const reconnectUrl = `rtmp://127.0.0.1:${next.port('rtmp')}`;
    await using leaving = await start(60_000, { streams, drain: { timeoutMs: 60_000, reconnectUrl } });
    await using edge = await startRelay({ streams: pullAll([leaving.rtmpUrl('{key}')]) });
    await using player = TestPlayer.play(edge.port('rtmp'), 'live/a');
    await player.mediaOf(2);
    let count = 1;
    const keyframes = setInterval(() => publisher.sendMedia(...media(`K${++count}@${count * 40}:100`)), 40);
    await drained(leaving, workers);
    expect(await leaving.tool.exited).toEqual({ code: 0, signal: null });
    expect(next.log.find('play', { stream: 'live/a' })).toHaveLength(1);
    await player.mediaOf(player.media.length + 5);
    expect(edge.log.find('play-end')).toEqual([]);
    clearInterval(keyframes);
  });

  test('a second SIGTERM ends it at once', async () => {
    await using relay = await start(60_000);
    await using publisher = await TestPublisher.start(relay.rtmpPort, 'live/a');
    await drained(relay, workers);
    const impatience = setInterval(() => relay.tool.kill('SIGTERM'), 100);
    expect(await relay.tool.exited).toEqual({ code: 0, signal: null });
    clearInterval(impatience);
    await publisher.closed;
  });

  test('the admin port is free only when the relay has ended', async () => {
    await using old = await start(60_000);
    await using publisher = await TestPublisher.start(old.rtmpPort, 'live/a');
    await drained(old, workers);
    const host = '127.0.0.1';
    const admin = { host, port: old.adminPort };
    const listen = { rtmp: { host, port: 0 }, http: { host, port: 0 }, admin };
    await expect(start(0, { listen })).rejects.toThrow();
    await publisher.finish();
    await old.tool.exited;
    await using successor = await start(0, { listen });
    expect(successor.adminPort).toBe(old.adminPort);
  });
});

async function fetchText(port: number, path: string): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`);
  return `${response.status} ${(await response.text()).trim()}`;
}
