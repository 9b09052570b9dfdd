import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { signPermit } from '../../src/credentials/signed-url.ts';
import { FlvTagType } from '../../src/protocol/flv/flv-tag.ts';
import { RecordingError } from '../../src/recording/recording-error.ts';
import { TestBrowser } from '../support/browser.ts';
import { CertificateFolder } from '../support/certificates.ts';
import { bbbTags, flvTags } from '../support/media.ts';
import { asOtherUser } from '../support/other-user.ts';
import { temporaryFolder } from '../support/packages.ts';
import { playWithFfmpeg } from '../support/real-clients.ts';
import { bbbKey, RecordedSource } from '../support/recorded-source.ts';
import { runTool } from '../support/run-tool.ts';
import { startRelay } from '../support/start-relay.ts';

const key = bbbKey.replace('cam1', 'cam2');
const vipKey = bbbKey.replace('live/cam1', 'vip/a');
const brokenKey = bbbKey.replace('cam1', 'broken');
const source = new RecordedSource();
for (const one of [key, vipKey, brokenKey]) source.record(one, bbbTags());
const secrets = { k1: 'a-secret-of-the-tests' };
const folder = mkdtempSync(join(tmpdir(), 'streampump-playback-'));
const certificates = await CertificateFolder.make();
const { certFile, keyFile } = await certificates.certificate('relay');
const tls = { host: '127.0.0.1', port: 0, certFile, keyFile };
const relay = await startRelay(
  {
    listen: { rtmps: tls, https: tls },
    http: { rtmpt: true },
    access: {
      failures: { attempts: 1000, delayMs: 0 },
      rules: [
        { match: 'recordings/live/**', verbs: ['playback'] },
        { match: 'recordings/vip/**', verbs: ['playback'], require: [{ type: 'signed', secrets }] },
      ],
    },
  },
  { recordings: source },
);
let browser: TestBrowser;
beforeAll(async () => {
  browser = await TestBrowser.launch();
});
afterAll(async () => {
  await browser[Symbol.asyncDispose]();
  await relay[Symbol.asyncDispose]();
  await certificates[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

/** A script that moves the page's video to a time, and gives the time where it is then. */
function seekTo(seconds: number): string {
  return `new Promise((resolve) => {
    const video = document.querySelector('video');
    video.addEventListener('seeked', () => resolve(video.currentTime), { once: true });
    video.currentTime = ${seconds};
  })`;
}

/** Payloads of audio and video with their times. */
function media(flv: Buffer): string[] {
  return flvTags(flv)
    .filter(({ type, payload }) => type !== FlvTagType.script && payload.length > 5)
    .map(({ type, timestamp, payload }) => `${type}@${timestamp} ${payload.length}`);
}

function rtmptUrl(of: string): string {
  return `rtmpt://127.0.0.1:${relay.port('http')}/${of}`;
}

/** The same with TLS, where rtmpdump's does not reach. */
function secureUrls(of: string): string[] {
  return [
    `rtmps://127.0.0.1:${relay.port('rtmps')}/${of}`,
    `rtmpts://127.0.0.1:${relay.port('https')}/${of}`,
  ];
}

/** Status and body of an answer over HTTPS. */
async function overHttps(url: string, ...options: readonly string[]): Promise<readonly [string, string]> {
  const secure = url.replace(/^http:.*?:\d+/, `https://127.0.0.1:${relay.port('https')}`);
  await using curl = runTool('curl', ['-sk', '-w', '%{stderr}%{http_code}', ...options, secure]);
  const body = await curl.output;
  return [curl.stderr, body];
}

describe('rtmpdump', () => {
  test.each([
    ['RTMP', relay.rtmpUrl(key)],
    ['RTMPT', rtmptUrl(key)],
  ])('gets the packets of the recording over %s, faster than they last', async (_name, url) => {
    const file = join(folder, `${_name}.flv`);
    await using dump = runTool('rtmpdump', ['-q', '-r', url, '-o', file], { timeLimitMs: 8000 });
    await dump.exited;
    const source = bbbTags().filter(({ payload }) => payload.length > 5);
    expect(media(readFileSync(file))).toEqual(
      source.map(({ type, timestamp, payload }) => `${type}@${timestamp} ${payload.length}`),
    );
  });

  test('--start 5 --stop 8 gives these seconds, behind the keyframe before', async () => {
    const file = join(folder, 'part.flv');
    const args = ['-q', '-r', relay.rtmpUrl(key), '--start', '5', '--stop', '8', '-o', file];
    await using dump = runTool('rtmpdump', args);
    await dump.exited;
    const times = flvTags(readFileSync(file)).map(({ timestamp }) => timestamp);
    expect(Math.min(...times)).toBe(5000);
    expect(Math.max(...times)).toBeGreaterThan(7900);
    expect(Math.max(...times)).toBeLessThan(8000);
  });
});

test('ffprobe reads codecs and duration over HTTP, and seeks to the keyframe before', async () => {
  const ofMedia = ['-show_entries', 'format=duration:stream=codec_name'];
  const atSix = [
    '-read_intervals',
    '6%+#1',
    '-select_streams',
    'v',
    '-show_entries',
    'packet=pts_time,flags',
  ];
  const [told, packet] = await Promise.all(
    [ofMedia, atSix].map(async (args) => {
      await using probe = runTool('ffprobe', ['-v', 'error', ...args, '-of', 'csv=p=0', relay.flvUrl(key)]);
      return await probe.output;
    }),
  );
  expect(told).toBe('h264\naac\n10.072000\n');
  expect(packet).toMatch(/^5\.36\d+,K/);
});

test('ffmpeg plays over RTMP in the time that it lasts, less its buffer', async () => {
  const began = performance.now();
  await using ffmpeg = runTool('ffmpeg', ['-v', 'error', '-i', relay.rtmpUrl(key), '-f', 'framehash', '-']);
  const frames = (await ffmpeg.output).split('\n').filter((line) => /^0,/.test(line));
  expect(frames).toHaveLength(bbbTags().filter(({ type, payload }) => type === 9 && payload[1] === 1).length);
  expect(performance.now() - began).toBeGreaterThan(6000);
}, 40_000);

test('VLC seeks over HTTP', async () => {
  const output = ['--intf', 'dummy', '--ignore-config', '--vout', 'dummy', '--aout', 'dummy'];
  const [program, ...args] = asOtherUser([
    'cvlc',
    ...output,
    '--start-time',
    '8',
    '--play-and-exit',
    relay.flvUrl(key),
  ]);
  const home = await temporaryFolder();
  await chmod(home.path, 0o777);
  const began = performance.now();
  await using vlc = runTool(program, args, { env: { HOME: home.path } });
  await vlc.output;
  expect(performance.now() - began).toBeLessThan(8000);
  expect(relay.log.find('play').some(({ fields }) => String(fields['client']).startsWith('VLC/'))).toBe(true);
  await home[Symbol.asyncDispose]();
}, 30_000);

async function refusal(url: string): Promise<string> {
  return (await fetch(url)).text();
}

describe('signed URLs', () => {
  const now = Math.floor(Date.now() / 1000);
  const sign = (stream: string, joinUntil = now + 60, verb: 'play' | 'playback' = 'playback'): string =>
    `signature=${signPermit({ verb, stream, joinUntil }, 'k1', secrets.k1)}`;
  const wrong: [string, string][] = [
    ['none', ''],
    ['one for another recording', sign(key)],
    ['one that has expired', sign(vipKey, now - 1)],
    ['one to play what is live', sign(vipKey, now + 60, 'play')],
    ['one that was altered', `${sign(vipKey).slice(0, -2)}AA`],
  ];

  test('the right one lets in, over every way', async () => {
    const query = `${vipKey}?${sign(vipKey)}`;
    expect((await fetch(relay.flvUrl(query), { method: 'HEAD' })).status).toBe(200);
    expect(await overHttps(relay.flvUrl(query), '-I')).toEqual([
      '200',
      expect.stringContaining('video/x-flv'),
    ]);
    for (const url of [relay.rtmpUrl(query), rtmptUrl(query)]) {
      await using dump = runTool('rtmpdump', ['-q', '-r', url, '-o', '-', '--stop', '1']);
      await dump.exited;
      expect(dump.stdoutBuffer.length).toBeGreaterThan(10_000);
    }
    for (const url of secureUrls(query)) {
      await using ffmpeg = playWithFfmpeg(url, '-t', '1');
      await ffmpeg.output;
      expect(ffmpeg.stdoutBuffer.length).toBeGreaterThan(10_000);
    }
  });

  test.each(wrong)(
    '%s does not, over any way, and looks like a recording that is not there',
    async (_, query) => {
      const asked = `${vipKey}?${query}`;
      const missing = `${key.slice(0, -1)}B`;
      const response = await fetch(relay.flvUrl(asked));
      expect([response.status, await response.text()]).toEqual([404, await refusal(relay.flvUrl(missing))]);
      expect(await overHttps(relay.flvUrl(asked))).toEqual(['404', await refusal(relay.flvUrl(missing))]);
      for (const agent of ['NSPlayer/7.1.0.3055', 'NSServer/1.0']) {
        const headers = { 'user-agent': agent, pragma: 'no-cache,rate=1.000' };
        const url = relay.flvUrl(asked).replace('.flv?', '.asf?');
        const overMmsh = await fetch(url, { headers });
        expect(overMmsh.status).toBe(404);
        expect(await overMmsh.text()).not.toContain('FLV');
      }
      for (const url of secureUrls(asked)) {
        await using ffmpeg = playWithFfmpeg(url);
        expect((await ffmpeg.exited).code).not.toBe(0);
        expect(ffmpeg.stdoutBuffer.length).toBe(0);
      }
      for (const url of [relay.rtmpUrl(asked), rtmptUrl(asked)]) {
        await using dump = runTool('rtmpdump', ['-r', url, '-o', '-']);
        expect((await dump.exited).code).not.toBe(0);
        expect(dump.stdoutBuffer.length).toBe(0);
        expect(dump.stderr).toContain('NetStream.Play.StreamNotFound');
      }
      const socket = new WebSocket(relay.wsUrl(asked));
      const { code } = await new Promise<CloseEvent>((resolve) => {
        socket.onclose = resolve;
      });
      expect(code).toBe(4400);
    },
  );
});

describe('the page', () => {
  const url = (of: string): string => `http://127.0.0.1:${relay.port('http')}/watch/${of}`;

  test('plays a recording, and its seek bar goes to any time', async () => {
    await using shown = await browser.page();
    await shown.page.goto(url(key));
    await shown.state('ready');
    expect(await shown.page.evaluate('Math.round(document.querySelector("video").duration)')).toBe(10);
    await shown.page.evaluate('document.querySelector("video").muted = true');
    await shown.page.evaluate('document.querySelector("video").play()');
    await shown.plays(20, 0.5);
    const at = await shown.page.evaluate(seekTo(8.5));
    expect(at).toBeGreaterThan(8.2);
    await shown.plays(5, 0.2);
    expect(shown.hosts).toEqual([`127.0.0.1:${relay.port('http')}`]);
    expect(shown.problems).toEqual([]);
  });

  test('says that a recording is damaged, and that one is not there', async () => {
    source.fault = {
      offset: 400_000,
      error: new RecordingError('damaged', 'chunk 7 is not what was written'),
    };
    await using broken = await browser.page();
    await broken.page.goto(url(brokenKey));
    await broken.state('unreadable');
    expect(await broken.text('said')).toContain('The recording is damaged here');
    source.fault = undefined;
    await using missing = await browser.page();
    await missing.page.goto(url(`${key.slice(0, -1)}B`));
    await missing.state('unknown');
    expect(await missing.text('said')).toBe('There is no such recording, or you may not play it.');
  });
});
