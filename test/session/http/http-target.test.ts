import { expect, test } from 'vitest';
import { mediaFormats } from '../../../src/service/stream-formats.ts';
import { readTarget as read, whereabouts } from '../../../src/session/http/http-target.ts';
import { StreamFormats, type StreamPaths } from '../../../src/session/stream-format.ts';

const flv = mediaFormats({ messageBytes: 1024 })[0];
const formats = new StreamFormats(mediaFormats({ messageBytes: 1024 }));
const readTarget = (target: string) => read(target, formats);

test.each([
  { target: '/live/a.flv', key: 'live/a', query: '' },
  { target: '/live/a.flv?start=live', key: 'live/a', query: 'start=live' },
  { target: '/a/b/c/d.flv', key: 'a/b/c/d', query: '' },
  { target: '/live//_definst_/a.flv', key: 'live/a', query: '' },
  { target: '/live/caf%C3%A9%20x.flv', key: 'live/café x', query: '' },
  { target: 'http://relay.example:8080/live/a.flv?x=1', key: 'live/a', query: 'x=1' },
  { target: 'HTTPS://relay.example/live/a.flv', key: 'live/a', query: '' },
  { target: '/live/a.flv?next=/watch/b.flv', key: 'live/a', query: 'next=/watch/b.flv' },
])('$target is a stream', ({ target, key, query }) => {
  expect(readTarget(target)).toMatchObject({
    is: 'stream',
    format: { contentType: flv?.contentType },
    reading: { key, query },
  });
});

test.each([
  { target: '/live/../a.flv', problem: 'it has a ".." segment' },
  { target: '/live/%2e%2e/a.flv', problem: 'it has a ".." segment' },
  { target: '/live/%2E%2E/%2e%2e/etc/passwd.flv', problem: 'it has a ".." segment' },
  { target: '/live/a%00.flv', problem: 'it has a control character' },
  { target: '/live/a%0d%0ab.flv', problem: 'it has a control character' },
  { target: '/live/a%2fb.flv', problem: 'it has an encoded "/" or "?"' },
  { target: '/live/%zz.flv', problem: 'its percent-encoding is broken' },
  { target: '/live/%ff.flv', problem: 'its percent-encoding is broken' },
  { target: `/live/${'x'.repeat(300)}.flv`, problem: 'a segment has 300 bytes, limit 255' },
  { target: '/.flv', problem: 'it is empty' },
])('$target is no stream', ({ target, problem }) => {
  expect(readTarget(target)).toEqual({
    is: 'no-stream',
    refusal: { refused: 'key', description: `the stream key is not valid: ${problem}` },
  });
});

test.each([
  { target: '/' },
  { target: '/watch/live/a' },
  { target: '/watch/live/a.flv' },
  { target: '/sessions/a.flv' },
  { target: '/api/v1/streams' },
  { target: '/metrics' },
  { target: '//watch/x.flv' },
  { target: '/live/a' },
  { target: '/live/a?x=.flv' },
  { target: '' },
])('"$target" is a page', ({ target }) => {
  expect(readTarget(target)).toMatchObject({ is: 'page' });
});

test.each([
  { target: '/watch/live/a.flv', reason: /begins with "watch"/ },
  { target: '/watch/../a.flv', reason: /"\.\." segment/ },
])('$target is a page, and whoever takes it for a stream is told that it is none', ({ target, reason }) => {
  expect(readTarget(target)).toMatchObject({
    refusal: { refused: 'key', description: expect.stringMatching(reason) },
  });
});

test('an asterisk is the server', () => {
  expect(readTarget('*')).toEqual({ is: 'server' });
});

test.each([
  {
    target: '/live/cam1',
    says: 'the stream live/cam1 would be at /watch/live/cam1 for browsers, at /live/cam1.flv and /live/cam1.asf for players, and at rtmp://HOST/live/cam1 over RTMP',
  },
  {
    target: '/live/caf%C3%A9/?x=1',
    says: 'the stream live/café would be at /watch/live/caf%C3%A9 for browsers, at /live/caf%C3%A9.flv and /live/caf%C3%A9.asf for players, and at rtmp://HOST/live/café over RTMP',
  },
  { target: '/live/cam1.mp4', says: expect.stringMatching(/^the stream live\/cam1 would be at /) },
  { target: '/api/v1/streams', says: undefined },
  { target: '/robots.txt', says: undefined },
  { target: '/live/index.m3u8', says: undefined },
  { target: '/.well-known/traffic-advice', says: undefined },
  { target: '/', says: undefined },
  { target: '/live/%zz', says: undefined },
])('what stands at $target is said to be elsewhere', ({ target, says }) => {
  expect(whereabouts(target, formats)).toEqual(says);
});

test('a format may have a rule for its paths in place of an extension', () => {
  const shows: StreamPaths = {
    nameIn: (path) => /^\/(shows\/[^/]+)\/?$/i.exec(path)?.[1],
    pathOf: (name) => `/${name}`,
  };
  const both = new StreamFormats(
    mediaFormats({ messageBytes: 1024 }).flatMap((format) => [{ ...format, paths: shows }, format]),
  );
  for (const target of ['/Shows/a.mp4/', '/Shows/a.mp4?x=1']) {
    expect(read(target, both)).toMatchObject({
      is: 'stream',
      format: { paths: shows },
      reading: { key: 'Shows/a.mp4' },
    });
  }
  expect(read('/shows/a/b.flv', both)).toMatchObject({ is: 'stream', reading: { key: 'shows/a/b' } });
  expect(read('/shows/a/b', both)).toEqual({ is: 'page' });
  expect(whereabouts('/live/a', both)).toContain('/live/a and /live/a.flv');
});
