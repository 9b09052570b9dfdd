import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { afterAll, expect, test, vi } from 'vitest';
import { bbbPath } from '../support/media.ts';
import { temporaryFolder } from '../support/packages.ts';
import { RawClient } from '../support/raw-client.ts';
import { runTool } from '../support/run-tool.ts';
import { startRelay } from '../support/start-relay.ts';

const outside = await temporaryFolder();
const folder = join(outside.path, 'recordings');
const relay = await startRelay({
  recordings: { folder, minFreeBytes: 0 },
  streams: [{ match: '**', source: { type: 'push' }, record: 'always' }],
  access: { rules: [{ verbs: ['playback'] }] },
});
afterAll(async () => {
  await relay[Symbol.asyncDispose]();
  await outside[Symbol.asyncDispose]();
});

/** A recording that is there, and the same below links that somebody has put into the folder and beside it. */
const key = await (async () => {
  await vi.waitFor(() => expect(relay.relay.recording.link).toBeDefined(), 15_000);
  const ffmpeg = ['-v', 'error', '-i', bbbPath, '-c', 'copy', '-f', 'flv', relay.rtmpUrl('live/cam1')];
  await using publisher = runTool('ffmpeg', ffmpeg);
  await publisher.output;
  await relay.log.waitFor('recording', { outcome: 'finished' });
  symlinkSync(join(folder, 'live', 'cam1'), join(folder, 'live', 'link'));
  mkdirSync(join(outside.path, 'elsewhere'));
  symlinkSync(join(outside.path, 'elsewhere'), join(folder, 'live', 'away'));
  const files = readdirSync(join(folder, 'live', 'cam1'));
  for (const file of files)
    symlinkSync(join(folder, 'live', 'cam1', file), join(outside.path, 'elsewhere', file));
  writeFileSync(join(outside.path, 'secret.flv'), 'FLV');
  return `recordings/live/cam1/${files.find((file) => file.endsWith('.flv'))?.slice(0, -4)}`;
})();
const id = key.split('/').at(-1);

/** Sends a path as it is. */
function get(path: string): Promise<readonly [status: number | undefined, body: string]> {
  return new Promise((resolve, reject) => {
    const asked = request({ port: relay.port('http'), host: '127.0.0.1', path }, async (response) => {
      const body = await response.toArray();
      resolve([response.statusCode, Buffer.concat(body).toString('latin1')]);
    });
    asked.on('error', reject).end();
  });
}

test('what is there is played', async () => {
  const [status, body] = await get(`/${key}.flv`);
  expect([status, body.slice(0, 3)]).toEqual([200, 'FLV']);
});

const paths: readonly string[] = [
  `/recordings/live/cam1/../cam1/${id}.flv`,
  `/recordings/../recordings/live/cam1/${id}.flv`,
  `/recordings/live/cam1/..%2fcam1%2f${id}.flv`,
  `/recordings/live/cam1/%2e%2e/cam1/${id}.flv`,
  `/recordings/live/cam1/%252e%252e/cam1/${id}.flv`,
  `/recordings/live%2fcam1/${id}.flv`,
  `/recordings/live/cam1/${id}%00.flv`,
  `/recordings/live/cam1/${id}.flv%00.flv`,
  `/recordings/live/cam1%00/${id}.flv`,
  `/recordings/live%5ccam1%5c${id}.flv`,
  `/recordings/live\\cam1\\${id}.flv`,
  `/recordings/..\\..\\secret.flv`,
  '/recordings/../secret.flv',
  '/recordings/%2e%2e/secret.flv',
  '/recordings/..%2fsecret.flv',
  `/recordings/${folder}/live/cam1/${id}.flv`,
  '/recordings/%2fetc%2fpasswd.flv',
  '/recordings/etc/passwd.flv',
  '/recordings/live/cam1/.flv',
  `/recordings/live/cam1/${id}.json.flv`,
  `/recordings/live/cam1/${id}.json`,
  `/recordings/live/cam1/${id?.slice(0, -1)}.flv`,
  `/recordings/live/cam1/${id?.toLowerCase()}.flv`,
  `/recordings/live/link/${id}.flv`,
  `/recordings/live/away/${id}.flv`,
  `/recordings/live/cam1/*.flv`,
  `/recordings/live/cam1/%c0%ae%c0%ae/${id}.flv`,
  `/recordings/live/${'a'.repeat(5000)}/${id}.flv`,
  `/recordings/${'a/'.repeat(2000)}${id}.flv`,
  `/recordings/${'%2e%2e/'.repeat(500)}etc/passwd.flv`,
];

test.each(paths)('nothing is at %s', async (path) => {
  const [status, body] = await get(path);
  expect(status).toBe(404);
  expect(body).not.toContain('FLV');
});

test('nothing else is played over RTMP either, and its names are no streams', async () => {
  await using client = await RawClient.openConnected(relay.port('rtmp'), 'recordings');
  const names = [
    `live/cam1/../cam1/${id}`,
    `../recordings/live/cam1/${id}`,
    `live\\cam1\\${id}`,
    `live/link/${id}`,
    `live/away/${id}`,
    `live/cam1/${id}.json`,
    `live/cam1/%2e%2e/cam1/${id}`,
    `${'a'.repeat(300)}/${id}`,
  ];
  for (const [index, name] of names.entries()) {
    client.commandOn(index + 1, 'play', 0, null, name);
    await client.heard(`onStatus NetStream.Play.StreamNotFound on ${index + 1}`);
  }
  client.commandOn(20, 'publish', 0, null, `live/cam1/${id}`, 'live');
  expect(await client.heard('onStatus NetStream.Publish.Denied')).toContain(
    'what begins with recordings/ is recorded',
  );
  expect(client.mediaTimes).toEqual([]);
});
