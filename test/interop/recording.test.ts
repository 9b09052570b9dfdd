import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { WRITER_WINDOW_BYTES } from '../../src/recording/link/link-message.ts';
import type { Recording } from '../../src/recording/recording.ts';
import { ClientSession } from '../../src/rtmp-session/client-session.ts';
import { enhancedScenarios } from '../support/enhanced-media.ts';
import { media } from '../support/fake-media.ts';
import { flvTags } from '../support/media.ts';
import { publishWithFfmpeg } from '../support/real-clients.ts';
import { runTool } from '../support/run-tool.ts';
import { TestCluster } from '../support/start-cluster.ts';
import { startRelay, type TestRelay } from '../support/start-relay.ts';
import { TestPlayer } from '../support/test-player.ts';
import { TestPublisher } from '../support/test-publisher.ts';

/** Media of each pair of codecs; `MINUTES=10` makes it as long as a programme, and publishes it as fast as it is shown. */
const MINUTES = process.env['MINUTES'];
const SECONDS = MINUTES === undefined ? 6 : 60 * Number(MINUTES);
const pace = MINUTES === undefined ? [] : ['-re'];
const PAIR_MS = 60_000 + 1500 * SECONDS;

const isRoot = process.getuid?.() === 0;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'streampump-recording-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** A relay that records what is published as `live/...`, and `wish/...` where somebody wishes it. */
function start(name: string, more: object = {}): Promise<TestRelay> {
  const push = { type: 'push' };
  return startRelay({
    recordings: { folder: join(folder, name), minFreeBytes: 0, ...more },
    streams: [
      { match: 'live/**', source: push, record: 'always' },
      { match: 'never/**', source: push, record: 'never' },
      { match: '**', source: push },
    ],
    access: { rules: [{ match: 'wish/**', verbs: ['record'] }] },
    publish: { graceMs: 3000 },
  });
}

async function recordingsOf(
  { adminUrl }: Pick<TestRelay, 'adminUrl'>,
  stream: string,
): Promise<readonly Recording[]> {
  const answer = await fetch(adminUrl(`/api/v1/recordings?stream=${stream}`));
  const { items } = (await answer.json()) as { readonly items: readonly Recording[] };
  return items.toSorted((one, other) => one.part - other.part); // those of one second have no order
}

function fileOf(name: string, { stream, id }: Recording): string {
  return join(folder, name, stream, `${id}.flv`);
}

/** Every packet of a file: of which stream, when from the first one on, and what is in it. */
async function packetsOf(path: string): Promise<string[]> {
  const entries = 'packet=codec_type,pts,dts,size,data_hash,flags';
  const args = ['-v', 'error', '-show_data_hash', 'md5', '-show_entries', entries, '-of', 'json', path];
  await using ffprobe = runTool('ffprobe', args, { timeLimitMs: 120_000 });
  const { packets } = JSON.parse(await ffprobe.output) as {
    packets: { codec_type: string; pts: number; dts: number; size: string; data_hash: string }[];
  };
  const first = packets[0]?.dts ?? 0;
  return packets.map(({ codec_type, pts, dts, size, data_hash }) =>
    [codec_type, pts - first, dts - first, size, data_hash].join(' '),
  );
}

const picture = ['-f', 'lavfi', '-i', 'testsrc2=size=320x180:rate=25'];
const sound = (rate: number) => ['-f', 'lavfi', '-i', `sine=frequency=440:sample_rate=${rate}`, '-ac', '1'];
const h264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-bf', '2', '-g', '50', '-pix_fmt', 'yuv420p'];

