import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { describe, expect, test } from 'vitest';
import { bufferView } from '../../src/bytes/buffer-view.ts';
import type { ClientPublication } from '../../src/rtmp-session/client-stream.ts';
import { connectRtmp } from '../../src/rtmp-session/connect-rtmp.ts';
import { ServerSession } from '../../src/rtmp-session/server-session.ts';
import type { ServerPlay } from '../../src/rtmp-session/server-stream.ts';
import type { StreamMessage } from '../../src/rtmp-session/stream-message.ts';
import { freePort } from '../support/free-port.ts';
import { bbbPath, bbbTags, flvTags } from '../support/media.ts';
import { rest, take } from '../support/rtmp-session-pair.ts';
import { runTool } from '../support/run-tool.ts';
import { startRelay } from '../support/start-relay.ts';

/** Ten seconds of H.264 and AAC. */
const clip: readonly StreamMessage[] = bbbTags().map(({ type, timestamp, payload }) => ({
  type: type === 8 ? 'audio' : 'video',
  timestamp,
  payload: new Uint8Array(payload),
}));

async function sendClip(stream: ClientPublication | ServerPlay): Promise<void> {
  for (const message of clip) await stream.send(message);
}

/** Audio and video of a stream as they can be compared with others. */
const lines = (messages: readonly { type: unknown; timestamp: number; payload: Uint8Array }[]): string[] =>
  messages.map(({ type, timestamp, payload }) => {
    const kind = type === 'audio' || type === 8 ? 'audio' : 'video';
    return `${kind} @${timestamp} ${bufferView(payload).toString('base64')}`;
  });

