import { expect, test } from 'vitest';
import { bbbPath } from '../support/media.ts';
import { startNodeMediaServer } from '../support/node-media-server.ts';
import { contentOf, framesFrom, hashFile, readHashes, startHashing } from '../support/probe.ts';
import { publishWithFfmpeg } from '../support/real-clients.ts';
import { startRelay } from '../support/start-relay.ts';

test('pulls from node-media-server over HTTP, WebSocket and RTMP, frame by frame', async () => {
  await using stack = new AsyncDisposableStack();
  const server = stack.use(await startNodeMediaServer());
  const urls = {
    http: `http://127.0.0.1:${server.httpPort}/live/{name}.flv`,
    ws: `ws://127.0.0.1:${server.httpPort}/live/{name}.flv`,
    rtmp: `rtmp://127.0.0.1:${server.rtmpPort}/live/{name}`,
  };
  const streams = Object.entries(urls).map(([scheme, url]) => ({
    match: `${scheme}/*`,
    source: { type: 'pull', urls: [url] },
  }));
  const relay = stack.use(await startRelay({ streams }));
  const publisher = stack.use(
    publishWithFfmpeg(`rtmp://127.0.0.1:${server.rtmpPort}/live/a`, { realTime: true, seconds: 5 }),
  );
  await server.tool.waitForStdout(/start push \/live\/a/);
  const players = Object.keys(urls).map((scheme) => stack.use(startHashing(relay.rtmpUrl(`${scheme}/a`))));
  await publisher.output;
  const source = await hashFile(bbbPath);
  for (const player of players) {
    await player.stop('SIGKILL'); // this server does not tell players that a stream has ended
    const played = readHashes(player.stdoutBuffer.toString());
    expect(played.video.length).toBeGreaterThan(60);
    for (const kind of ['video', 'audio'] as const) {
      const expected = framesFrom(played[kind][0], source[kind]).slice(0, played[kind].length);
      expect(contentOf(played[kind])).toEqual(contentOf(expected));
    }
  }
}, 60_000);
