import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hashPassword } from '../../src/credentials/password-verifiers.ts';
import { signaturePart, signPermit } from '../../src/credentials/signed-url.ts';
import { TestBrowser } from '../support/browser.ts';
import { isObsInstalled, startObs } from '../support/obs.ts';
import { mayCapture, PacketCapture } from '../support/packet-capture.ts';
import { hashPictures, type ProbedPacket, readProbe, startProbe } from '../support/probe.ts';
import { startRelayProcess } from '../support/relay-process.ts';
import { expectAsTshark } from '../support/tshark.ts';

/** Milliseconds from each keyframe to the next. */
function keyframeIntervals(packets: readonly ProbedPacket[]): number[] {
  const keyframes = packets.filter(({ kind, isKey }) => kind === 'video' && isKey);
  return keyframes.slice(1).map(({ ptsMs }, index) => ptsMs - (keyframes[index]?.ptsMs ?? 0));
}

describe.skipIf(!isObsInstalled)('OBS', () => {
  let browser: TestBrowser;
  beforeAll(async () => {
    browser = await TestBrowser.launch();
  });
  afterAll(() => browser[Symbol.asyncDispose]());

  test('what it publishes plays in ffprobe and on the watch page, until it is stopped', async () => {
    await using relay = await startRelayProcess();
    await using folder = await mkdtempDisposable(join(tmpdir(), 'streampump-obs-'));
    const capture = join(folder.path, 'obs.pcapng');
    await using capturing = mayCapture ? await PacketCapture.start(capture, [relay.rtmpPort]) : undefined;
    await using obs = await startObs({ server: relay.rtmpUrl('live'), key: 'cam1' });
    await relay.waitForLog(/"event":"publish"/);
    const fiveSeconds = ['-read_intervals', '%+5'];
    await using rtmp = startProbe(relay.rtmpUrl('live/cam1'), ...fiveSeconds);
    await using httpFlv = startProbe(relay.flvUrl('live/cam1'), ...fiveSeconds);
    await using shown = await browser.page();
    await shown.page.goto(`http://127.0.0.1:${relay.httpPort}/watch/live/cam1`);
    await shown.state('live');
    await shown.plays(60, 2);
    expect(await shown.text('resolution')).toBe('640 × 360');
    expect(await shown.text('codecs')).toBe('H.264, AAC');
    expect(shown.problems).toEqual([]);
    for (const probe of [rtmp, httpFlv]) {
      const { codecs, packets, firstVideo } = await readProbe(probe);
      expect(codecs).toEqual(['aac', 'h264']);
      expect(firstVideo?.isKey).toBe(true);
      const intervals = keyframeIntervals(packets);
      expect(intervals.length).toBeGreaterThan(0);
      expect(Math.max(...intervals)).toBeLessThanOrEqual(2001);
    }
    const pictures = await hashPictures(relay.flvUrl('live/cam1'), '-t', '2');
    expect(new Set(pictures).size).toBeGreaterThan(10); // the clip moves
    await obs.stopStreaming();
    await shown.state('ended');
    if (capturing === undefined) return;
    await capturing.finish();
    await expectAsTshark(capture, relay.rtmpPort);
  });

  test('it logs in with the user and the password of its settings', async () => {
    const users = [await hashPassword('alice', 's3cret', ['rtmp'])];
    const rules = [{ match: 'live/**', verbs: ['publish'], require: [{ type: 'password', users }] }];
    await using relay = await startRelayProcess({ config: { access: { rules } } });
    const login = { username: 'alice', password: 's3cret' };
    await using _obs = await startObs({ server: relay.rtmpUrl('live'), key: 'cam1', login });
    await relay.waitForLog(/"event":"publish"/);
    expect(await hashPictures(relay.flvUrl('live/cam1'), '-t', '1')).not.toEqual([]);
    expect(relay.tool.stdoutBuffer.toString()).not.toMatch(/"event":"refused"|s3cret/);
  });

  test('it publishes with a signature behind its stream key', async () => {
    const secret = 'signs-the-stream-key-of-obs-3a90';
    const require = [{ type: 'signed', secrets: { k1: secret } }];
    const rules = [{ match: 'live/**', verbs: ['publish'], require }];
    await using relay = await startRelayProcess({ config: { access: { rules } } });
    const joinUntil = Math.floor(Date.now() / 1000) + 600;
    const signature = signPermit({ verb: 'publish', stream: 'live/cam1', joinUntil }, 'k1', secret);
    const key = `cam1?${signaturePart(signature)}`;
    await using _obs = await startObs({ server: relay.rtmpUrl('live'), key });
    await relay.waitForLog(/"event":"publish",[^\n]*"stream":"live\/cam1"/);
    expect(await hashPictures(relay.flvUrl('live/cam1'), '-t', '1')).not.toEqual([]);
    expect(relay.log).not.toContain(signature);
  });

  test.for(['SIGKILL', 'SIGTERM'] as const)(
    'it comes back to a relay that was ended by %s, and so does the watch page',
    async (signal) => {
      const config = { drain: { timeoutMs: 500 } };
      await using first = await startRelayProcess({ config });
      const { rtmpPort, httpPort } = first;
      await using _obs = await startObs({ server: first.rtmpUrl('live'), key: 'cam1' });
      await using shown = await browser.page();
      await shown.page.goto(`http://127.0.0.1:${httpPort}/watch/live/cam1`);
      await shown.state('live');
      await first.tool.stop(signal);
      await shown.state('lost');
      await using second = await startRelayProcess({ rtmpPort, httpPort, config });
      await second.waitForLog(/"event":"publish"/);
      await shown.state('live');
      await shown.plays(60, 2);
    },
  );
});