describe('what ffmpeg publishes', { timeout: 2 * PAIR_MS }, () => {
  let relay: TestRelay;
  beforeAll(async () => {
    relay = await start('codecs');
  });
  afterAll(() => relay[Symbol.asyncDispose]());

  test.concurrent.for([
    { name: 'h264-aac', args: [...picture, ...sound(44_100), ...h264, '-c:a', 'aac'] },
    { name: 'h264-mp3', args: [...picture, ...sound(44_100), ...h264, '-c:a', 'libmp3lame'] },
    {
      name: 'flv1-speex',
      args: [...picture, ...sound(16_000), '-c:v', 'flv', '-g', '50', '-c:a', 'libspeex'],
    },
    { name: 'aac', args: [...sound(44_100), '-c:a', 'aac'] },
  ])('$name is recorded packet by packet', async ({ name, args }) => {
    const source = join(folder, `${name}.flv`);
    const make = ['-v', 'error', '-nostdin', ...args, '-t', String(SECONDS), source];
    await using ffmpeg = runTool('ffmpeg', make, { timeLimitMs: PAIR_MS });
    await ffmpeg.output;
    const publish = ['-v', 'error', '-nostdin', ...pace, '-i', source, '-c', 'copy', '-f', 'flv'];
    await using publisher = runTool('ffmpeg', [...publish, relay.rtmpUrl(`live/${name}`)], {
      timeLimitMs: PAIR_MS,
    });
    await publisher.output;
    await relay.log.waitFor('recording', { stream: `live/${name}`, outcome: 'finished' });
    const [recording, ...more] = await recordingsOf(relay, `live/${name}`);
    expect([recording, more]).toEqual([expect.objectContaining({ state: 'finished', part: 1 }), []]);
    if (recording === undefined) return;
    expect(Math.abs(recording.durationMs - 1000 * SECONDS)).toBeLessThan(300);
    expect(await packetsOf(fileOf('codecs', recording))).toEqual(await packetsOf(source));
  });
});

test('what Enhanced RTMP carries is recorded byte for byte', async () => {
  await using relay = await start('enhanced');
  for (const [index, { headers, before, group }] of enhancedScenarios.entries()) {
    const key = `live/${index}`;
    await using publisher = await TestPublisher.start(relay.port('rtmp'), key);
    publisher.sendMedia(...headers, ...before, ...group);
    await publisher.finish();
    await relay.log.waitFor('recording', { stream: key, outcome: 'finished' });
    const [recording] = await recordingsOf(relay, key);
    const tags = recording === undefined ? [] : flvTags(readFileSync(fileOf('enhanced', recording)));
    expect(tags.filter(({ type }) => type !== 18)).toMatchObject([...headers, ...before, ...group]);
  }
});

describe('a publisher that wishes it', () => {
  let relay: TestRelay;
  beforeAll(async () => {
    relay = await start('wishes');
  });
  afterAll(() => relay[Symbol.asyncDispose]());

  /** Publishes, and hears what becomes of its wish. */
  async function heard(app: string, publishType: 'live' | 'record' | 'append'): Promise<string> {
    await using client = new ClientSession(connect(relay.port('rtmp'), '127.0.0.1'), { app });
    await client.connect();
    const publication = await client.publish('a', { publishType });
    for (const { timestamp, payload } of media('VH1@0 K1@0 P2@40 P3@80'))
      void publication.send({ type: 'video', timestamp, payload });
    for await (const { code } of client) {
      publication.close();
      return code;
    }
    return 'nothing';
  }

  test('hears that it is recorded, and append makes the next part of that', async () => {
    expect(await heard('wish', 'record')).toBe('NetStream.Record.Start');
    await relay.log.waitFor('recording', { stream: 'wish/a', outcome: 'finished' });
    expect(await heard('wish', 'append')).toBe('NetStream.Record.Start');
    await relay.log.waitFor('recording', { stream: 'wish/a', outcome: 'finished' }, { count: 2 });
    const [first, second] = await recordingsOf(relay, 'wish/a');
    expect(second).toMatchObject({ run: first?.run, part: 2 });
  });

  test.for(['other', 'never'])(
    'hears that it may not where access, or the entry of %s, says so',
    async (app) => {
      expect(await heard(app, 'record')).toBe('NetStream.Record.NoAccess');
      expect(await recordingsOf(relay, `${app}/a`)).toEqual([]);
    },
  );
});

