import { expect, test } from 'vitest';
import { parseLoad } from '../support/load-run.ts';

test('asks for what is usual where nothing is said', async () => {
  const { plan, thresholds, json } = await parseLoad(['rtmp://host/live/a']);
  expect(plan).toMatchObject({
    players: 100,
    rampPerSecond: 100,
    warmUpMs: 5000,
    durationMs: 30_000,
    slowPercent: 0,
    slowRatePercent: 0,
    churnPerSecond: 0,
    probes: 50,
    timeoutMs: 15_000,
    threads: 1,
    publication: undefined,
    target: { protocol: 'rtmp', host: 'host', port: 1935, app: 'live', streamName: 'a' },
  });
  expect(thresholds).toEqual({
    maxLatencyP99Ms: undefined,
    maxFirstFrameP99Ms: undefined,
    maxFailures: 0,
  });
  expect(json).toBe(false);
});

test('publishes to the stream that it plays, or to where it is told', async () => {
  const same = await parseLoad(['rtmp://host/live/a', '--publish', 'x.flv']);
  expect(same.plan.publication).toMatchObject({ file: 'x.flv', target: { host: 'host', streamName: 'a' } });
  const http = ['http://host:8080/live/a.flv', '--publish', 'x.flv', '--publish-to', 'rtmp://origin/live/b'];
  const other = await parseLoad(http);
  expect(other.plan.publication).toMatchObject({ target: { host: 'origin', streamName: 'b' } });
  expect(other.plan.target).toMatchObject({ protocol: 'http', port: 8080, path: '/live/a.flv' });
});

test.each([
  { url: 'http://host/live/a.flv?k=1', port: 80, authority: 'host' },
  { url: 'https://host/live/a.flv?k=1', port: 443, authority: 'host' },
  { url: 'ws://host:8080/live/a.flv?k=1', port: 8080, authority: 'host:8080' },
  { url: 'WSS://[::1]/live/a.flv?k=1', port: 443, authority: '[::1]' },
])('plays $url', async ({ url, port, authority }) => {
  const { plan } = await parseLoad([url]);
  expect(plan.target).toMatchObject({ port, authority, path: '/live/a.flv?k=1' });
});

test.each([
  { url: 'mmsh://host:8080/streams/a?k=1', path: '/streams/a_push?k=1' },
  { url: 'mmsh://host:8080/Streams/a/', path: '/Streams/a_push/' },
])('pushes to where $url is published', async ({ url, path }) => {
  const { plan } = await parseLoad([url, '--publish', 'x.asf']);
  expect(plan.target).toMatchObject({ protocol: 'mmsh', format: 'asf', port: 8080 });
  expect(plan.publication?.target).toMatchObject({
    protocol: 'http',
    authority: 'host:8080',
    port: 8080,
    path,
  });
});

test.each([
  { url: 'http://host/live/a.asf', format: 'asf' },
  { url: 'https://host/streams/a', format: 'asf' },
  { url: 'http://host/live/a.flv', format: 'flv' },
  { url: 'mmsh://host/live/a.asf', format: 'asf' },
])('takes $url for $format', async ({ url, format }) => {
  const push = 'https://origin/streams/b_push';
  const { plan } = await parseLoad([url, '--publish', 'x.asf', '--publish-to', push]);
  expect(plan.target).toMatchObject({ format });
  expect(plan.publication?.target).toMatchObject({ protocol: 'http', isTls: true, path: '/streams/b_push' });
});

test('never makes more threads than players', async () => {
  const { plan } = await parseLoad(['rtmp://host/live/a', '--players', '2', '--threads', '8']);
  expect(plan.threads).toBe(2);
});

test.each([
  ['no URL', []],
  ['a URL of no stream', ['rtmp://host/live']],
  ['a scheme that nobody speaks', ['ftp://host/live/a']],
  ['a WebSocket of no stream', ['ws://host']],
  ['a port out of range', ['rtmp://host:70000/live/a']],
  ['no players', ['rtmp://host/live/a', '--players', '0']],
  ['half a player', ['rtmp://host/live/a', '--players', '1.5']],
  ['a negative duration', ['rtmp://host/live/a', '--duration', '-1']],
  ['more than all slow', ['rtmp://host/live/a', '--slow', '101']],
  ['a number with a unit', ['rtmp://host/live/a', '--max-latency-p99', '200ms']],
  ['an unknown option', ['rtmp://host/live/a', '--player', '3']],
  ['publishing over HTTP', ['http://host/live/a.flv', '--publish', 'x.flv']],
  ['publishing to a push without a name', ['mmsh://host/live/a.asf', '--publish', 'x.asf']],
  [
    'publishing where nobody pushes',
    ['rtmp://host/live/a', '--publish', 'x', '--publish-to', 'http://host/streams/b'],
  ],
  [
    'pushing over MMSH',
    ['rtmp://host/live/a', '--publish', 'x', '--publish-to', 'mmsh://host/streams/b_push'],
  ],
  ['a place to publish, and nothing to', ['rtmp://host/live/a', '--publish-to', 'rtmp://host/live/b']],
])('refuses %s', async (_, args) => {
  await expect(parseLoad(args)).rejects.toMatchObject({
    name: expect.stringMatching(/CommanderError|Invalid/),
  });
});
