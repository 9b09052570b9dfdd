import { describe, expect, test } from 'vitest';
import { displayForwardUrl, displayUrl, hideForwardSecrets, hideSecrets } from '../src/url-secrets.ts';

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

  test('of a forward without a stream name shows as much as that of any server', () => {
    expect(hideForwardSecrets('application is busy', 'rtmp://host/application')).toBe('application is busy');
  });
});
