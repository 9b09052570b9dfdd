import { expect, test } from 'vitest';
import { asfHeader, asfPacket } from '../support/asf-maker.ts';
import { bbbAsfPath } from '../support/media.ts';
import { MmshPlayer } from '../support/mmsh-player.ts';
import { MmshServer } from '../support/mmsh-server.ts';
import { contentOf, framesFrom, hashFile, readHashes, startHashing } from '../support/probe.ts';
import { pullAll } from '../support/relay-process.ts';
import { runTool } from '../support/run-tool.ts';
import { TestCluster } from '../support/start-cluster.ts';
import { startRelay } from '../support/start-relay.ts';
import { startTinyproxy } from '../support/tinyproxy.ts';

test('what ffmpeg sends as ASF crosses three relays and a proxy, packet by packet, to an ffmpeg that waits for it', async () => {
  await using stack = new AsyncDisposableStack();
  const proxy = stack.use(await startTinyproxy());
  const origin = stack.use(await startRelay());
  const urlAt = (scheme: string, port: number): string =>
    `${scheme}://user:sesame-word@127.0.0.1:${port}/{key}`;
  const middle = stack.use(
    await startRelay({
      proxy: { url: proxy.url, bypass: [] },
      streams: pullAll([urlAt('mmsh', origin.port('http'))]),
    }),
  );
  const edge = stack.use(await startRelay({ streams: pullAll([urlAt('http', middle.port('http'))]) }));
  const player = stack.use(startHashing(`mmsh://127.0.0.1:${edge.port('http')}/streams/a`));
  await expect.poll(() => proxy.requests.length).toBe(1); // the header is waited for, all the way up
  const url = `http://127.0.0.1:${origin.port('http')}/streams/a.asf`;
  const input = ['-nostdin', '-v', 'error', '-readrate', '2', '-i', bbbAsfPath, '-map', '0', '-c', 'copy'];
  const publisher = stack.use(runTool('ffmpeg', [...input, '-f', 'asf', '-method', 'PUT', url]));
  await edge.log.waitFor('upstream', { stream: 'streams/a' });
  const [status] = (await edge.relay.upstreams({ limit: 100 })).items;
  expect(status).toMatchObject({ state: 'flowing', path: [expect.any(String), expect.any(String)] });
  await publisher.output;
  const played = readHashes(await player.output); // ends because the stream does
  const sent = await hashFile(bbbAsfPath);
  for (const kind of ['video', 'audio'] as const) {
    const expected = framesFrom(played[kind][0], sent[kind]);
    expect(played[kind].length).toBeGreaterThan(60);
    expect(contentOf(played[kind])).toEqual(contentOf(expected).slice(0, played[kind].length));
  }
  const asked = `GET http://127.0.0.1:${origin.port('http')}/streams/a HTTP/1.1`;
  expect(proxy.requests).toEqual([asked, asked]);
  const shown = [middle.log.lines, edge.log.lines, (await edge.relay.upstreams({ limit: 100 })).items];
  expect(JSON.stringify(shown)).not.toMatch(/sesame|tester/);
});

test('a stream of ASF is pulled once for players of all workers, who get it with the same numbers', async () => {
  await using stack = new AsyncDisposableStack();
  const header = asfHeader();
  const server = stack.use(await MmshServer.start(header));
  const packetAt = (sendTimeMs: number): Buffer =>
    asfPacket({ sendTimeMs, payloads: [{ stream: 2, isKey: sendTimeMs === 0, time: sendTimeMs }] });
  server.sendGroup(packetAt(0), packetAt(40));
  const streams = pullAll([`mmsh://127.0.0.1:${server.port}/{key}`]);
  const relay = stack.use(await TestCluster.start({ streams }));
  const players: MmshPlayer[] = [];
  for (let i = 0; i < 8; i++) {
    const player = stack.use(await MmshPlayer.play(relay.port('http'), '/streams/a'));
    await player.heard('D', 2);
    players.push(player);
  }
  server.send(packetAt(80));
  server.end();
  for (const player of players) {
    await player.closed;
    expect(player.payloads('H')).toEqual([header.toString('hex')]);
    expect(player.packets.map(({ id, locationId }) => `${id}${locationId}`)).toEqual([
      'H0',
      'D0',
      'D1',
      'D2',
      'E0',
    ]);
  }
  expect(server.heads).toHaveLength(2);
});