test('an operator begins and ends it, and deletes what there is', async () => {
  await using relay = await start('operator');
  await using publisher = await TestPublisher.start(relay.port('rtmp'), 'wish/a');
  await using player = TestPlayer.play(relay.port('rtmp'), 'wish/a');
  await relay.log.waitFor('play', { stream: 'wish/a' });
  publisher.sendMedia(...media('VH1@0 K1@0 P2@40'));
  const ask = async (method: string, path: string, body?: object): Promise<number> => {
    const json = body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
    return (await fetch(relay.adminUrl(`/api/v1/${path}`), { method, ...json })).status;
  };
  const control = relay.relay.recordings;
  await player.mediaOf(3);
  expect(await ask('POST', 'streams/wish%2Fa/recording')).toBe(401); // by TCP it takes a token
  await expect(control.start('wish/b', 'new', 'api:test')).rejects.toThrow('stream wish/b is not live here');
  await control.start('wish/a', 'new', 'api:test');
  await expect(control.start('wish/a', 'new', 'api:test')).rejects.toThrow('is being recorded already');
  publisher.sendMedia(...media('K3@80 P4@120'));
  const { fields } = await relay.log.waitFor('recording', { stream: 'wish/a', outcome: 'begun' });
  const key = String(fields['recording']);
  await expect(control.delete(key, 'api:test')).rejects.toMatchObject({ why: 'unavailable' });
  await control.stop('wish/a');
  await relay.log.waitFor('recording', { stream: 'wish/a', outcome: 'finished' });
  expect(await control.describe(key)).toMatchObject({ key, state: 'finished' });
  await control.delete(key, 'api:test');
  await expect(control.describe(key)).rejects.toThrow('there is no recording of this key');
});

test('with several workers one of them records a stream, whoever its publisher has come to', async () => {
  const config = {
    workers: 2,
    log: { level: 'info' },
    recordings: { folder: join(folder, 'workers'), minFreeBytes: 0 },
    streams: [{ match: '**', source: { type: 'push' }, record: 'always' }],
  };
  await using relay = await TestCluster.start(config);
  await Promise.all(
    ['a', 'b', 'c', 'd'].map(async (name) => {
      await using publisher = await TestPublisher.start(relay.port('rtmp'), `live/${name}`);
      publisher.sendMedia(...media('VH1@0 K1@0 P2@40'));
      await relay.log.waitFor('recording', { stream: `live/${name}`, outcome: 'begun' });
      await publisher.finish();
      await relay.log.waitFor('recording', { stream: `live/${name}`, outcome: 'finished' });
    }),
  );
  const { items } = await relay.cluster.recordings.list({ limit: 10 });
  expect(items.map(({ stream, state }) => `${stream} ${state}`)).toEqual(
    ['a', 'b', 'c', 'd'].map((name) => `live/${name} finished`),
  );
});

