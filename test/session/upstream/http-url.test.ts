import { expect, test } from 'vitest';
import { isHttpUrl, parseHttpUrl } from '../../../src/session/upstream/http-url.ts';

test.each([
  {
    url: 'http://Host.Example/live/a.flv?x=1&y=/2#z',
    read: { scheme: 'http', host: 'host.example', port: 80, isTls: false, path: '/live/a.flv?x=1&y=/2' },
  },
  { url: 'https://h/a', read: { scheme: 'https', port: 443, isTls: true, authority: 'h' } },
  { url: 'ws://h:8080/a', read: { scheme: 'ws', port: 8080, isTls: false, authority: 'h:8080' } },
  { url: 'WSS://[::1]/a', read: { scheme: 'wss', host: '::1', port: 443, authority: '[::1]' } },
  { url: 'http://h/ä b/{key}', read: { path: '/%C3%A4%20b/%7Bkey%7D' } },
  { url: 'http://h/a%2Fb%3Fc', read: { path: '/a%2Fb%3Fc' } },
  { url: 'http://good@evil/a', read: { host: 'evil', authorization: 'Basic Z29vZDo=' } },
  { url: 'http://me:p%40ss%@h/a', read: { host: 'h', authorization: `Basic ${btoa('me:p%40ss%')}` } },
  { url: 'http://me:p%40ss@h/a', read: { authorization: `Basic ${btoa('me:p@ss')}` } },
])('reads $url', ({ url, read }) => {
  expect(isHttpUrl(url)).toBe(true);
  expect(parseHttpUrl(url)).toMatchObject(read);
});

test.each([
  'rtmp://h/a',
  'http:///a',
  'http://h:99999/a',
  'http://h/../a',
  'http://h/a/./b.flv',
  'http://h/a/%2e%2E/b.flv',
  'http://h/a/.%2e',
  'http://good\\@evil/a',
  'http://h/a\\..\\b',
  'http:h/a',
  'file:///etc/passwd',
])('finds nothing to ask for in %s', (url) => {
  expect(parseHttpUrl(url)).toBeUndefined();
});
