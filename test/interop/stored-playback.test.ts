import { readFileSync } from 'node:fs';
import { open, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { newRecordingKey } from '../../src/credentials/recording-key.ts';
import { FlvTagType } from '../../src/protocol/flv/flv-tag.ts';
import type { Recording } from '../../src/recording/recording.ts';
import { bbbTags, flvTags } from '../support/media.ts';
import { temporaryFolder } from '../support/packages.ts';
import { publishWithFfmpeg } from '../support/real-clients.ts';
import { runTool } from '../support/run-tool.ts';
import { knownKey, S3Server } from '../support/s3-server.ts';
import { TestCluster } from '../support/start-cluster.ts';
import { flvPath, startRelay } from '../support/start-relay.ts';

const streams = [{ match: '**', source: { type: 'push' }, record: 'always' }];
const access = { rules: [{ verbs: ['playback'] }] };
const workMs = 60_000;

let keyFile: string;
let folder: { readonly path: string } & AsyncDisposable;
let storage: S3Server;
let credentialsFile: string;
beforeAll(async () => {
  folder = await temporaryFolder();
  storage = await S3Server.start();
  keyFile = join(folder.path, 'recordings.key');
  await writeFile(keyFile, `${newRecordingKey()}\n`, { mode: 0o600 });
  credentialsFile = join(folder.path, 's3.key');
  await writeFile(credentialsFile, `${knownKey.id}\n${knownKey.secret}\n`, { mode: 0o600 });
});
afterAll(async () => {
  await storage[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

function sealing() {
  return { encryption: { keyFiles: [keyFile] } };
}

/** Files go once they are uploaded. */
function uploading(prefix: string) {
  const { endpoint } = storage;
  return {
    upload: { endpoint, bucket: 'recordings', prefix: `${prefix}/`, credentialsFile, keepLocalMs: 0 },
  };
}

function recordings(name: string, more: object): object {
  return { folder: join(folder.path, name), minFreeBytes: 0, ...more };
}

/** Audio and video of an FLV file with their times from the first on. */
function media(flv: Buffer): string[] {
  const tags = flvTags(flv).filter(({ type, payload }) => type !== FlvTagType.script && payload.length > 5);
  const from = tags[0]?.timestamp ?? 0;
  return tags.map(
    ({ type, timestamp, payload }) => `${type}@${timestamp - from} ${payload.toString('base64')}`,
  );
}

/** What a recording of the test media has: all from the first keyframe on, behind the headers. */
function expected(): string[] {
  const tags = bbbTags().filter(({ type, payload }) => type !== FlvTagType.script && payload.length > 5);
  return tags.map(({ type, payload }) => `${type} ${payload.toString('base64')}`);
}

/** Without times: headers come with the time of what is behind them. */
function contents(flv: Buffer): string[] {
  return media(flv).map((line) => line.replace(/@\d+ /, ' '));
}

async function onDisk(name: string): Promise<string[]> {
  const entries = await readdir(join(folder.path, name), { recursive: true });
  return entries.filter((file) => /\.(flv|sealed)$/.test(file)).map((file) => join(folder.path, name, file));
}

async function dumped(url: string, ...options: readonly string[]): Promise<Buffer> {
  await using rtmpdump = runTool('rtmpdump', ['-q', '-r', url, '-o', '-', ...options]);
  await rtmpdump.exited;
  return rtmpdump.stdoutBuffer;
}

async function fetched(url: string, headers: Record<string, string> = {}): Promise<Buffer> {
  const response = await fetch(url, { headers });
  expect(response.ok).toBe(true);
  return Buffer.from(await response.arrayBuffer());
}

describe.each([
  { name: 'plain', more: () => ({}), isSealed: false, isUploaded: false },
  { name: 'sealed', more: sealing, isSealed: true, isUploaded: false },
  { name: 'uploaded', more: () => uploading('uploaded'), isSealed: false, isUploaded: true },
  {
    name: 'uploaded-sealed',
    more: () => ({ ...sealing(), ...uploading('sealed') }),
    isSealed: true,
    isUploaded: true,
  },
])('a recording that is $name', ({ name, more, isSealed, isUploaded }) => {
  test(
    'is played by RTMP and HTTP as it was published, from any time',
    async () => {
      const settings = { recordings: recordings(name, more()), streams, access };
      await using relay = await startRelay(settings);
      await using publisher = publishWithFfmpeg(relay.rtmpUrl('live/a'));
      await publisher.output;
      await relay.log.waitFor('recording', { outcome: 'finished' });
      if (isUploaded) {
        await relay.log.waitFor('upload', { outcome: 'uploaded' });
        await vi.waitFor(async () => expect(await onDisk(name)).toEqual([]), 10_000);
      }
      const { items } = await relay.relay.recordings.list({ limit: 10 });
      expect(items).toMatchObject([{ isSealed, isUploaded, state: 'finished' }]);
      const { key, bytes, durationMs } = items[0] as Recording;

      const byRtmp = await dumped(relay.rtmpUrl(key));
      expect(expected()).toEqual(expect.arrayContaining(contents(byRtmp)));
      expect(contents(byRtmp).length).toBeGreaterThan(expected().length - 10); // without the sound before the first keyframe
      const byHttp = await fetched(relay.flvUrl(key));
      expect(byHttp.length).toBe(bytes);
      expect(contents(byHttp)).toEqual(contents(byRtmp));
      const range = await fetched(relay.flvUrl(key), { range: `bytes=${bytes - 70_000}-${bytes - 60_001}` });
      expect(range.equals(byHttp.subarray(bytes - 70_000, bytes - 60_000))).toBe(true);
      const late = contents(await fetched(`${relay.flvUrl(key)}?start=${durationMs / 2000}`));
      expect(contents(byHttp).slice(-late.length + 5)).toEqual(late.slice(5)); // the headers come first
      expect(late.length).toBeLessThan(0.8 * contents(byHttp).length);
      const part = media(await dumped(relay.rtmpUrl(key), '--start', '4', '--stop', '5'));
      expect(part.length).toBeGreaterThan(20);
      expect(part.length).toBeLessThan(contents(byHttp).length / 2);
    },
    workMs,
  );
});

test(
  'sealed files show nothing of what is in them; of a chunk with one changed byte nothing is played, and that is told',
  async () => {
    const settings = { recordings: recordings('changed', sealing()), streams, access };
    await using relay = await startRelay(settings);
    await using publisher = publishWithFfmpeg(relay.rtmpUrl('live/a'));
    await publisher.output;
    await relay.log.waitFor('recording', { outcome: 'finished' });
    const [file = ''] = await onDisk('changed');
    const { items } = await relay.relay.recordings.list({ limit: 10 });
    const { key } = items[0] as Recording;
    const bytes = readFileSync(file);
    for (const word of ['FLV\u0001\u0005', 'onMetaData', 'keyframes'])
      expect(bytes.includes(word)).toBe(false);
    for (const { payload } of bbbTags())
      if (payload.length > 16) expect(bytes.includes(payload.subarray(-16))).toBe(false);

    const at = Math.floor(0.75 * bytes.length);
    await using handle = await open(file, 'r+');
    await handle.write(Buffer.of((bytes[at] ?? 0) ^ 1), 0, 1, at);
    const byRtmp = contents(await dumped(relay.rtmpUrl(key)));
    await relay.log.waitFor('playback-failed', { stream: key, reason: 'damaged' });
    const whole = new Set(expected());
    expect(byRtmp.filter((line) => !whole.has(line))).toEqual([]);
    expect(byRtmp.length).toBeGreaterThan(0.3 * whole.size);
    expect(byRtmp.length).toBeLessThan(0.9 * whole.size);
    await using curl = runTool('curl', ['-sS', relay.flvUrl(key)]);
    const { code } = await curl.exited;
    expect([code, curl.stderr]).toEqual([18, expect.stringContaining('bytes')]); // a part of the file
    const byHttp = contents(curl.stdoutBuffer);
    expect(byHttp.filter((line) => !whole.has(line)).length).toBeLessThanOrEqual(1); // where it breaks off
    expect(byHttp.length).toBeLessThan(0.9 * whole.size);
    const beginning = await fetched(relay.flvUrl(key), { range: 'bytes=0-99999' });
    expect(beginning.equals(curl.stdoutBuffer.subarray(0, 100_000))).toBe(true);
  },
  workMs,
);

test(
  'every worker plays what any of them has recorded',
  async () => {
    const settings = { recordings: recordings('workers', sealing()), streams, access };
    await using relay = await TestCluster.start({ ...settings, log: { level: 'info' } });
    await using publisher = publishWithFfmpeg(`rtmp://127.0.0.1:${relay.port('rtmp')}/live/a`);
    await publisher.output;
    await relay.log.waitFor('recording', { outcome: 'finished' });
    const { items } = await relay.cluster.recordings.list({ limit: 10 });
    const { key, bytes } = items[0] as Recording;
    const url = `http://127.0.0.1:${relay.port('http')}/${flvPath(key)}`;
    const answers = await Promise.all(Array.from({ length: 16 }, () => fetched(url)));
    expect(answers.map(({ length }) => length)).toEqual(Array.from({ length: 16 }, () => bytes));
    const dumps = await Promise.all(
      Array.from({ length: 8 }, () => dumped(`rtmp://127.0.0.1:${relay.port('rtmp')}/${key}`)),
    );
    const all = contents(answers[0] as Buffer);
    for (const dump of dumps) expect(contents(dump)).toEqual(all);
  },
  workMs,
);