describe('a store that', () => {
  /** Sends a keyframe every now and then, until `act` is over. @returns what a player has missed */
  async function whileLive(
    relay: TestRelay,
    act: (sentBytes: () => number) => Promise<void>,
    frameBytes = 8000,
  ): Promise<number> {
    await using player = TestPlayer.play(relay.port('rtmp'), 'live/a');
    await relay.log.waitFor('play', { stream: 'live/a' });
    await using publisher = await TestPublisher.start(relay.port('rtmp'), 'live/a');
    publisher.sendMedia(...media('VH1@0'));
    let sent = 0;
    const send = (): void => {
      const kind = sent % 5 === 0 ? 'K' : 'P';
      publisher.sendMedia(...media(`${kind}${sent}@${20 * sent}:${frameBytes}`));
      sent++;
    };
    const timer = setInterval(send, 20);
    try {
      await act(() => sent * frameBytes);
    } finally {
      clearInterval(timer);
    }
    send();
    await player.mediaOf(sent + 1);
    await publisher.finish();
    return player.media.length - sent - 1;
  }

  function statesIn({ log }: TestRelay): unknown[] {
    return log.find('store-state').map(({ fields }) => fields['state']);
  }

  test('hangs is told of once, costs the live stream nothing, and goes on when it answers', async () => {
    const queueBytes = 2 ** 20;
    await using relay = await start('hangs', { maxQueueBytes: queueBytes });
    const { log } = relay;
    const hangsForAWhile = async (sentBytes: () => number): Promise<void> => {
      await log.waitFor('recording', { outcome: 'begun' });
      const pid = relay.relay.recording.store?.pid ?? 0;
      process.kill(pid, 'SIGSTOP');
      const tooMuch = sentBytes() + 2 * (WRITER_WINDOW_BYTES + queueBytes);
      try {
        await log.waitFor('store-state', { state: 'slow' }, { timeoutMs: 30_000 });
        await vi.waitUntil(() => sentBytes() > tooMuch, 30_000);
      } finally {
        process.kill(pid, 'SIGCONT');
      }
      await log.waitFor('store-state', { state: 'ok' });
      await log.waitFor('recording-gap', { stream: 'live/a' });
    };
    const missed = await whileLive(relay, hangsForAWhile, 60_000);
    expect(missed).toBe(0);
    await log.waitFor('recording', { outcome: 'finished' });
    expect(statesIn(relay)).toEqual(['slow', 'ok']);
    const [recording, ...more] = await recordingsOf(relay, 'live/a');
    expect([recording?.state, more]).toEqual(['finished', []]);
  });

  test.skipIf(!isRoot)(
    'has no room is told of once, costs the live stream nothing, and goes on in the next part when there is room',
    async () => {
      const disk = join(folder, 'full');
      await mkdir(disk);
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'none', disk]);
      try {
        await writeFile(join(disk, 'ballast'), Buffer.alloc(7 * 2 ** 20));
        await using relay = await start('full');
        const { log } = relay;
        const missed = await whileLive(relay, async () => {
          await log.waitFor('store-state', { state: 'full' });
          await rm(join(disk, 'ballast'));
          await log.waitFor('recording', { outcome: 'begun' }, { count: 2 });
        });
        expect(missed).toBe(0);
        await log.waitFor('recording', { outcome: 'finished' });
        expect(statesIn(relay)).toEqual(['full', 'ok']);
        const recordings = await recordingsOf(relay, 'live/a');
        expect(recordings.map(({ state, part }) => `${state} ${part}`)).toEqual([
          'recovered 1',
          'finished 2',
        ]);
        for (const recording of recordings) {
          const packets = await packetsOf(fileOf('full', recording));
          expect(packets.length).toBeGreaterThan(10);
        }
      } finally {
        execFileSync('umount', [disk]);
      }
    },
  );

  test('is killed is told of once and started again, and the recording goes on in the next part', async () => {
    await using relay = await start('killed');
    const { log } = relay;
    const missed = await whileLive(relay, async () => {
      await vi.waitFor(async () => {
        const [written] = await recordingsOf(relay, 'live/a');
        expect(written?.durationMs).toBeGreaterThan(500);
      }, 10_000);
      process.kill(relay.relay.recording.store?.pid ?? 0, 'SIGKILL');
      await log.waitFor('recording', { outcome: 'begun' }, { count: 2 });
    });
    expect(missed).toBe(0);
    await log.waitFor('recording', { outcome: 'finished' });
    expect(statesIn(relay)).toEqual(['gone', 'ok']);
    const [first, second] = await recordingsOf(relay, 'live/a');
    expect(first).toMatchObject({ state: 'recovered', part: 1 });
    expect(second).toMatchObject({ state: 'finished', part: 2, run: first?.run });
  });
});

test('one file holds what two publishers send of one stream', async () => {
  await using relay = await start('taken-over');
  const port = relay.port('rtmp');
  await using first = await TestPublisher.start(port, 'live/a');
  first.sendMedia(...media('VH1@0 K1@0 P2@40'));
  await relay.log.waitFor('recording', { outcome: 'begun' });
  await first.cut();
  await using second = publishWithFfmpeg(relay.rtmpUrl('live/a'), { seconds: 1 });
  await second.output;
  await relay.log.waitFor('recording', { outcome: 'finished' });
  const recordings = await recordingsOf(relay, 'live/a');
  expect(recordings).toHaveLength(1);
  const tags = recordings.flatMap((recording) => flvTags(readFileSync(fileOf('taken-over', recording))));
  expect(tags.length).toBeGreaterThan(40);
});
