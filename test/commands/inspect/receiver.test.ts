import { readFileSync } from 'node:fs';
import { mkdtempDisposable } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { bbbPath } from '../../support/media.ts';
import { probeFlv } from '../../support/probe.ts';
import { playWithRtmpdump, publishWithFfmpeg, publishWithRtmpSink } from '../../support/real-clients.ts';
import { runTool } from '../../support/run-tool.ts';

const cliPath = fileURLToPath(new URL('../../../src/cli.ts', import.meta.url));

test('encoders publish to it as to a server, players are refused, and both are shown', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'streampump-inspect-'));
  const extract = ['--extract', join(folder.path, 'out.flv')];
  const options = ['--json', '--stats', ...extract, '--listen', '127.0.0.1:0'];
  await using tool = runTool(process.execPath, [cliPath, 'inspect', ...options]);
  const [, port] = await tool.waitForStderr(/listening 127\.0\.0\.1:(\d+), taking what is published\n/);
  const url = `rtmp://127.0.0.1:${port}/live/cam1`;
  await using librtmp = publishWithRtmpSink(url);
  await using ffmpeg = publishWithFfmpeg(url);
  await using player = playWithRtmpdump(url);
  await Promise.all([librtmp.output, ffmpeg.output, player.exited]);
  expect(player.stderr).toContain('NetStream.Play.StreamNotFound');
  const web = connect(Number(port), '127.0.0.1');
  web.end('GET /live/cam1.flv HTTP/1.1\r\nHost: x\r\n\r\n');
  await tool.waitForStderr(/127\.0\.0\.1:\d+: first byte 'G', this looks like HTTP/);
  web.destroy();
  tool.kill('SIGINT');
  expect(await tool.exited).toMatchObject({ code: 0 });

  const stats = tool.stdoutBuffer
    .toString()
    .split('\n')
    .flatMap((line) => (line.includes('"is":"stats"') ? [JSON.parse(line)] : []));
  const published = stats.filter(({ video }) => video !== null && video !== undefined);
  const source = await probeFlv(readFileSync(bbbPath));
  const ofKind = (kind: string): number => source.packets.filter((packet) => packet.kind === kind).length;
  expect(published.map(({ video, audio }) => [video.frames, audio.frames])).toEqual([
    [ofKind('video'), ofKind('audio')],
    [ofKind('video'), ofKind('audio')],
  ]);
  for (const name of ['out.flv', 'out-2.flv'])
    expect((await probeFlv(readFileSync(join(folder.path, name)))).codecs).toEqual(source.codecs);
}, 60_000);
