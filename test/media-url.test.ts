import { describe, expect, test } from 'vitest';
import { expandUrl, formatOf, parseMediaUrl, readMediaUrl, schemeOf, withPort } from '../src/media-url.ts';

test.each([
  { scheme: 'rtmp', protocol: 'rtmp', port: 1935, isTls: false },
  { scheme: 'rtmps', protocol: 'rtmp', port: 443, isTls: true },
  { scheme: 'http', protocol: 'http', port: 80, isTls: false },
  { scheme: 'https', protocol: 'http', port: 443, isTls: true },
  { scheme: 'ws', protocol: 'ws', port: 80, isTls: false },
  { scheme: 'wss', protocol: 'ws', port: 443, isTls: true },
  { scheme: 'mmsh', protocol: 'mmsh', port: 80, isTls: false },
])('$scheme is $protocol on port $port', (row) => {
  const { scheme, port } = row;
  const place = { host: 'h', authority: 'h', username: '', password: '' };
  expect(parseMediaUrl(`${scheme}://h/a/b?c`)).toEqual({ ...row, ...place, path: '/a/b?c' });
  expect(parseMediaUrl(`${scheme.toUpperCase()}://H:${port}/a/b?c`)).toEqual({
    ...row,
    ...place,
    path: '/a/b?c',
  });
  expect(parseMediaUrl(`${scheme}://h:8080/a`)).toMatchObject({ port: 8080, authority: 'h:8080' });
  expect(schemeOf(`${scheme}:`)).toMatchObject({ protocol: row.protocol, port, isTls: row.isTls });
});

test.each([
  {
    url: 'rtmp://[2001:DB8::1]:1940/a',
    read: { host: '2001:db8::1', port: 1940, authority: '[2001:db8::1]:1940' },
  },
  { url: 'wss://[::1]/a', read: { host: '::1', authority: '[::1]' } },
  { url: 'rtmps://host:', read: { host: 'host', port: 443, path: '' } },
  {
    url: 'rtmp://user:p@ss@host:80/live/a',
    read: { host: 'host', port: 80, username: 'user', password: 'p@ss' },
  },
  { url: 'http://good@evil/a', read: { host: 'evil', username: 'good', password: '' } },
  { url: 'http://me:p%40ss@h/a', read: { username: 'me', password: 'p@ss' } },
  { url: 'http://me:p%40ss%@h/a', read: { password: 'p%40ss%' } },
  { url: 'http://Host.Example/live/a.flv?x=1&y=/2#z', read: { path: '/live/a.flv?x=1&y=/2' } },
  { url: 'http://h', read: { path: '/' } },
  { url: 'http://h//evil/a', read: { host: 'h', path: '//evil/a' } },
  { url: 'http://h/\u00e4 b/{key}', read: { path: '/%C3%A4%20b/%7Bkey%7D' } },
  { url: 'http://h/a%2Fb%3Fc', read: { path: '/a%2Fb%3Fc' } },
  { url: 'http://h/a?../b', read: { path: '/a?../b' } },
  { url: 'rtmp://h/%C3%A4/../b #c\n?d', read: { path: '/%C3%A4/../b #c\n?d' } },
])('reads $url', ({ url, read }) => {
  expect(parseMediaUrl(url)).toMatchObject(read);
});

test.each([
  ['', 'scheme'],
  ['host/live/a', 'scheme'],
  ['rtmpe://host/live/a', 'scheme'],
  ['file:///etc/passwd', 'scheme'],
  ['constructor://host/a', 'scheme'],
  ['rtmp:/host/live/a', 'scheme'],
  ['http:h/a', 'scheme'],
  ['rtmp:///live/a', 'authority'],
  ['http:///a', 'authority'],
  ['rtmp://:1935/live/a', 'authority'],
  ['rtmp://user@/live/a', 'authority'],
  ['rtmp://host:0/live/a', 'authority'],
  ['rtmp://host:65536/live/a', 'authority'],
  ['http://h:99999/a', 'authority'],
  ['rtmp://host:x/live/a', 'authority'],
  ['rtmp://10.0.0.256/live/a', 'authority'],
  ['rtmp://[::1/live/a', 'authority'],
  ['rtmp://ho st/live/a', 'authority'],
  ['rtmp://host:80\n/live/a', 'authority'],
  ['rtmp://good\\@evil/a', 'authority'],
  ['http://good\\@evil/a', 'authority'],
  ['http://h/../a', 'path'],
  ['http://h/a/./b.flv', 'path'],
  ['ws://h/a/%2e%2E/b.flv', 'path'],
  ['wss://h/a/.%2e', 'path'],
  ['https://h/a\\..\\b', 'path'],
] as const)('%j is no URL of a stream: its %s', (url, fault) => {
  expect(readMediaUrl(url)).toBe(fault);
  expect(parseMediaUrl(url)).toBeUndefined();
});

