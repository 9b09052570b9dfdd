import { describe, expect, test } from 'vitest';
import {
  displayForwardUrl,
  displayUrl,
  hideForwardSecrets,
  hideSecrets,
  parseRtmpUrl,
} from '../../../src/protocol/rtmp/rtmp-url.ts';

describe('a URL', () => {
  test.each([
    {
      url: 'rtmp://localhost/live/a',
      target: { scheme: 'rtmp', host: 'localhost', port: 1935, app: 'live', streamName: 'a' },
      tcUrl: 'rtmp://localhost:1935/live',
    },
    {
      url: 'RTMPS://Example.com:443/live/a?key=1&b=/c',
      target: { scheme: 'rtmps', host: 'example.com', port: 443, app: 'live', streamName: 'a?key=1&b=/c' },
      tcUrl: 'rtmps://example.com:443/live',
    },
    {
      url: 'rtmps://10.0.0.1/app/inst/%C3%A4%2F',
      target: { scheme: 'rtmps', host: '10.0.0.1', port: 1936, app: 'app', streamName: 'inst/%C3%A4%2F' },
      tcUrl: 'rtmps://10.0.0.1:1936/app',
    },
    {
      url: 'rtmp://[2001:db8::1]:1940/live/a',
      target: { scheme: 'rtmp', host: '2001:db8::1', port: 1940, app: 'live', streamName: 'a' },
      tcUrl: 'rtmp://[2001:db8::1]:1940/live',
    },
    {
      url: 'rtmp://[::1]/live/a',
      target: { scheme: 'rtmp', host: '::1', port: 1935, app: 'live', streamName: 'a' },
      tcUrl: 'rtmp://[::1]:1935/live',
    },
    {
      url: 'rtmp://user:p@ss@host:80/live/a',
      target: { scheme: 'rtmp', host: 'host', port: 80, app: 'live', streamName: 'a' },
      tcUrl: 'rtmp://host:80/live',
    },
    {
      url: 'rtmp://host/live',
      target: { scheme: 'rtmp', host: 'host', port: 1935, app: 'live', streamName: '' },
      tcUrl: 'rtmp://host:1935/live',
    },
    {
      url: 'rtmp://host',
      target: { scheme: 'rtmp', host: 'host', port: 1935, app: '', streamName: '' },
      tcUrl: 'rtmp://host:1935/',
    },
  ])('$url', ({ url, target, tcUrl }) => {
    expect(parseRtmpUrl(url)).toEqual({ ...target, tcUrl });
  });

  test.each([
    '',
    'host/live/a',
    'http://host/live/a',
    'rtmpt://host/live/a',
    'rtmp:/host/live/a',
    'rtmp:///live/a',
    'rtmp://:1935/live/a',
    'rtmp://user@/live/a',
    'rtmp://host:65536/live/a',
    'rtmp://host:x/live/a',
    'rtmp://[::1/live/a',
    'rtmp://ho st/live/a',
  ])('%o is none', (url) => {
    expect(parseRtmpUrl(url)).toBeUndefined();
  });
});

test.each([
  { url: 'rtmp://user:secret@host:1935/live/a?key=secret', shown: 'rtmp://host:1935/live/a' },
  { url: 'rtmp://user:se@cret@host/live/a#secret', shown: 'rtmp://host/live/a' },
  { url: 'https://host/a.flv?token=secret\nsecret', shown: 'https://host/a.flv' },
  { url: 'rtmp://host/live/a@b', shown: 'rtmp://host/live/a@b' },
])('$url is shown as $shown', ({ url, shown }) => {
  expect(displayUrl(url)).toBe(shown);
});

test.each([
  { url: 'rtmp://user:secret@host/live/secret?key=secret', shown: 'rtmp://host/live/***' },
  { url: 'rtmps://host:443/live/secret/more', shown: 'rtmps://host:443/live/***' },
  { url: 'rtmp://host/live/secret\nsecret', shown: 'rtmp://host/live/***' },
  { url: 'rtmp://host/live/', shown: 'rtmp://host/live/' },
  { url: 'rtmp://host/live', shown: 'rtmp://host/live' },
])('as a place to publish to $url is shown as $shown', ({ url, shown }) => {
  expect(displayForwardUrl(url)).toBe(shown);
});

describe('what a server says', () => {
  const url = 'rtmp://me:pass-word@host/app/private-key?token=open-sesame&n=1';

  test.each([
    ['no stream app/private-key?token=open-sesame&n=1', 'no stream app/private-key?***'],
    ['token=open-sesame is over', '*** is over'],
    ['open-sesame is over', '*** is over'],
    ['me:pass-word is wrong, as is pass-word', '*** is wrong, as is ***'],
    ['1 is no n, me', '1 is no n, me'],
  ])('as %j shows %j', (said, shown) => {
    expect(hideSecrets(said, url)).toBe(shown);
  });

  test('shows all of it where the URL has no secrets', () => {
    expect(hideSecrets('no stream app/name', 'rtmp://host/app/name')).toBe('no stream app/name');
  });

  test('of a forward does not show the stream name either', () => {
    expect(hideForwardSecrets('private-key: busy (token=open-sesame)', url)).toBe('***: busy (***)');
  });
});