/** A server on a free port, with a session for each connection. */
async function startServer(
  serve: (session: ServerSession) => Promise<void>,
): Promise<Server & AsyncDisposable> {
  const sessions: ServerSession[] = [];
  const server = createServer((socket) => {
    const session = new ServerSession(socket);
    sessions.push(session);
    serve(session).catch(() => {}); // players may reset their connections
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return Object.assign(server, {
    [Symbol.asyncDispose]: async () => {
      for (const session of sessions) session.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

const urlOf = (server: Server): string => `rtmp://127.0.0.1:${(server.address() as AddressInfo).port}/live/a`;

describe.concurrent('a client session', () => {
  test('publishes to the relay, from which another one and ffprobe play', { timeout: 30_000 }, async () => {
    await using relay = await startRelay();
    await using publisher = await connectRtmp(relay.rtmpUrl('live'));
    const publication = await publisher.publish('a');
    for (const message of clip.slice(0, 20)) await publication.send(message);
    await relay.published('live/a');
    await using player = await connectRtmp(relay.rtmpUrl('live'));
    const played = await player.play('a');
    const show = ['-show_entries', 'stream=codec_name', '-of', 'csv=p=0'];
    await using probe = runTool('ffprobe', ['-v', 'error', ...show, relay.flvUrl('live/a')]);
    await relay.log.waitFor('play', { stream: 'live/a' }, { count: 2 });
    for (const message of clip.slice(20)) await publication.send(message);
    publication.close();
    const events = await rest(played);
    const media = events.filter((event) => 'payload' in event && event.type !== 'data') as StreamMessage[];
    expect(media.length).toBeGreaterThan(clip.length - 20);
    const sent = new Set(lines(clip).map((line) => line.replace(/@\d+/, '')));
    expect(lines(media).filter((line) => !sent.has(line.replace(/@\d+/, '')))).toEqual([]);
    expect((await probe.output).trim().split('\n').sort()).toEqual(['aac', 'h264']);
  });

  test('publishes to ffmpeg as a server', { timeout: 30_000 }, async () => {
    const port = await freePort();
    const url = `rtmp://127.0.0.1:${port}/live/a`;
    await using ffmpeg = runTool('ffmpeg', [
      '-v',
      'info',
      '-listen',
      '1',
      '-f',
      'flv',
      '-i',
      url,
      '-c',
      'copy',
      '-f',
      'flv',
      '-',
    ]);
    const client = await connectSoon(`rtmp://127.0.0.1:${port}/live`);
    const publication = await client.publish('a');
    await sendClip(publication);
    await client.close();
    await ffmpeg.output;
    const kept = flvTags(ffmpeg.stdoutBuffer).filter(({ type }) => type !== 18);
    expect(kept.length).toBeGreaterThan(clip.length * 0.95);
  });

  test('plays from ffmpeg as a server', { timeout: 30_000 }, async () => {
    const port = await freePort();
    await using ffmpeg = runTool('ffmpeg', [
      '-v',
      'info',
      '-nostdin',
      '-i',
      bbbPath,
      '-c',
      'copy',
      '-f',
      'flv',
      '-listen',
      '1',
      `rtmp://127.0.0.1:${port}/live/a`,
    ]);
    await using client = await connectSoon(`rtmp://127.0.0.1:${port}/live`);
    const played = await client.play('a');
    const messages = await take(played, 300);
    const media = messages.filter((event) => event.type === 'audio' || event.type === 'video');
    expect(lines(media as StreamMessage[]).slice(0, 100)).toEqual(lines(clip).slice(0, 100));
    await client.close();
    await ffmpeg.exited;
  });
});

describe.concurrent('a server session', () => {
  test('takes what ffmpeg publishes, whole', { timeout: 30_000 }, async () => {
    const received = Promise.withResolvers<readonly StreamMessage[]>();
    await using server = await startServer(async (session) => {
      for await (const event of session) {
        if (event.type === 'connect') event.accept();
        else if (event.type === 'publish') rest(event.accept()).then(received.resolve, received.reject);
      }
    });
    await using ffmpeg = runTool('ffmpeg', [
      '-v',
      'error',
      '-nostdin',
      '-i',
      bbbPath,
      '-c',
      'copy',
      '-f',
      'flv',
      urlOf(server),
    ]);
    const messages = await received.promise;
    await ffmpeg.output;
    const media = messages.filter(({ type, payload }) => type !== 'data' && payload.length > 5);
    const own = flvTags(await readFile(bbbPath)).filter(
      ({ type, payload }) => type !== 18 && payload.length > 5,
    );
    expect(lines(media)).toEqual(lines(own));
  });

  test.each([
    {
      what: 'ffmpeg',
      play: (url: string) => runTool('ffmpeg', ['-v', 'error', '-i', url, '-c', 'copy', '-f', 'flv', '-']),
    },
    { what: 'rtmpdump', play: (url: string) => runTool('rtmpdump', ['-q', '-r', url, '-o', '-']) },
  ])('is played by $what', { timeout: 30_000 }, async ({ play }) => {
    const calls: string[] = [];
    await using server = await startServer(async (session) => {
      session.onCall('anything', () => null);
      for await (const event of session) {
        if (event.type === 'connect') event.accept();
        else if (event.type === 'play') {
          const stream = event.accept();
          calls.push(`${event.streamName} for ${Math.round(await session.ping()) >= 0}`);
          await sendClip(stream);
          stream.close();
        }
      }
    });
    await using player = play(urlOf(server));
    await player.exited;
    const got = flvTags(player.stdoutBuffer).filter(({ type, payload }) => type !== 18 && payload.length > 5);
    const sent = clip.filter(({ payload }) => payload.length > 5);
    expect(calls).toEqual(['a for true']);
    expect(got.length).toBeGreaterThan(sent.length * 0.98);
  });

  test('calls rtmpdump, which answers `_onbwcheck`', { timeout: 30_000 }, async () => {
    const answered = Promise.withResolvers<unknown>();
    await using server = await startServer(async (session) => {
      for await (const event of session) {
        if (event.type === 'connect') event.accept();
        else if (event.type === 'play') {
          event.accept();
          session.call('_onbwcheck', 1).then(answered.resolve, answered.reject);
        }
      }
    });
    await using _player = runTool('rtmpdump', ['-q', '-r', urlOf(server), '-o', '-']);
    await expect(answered.promise).resolves.toBeDefined();
  });
});

/** Connects as soon as somebody listens. */
async function connectSoon(url: string): Promise<Awaited<ReturnType<typeof connectRtmp>>> {
  for (;;) {
    try {
      return await connectRtmp(url);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ECONNREFUSED') throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