test.each([
  ['rtmp://h/{key}', 'live/a/b', 'rtmp://h/live/a/b'],
  ['rtmp://h/{app}/x-{name}?k={key}', 'live/a', 'rtmp://h/live/x-a?k=live/a'],
  ['rtmp://h/{app}/{name}', 'live', 'rtmp://h/live/'],
  ['rtmp://h/x/{key}', '{name}/$&/{app}', 'rtmp://h/x/{name}/$&/{app}'],
  ['rtmp://h/{other}', 'live/a', 'rtmp://h/{other}'],
])('puts into %s the key %s', (template, key, url) => {
  expect(expandUrl(template, key)).toBe(url);
});

describe('what a player calls a stream is a name and nothing else in', () => {
  test.each([
    ['http://h/{key}.flv', 'live/a b', 'http://h/live/a%20b.flv'],
    ['http://h/{app}/x/{name}', 'live/a/b', 'http://h/live/x/a/b'],
    ['ws://h/{key}', 'live/a?admin=1#x', 'ws://h/live/a%3Fadmin%3D1%23x'],
    ['https://h/s.flv?k={key}&b=1', 'a/b&c=d', 'https://h/s.flv?k=a/b%26c%3Dd&b=1'],
    ['http://h/{key}', 'a%2e%2e/b%0d%0aX: y', 'http://h/a%252e%252e/b%250d%250aX%3A%20y'],
    ['http://h/{key}', 'a\r\nHost: evil/b', 'http://h/a%0D%0AHost%3A%20evil/b'],
    ['http://h/{key}', 'a\\b/@evil/\u{1f600}', 'http://h/a%5Cb/%40evil/%F0%9F%98%80'],
    ['http://h/{key}', 'a\ud800', 'http://h/a%EF%BF%BD'],
    ['http://h/{key}', '{name}/$&/b', 'http://h/%7Bname%7D/%24%26/b'],
  ])('%s: %j', (template, key, url) => {
    expect(expandUrl(template, key)).toBe(url);
  });
});

test.each([
  ['rtmps://host', 'rtmps://host:443'],
  ['rtmps://host/', 'rtmps://host:443/'],
  ['rtmps://host:/app', 'rtmps://host:443/app'],
  ['rtmp://host/app/name?a=:1', 'rtmp://host:1935/app/name?a=:1'],
  ['rtmp://[::1]/app', 'rtmp://[::1]:1935/app'],
  ['rtmp://user:1@host/app', 'rtmp://user:1@host:1935/app'],
  ['RTMPS://Host:1936/App', 'RTMPS://Host:1936/App'],
  ['https://host?a', 'https://host:443?a'],
  ['ftp://host/a', 'ftp://host/a'],
])('%s with its port is %s', (url, complete) => {
  expect(withPort(url)).toBe(complete);
});

test.each([
  ['rtmp://h/streams/a.asf', 'auto', 'flv'],
  ['ws://h/streams/a', 'auto', 'flv'],
  ['mmsh://h/a.flv', 'auto', 'asf'],
  ['mmsh://h', 'auto', 'asf'],
  ['http://h/streams/a', 'auto', 'asf'],
  ['HTTPS://h/Streams/a/b?x', 'auto', 'asf'],
  ['http://h/live/a.asf?x', 'auto', 'asf'],
  ['http://h/live/a.ASF#x', 'auto', 'asf'],
  ['http://h/streams/a.flv', 'auto', 'flv'],
  ['http://h/live/streams/a', 'auto', 'flv'],
  ['http://h/live/a?x=/streams/a.asf', 'auto', 'flv'],
  ['http://h?/streams/a', 'auto', 'flv'],
  ['http://u:%2Fstreams%2F@h/live/a', 'auto', 'flv'],
  ['http://u:/streams/@h/live/a', 'auto', 'asf'], // the host is u
  ['http://h/live/a.flv', 'asf', 'asf'],
  ['http://h/streams/a', 'flv', 'flv'],
  ['mmsh://h/a', 'flv', 'asf'],
  ['rtmp://h/live/a', 'asf', 'flv'],
] as const)('%s, where %s is wanted, brings %s', (url, wanted, format) => {
  expect(formatOf(url, wanted)).toBe(format);
});
