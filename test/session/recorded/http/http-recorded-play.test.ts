import { readFileSync } from 'node:fs';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { RecordingError } from '../../../../src/recording/recording-error.ts';
import { bbbAsfPath, bbbPath, flvTags } from '../../../support/media.ts';
import { temporaryFolder } from '../../../support/packages.ts';
import { bbbKey, RecordedSource } from '../../../support/recorded-source.ts';
import { startRelay } from '../../../support/start-relay.ts';

const source = new RecordedSource();
const bbb = readFileSync(bbbPath);
const asfKey = bbbKey.replace('cam1', 'wm');
source.add(asfKey, readFileSync(bbbAsfPath), { durationMs: 6000 });
const growingKey = bbbKey.replace('cam1', 'growing');
source.add(growingKey, bbb, { state: 'recording' });
const relay = await startRelay(
  {
    access: {
      rules: [
        { match: 'recordings/live/**', verbs: ['playback'] },
        { match: 'recordings/vip/**', verbs: ['playback'], require: [{ type: 'key', values: ['s3cret'] }] },
      ],
    },
  },
  { recordings: source },
);
afterAll(() => relay[Symbol.asyncDispose]());
afterEach(() => {
  source.fault = undefined;
});

const url = relay.flvUrl(bbbKey);
const unknown = 'there is no such recording, or it may not be played by whoever asks like this\n';

async function get(headers: Record<string, string> = {}, at = url): Promise<[Response, Buffer]> {
  const response = await fetch(at, { headers });
  return [response, Buffer.from(await response.arrayBuffer())];
}

describe('GET', () => {
  test('gives the file as it is', async () => {
    const [response, body] = await get();
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('video/x-flv');
    expect(response.headers.get('accept-ranges')).toBe('bytes');
    expect(body.equals(bbb)).toBe(true);
  });

  test('gives one range of it, and all of it to whoever asks for several', async () => {
    const [part, bytes] = await get({ range: 'bytes=262100-262199' });
    expect(part.status).toBe(206);
    expect(part.headers.get('content-range')).toBe(`bytes 262100-262199/${bbb.length}`);
    expect(bytes.equals(bbb.subarray(262_100, 262_200))).toBe(true);
    const [rest, end] = await get({ range: 'bytes=-10' });
    expect([rest.status, end.equals(bbb.subarray(-10))]).toEqual([206, true]);
    const [all, whole] = await get({ range: 'bytes=0-1,5-6' });
    expect([all.status, whole.equals(bbb)]).toEqual([200, true]);
    const [none, nothing] = await get({ range: 'bytes=9999999-' });
    expect([none.status, none.headers.get('content-range'), nothing.length]).toEqual([
      416,
      `bytes */${bbb.length}`,
      0,
    ]);
  });

  test('knows whether a client has the same file', async () => {
    const [{ headers }] = await get({ range: 'bytes=0-0' });
    const etag = headers.get('etag') ?? '';
    expect((await get({ range: 'bytes=0-9', 'if-range': etag }))[1]).toHaveLength(10);
    expect((await get({ range: 'bytes=0-9', 'if-range': '"another"' }))[1]).toHaveLength(bbb.length);
    expect((await get({ 'if-none-match': etag }))[0].status).toBe(304);
  });

  test('begins with ?start= at the keyframe before, behind head and headers', async () => {
    const [response, body] = await get({}, `${url}?start=9.5`);
    expect(response.status).toBe(200);
    expect(Number(response.headers.get('content-length'))).toBe(body.length);
    const tags = flvTags(body).map(({ type, timestamp }) => `${type}@${timestamp}`);
    expect(tags.slice(0, 4)).toEqual(['18@0', '9@0', '8@0', '9@8280']);
    expect(tags.at(-1)).toBe('9@10040');
  });

  test('gives ASF where it is ASF, and nothing in another format', async () => {
    const [response, body] = await get({}, url.replace('cam1', 'wm').replace('.flv', '.asf'));
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'video/x-ms-asf']);
    expect(body.equals(readFileSync(bbbAsfPath))).toBe(true);
    expect((await get({}, url.replace('cam1', 'wm')))[0].status).toBe(404);
    expect((await get({}, url.replace('.flv', '.asf')))[0].status).toBe(404);
  });

  test('of what is still recorded gives nothing', async () => {
    expect((await get({}, relay.flvUrl(growingKey)))[0].status).toBe(404);
  });
});

test('HEAD says what GET would, and counts as no play', async () => {
  const before = source.notes.length;
  const response = await fetch(url, { method: 'HEAD', headers: { range: 'bytes=5-9' } });
  expect([response.status, response.headers.get('content-length')]).toEqual([206, '5']);
  expect(source.notes).toHaveLength(before);
});

test('other methods are told what there is', async () => {
  const options = await fetch(url, { method: 'OPTIONS' });
  expect([options.status, options.headers.get('allow')]).toEqual([204, 'GET, HEAD, OPTIONS']);
  const put = await fetch(url, { method: 'PUT', body: bbb });
  expect([put.status, await put.text()]).toEqual([405, 'PUT is not supported here\n']);
});

test('whoever may not and whoever asks for what is not there are answered alike', async () => {
  const vip = bbbKey.replace('live', 'vip');
  source.add(vip, bbb);
  const ask = async (key: string): Promise<unknown> => {
    const response = await fetch(relay.flvUrl(key));
    return [response.status, await response.text()];
  };
  expect(await ask(vip)).toEqual([404, unknown]);
  expect(await ask(`${vip}?key=wrong`)).toEqual([404, unknown]);
  expect(await ask(vip.replace(/A$/, 'B'))).toEqual([404, unknown]);
  expect(await ask(bbbKey.replace(/A$/, 'B'))).toEqual([404, unknown]);
  expect(await ask(bbbKey.replace('live', 'tv'))).toEqual([404, unknown]);
  expect((await fetch(relay.flvUrl(`${vip}?key=s3cret`), { method: 'HEAD' })).status).toBe(200);
});

test('keys of recordings are no keys of streams', async () => {
  const socket = new WebSocket(relay.wsUrl(bbbKey));
  const { code, reason } = await new Promise<CloseEvent>((resolve) => {
    socket.onclose = resolve;
  });
  expect([code, reason]).toEqual([
    4400,
    expect.stringContaining('it is played over RTMP, or by GET over HTTP'),
  ]);
  expect((await fetch(url.replace('/recordings/', '/%72ecordings/'))).status).toBe(400);
});

test('of a damaged piece nothing is sent: the body ends before its length, or a status says so', async () => {
  source.add(bbbKey.replace('cam1', 'broken'), bbb);
  const broken = url.replace('cam1', 'broken');
  source.fault = { offset: 300_000, error: new RecordingError('damaged', 'chunk 4 is not what was written') };
  const response = await fetch(broken);
  expect(response.status).toBe(200);
  await expect(response.arrayBuffer()).rejects.toThrow();
  const inside = await fetch(broken, { headers: { range: 'bytes=290000-' } });
  expect([inside.status, await inside.text()]).toEqual([
    503,
    'the recording is damaged: what follows cannot be played\n',
  ]);
});

test('with tlsOnly nothing is played without TLS', async () => {
  await using folder = await temporaryFolder();
  await using strict = await startRelay(
    {
      recordings: { folder: folder.path, playback: { tlsOnly: true } },
      access: { rules: [{ verbs: ['playback'] }] },
      http: { trustedProxies: ['127.0.0.1/32'] },
    },
    { recordings: source },
  );
  const plain = await fetch(strict.flvUrl(bbbKey));
  expect([plain.status, await plain.text()]).toEqual([403, 'recordings are played over TLS only\n']);
  const byProxy = { 'x-forwarded-for': '192.0.2.7', 'x-forwarded-proto': 'https' };
  expect((await fetch(strict.flvUrl(bbbKey), { headers: byProxy })).status).toBe(200);
});
