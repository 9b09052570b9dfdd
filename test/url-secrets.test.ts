import { describe, expect, test } from 'vitest';
import {
  displayForwardUrl,
  displayUrl,
  displayUrls,
  forwardRedactionOf,
  redactionOf,
} from '../src/url-secrets.ts';

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

test.each([
  ['[{"a":"rtmp://u:p@h/x?k=1","b":"ws://h/y"}]', '[{"a":"rtmp://h/x","b":"ws://h/y"}]'],
  ['http://a b:c\\@h/x y#z', 'http://h/x y'],
  ['live/? is no@URL', 'live/? is no@URL'],
])('%s is shown as %s', (text, shown) => {
  expect(displayUrls(text)).toBe(shown);
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
    expect(redactionOf([url]).hide(said)).toBe(shown);
  });

  test('shows all of it where the URL has no secrets', () => {
    expect(redactionOf(['rtmp://host/app/name']).hide('no stream app/name')).toBe('no stream app/name');
  });

  test('of a forward does not show the stream name either', () => {
    expect(forwardRedactionOf(url).hide('private-key: busy (token=open-sesame)')).toBe('***: busy (***)');
  });

  test('of a forward without a stream name shows as much as that of any server', () => {
    const redaction = forwardRedactionOf('rtmp://host/application');
    expect(redaction.hide('application is busy')).toBe('application is busy');
  });

  const encoded = 'http://us%65r:p%40ss%2Dword@host/a.flv?token=%41bc%2Ddef%2B1&k=a+long+value#frag-ment';

  test.each([
    ['the Authorization that it was sent', btoa('user:p@ss-word')],
    ['credentials, decoded', 'user:p@ss-word'],
    ['credentials as they are written', 'us%65r:p%40ss%2Dword'],
    ['credentials, encoded otherwise', 'user%3ap%40ss-word'],
    ['a password', 'p@ss-word'],
    ['a token, decoded', 'Abc-def+1'],
    ['a token as it is written', '%41bc%2Ddef%2B1'],
    ['a token, encoded otherwise', 'Abc%2ddef%2b1'],
    ['a token in Base64', btoa('Abc-def+1')],
    ['a value as forms have it', 'a long value'],
    ['a fragment', 'frag-ment'],
    ['a whole query', 'token=%41bc%2Ddef%2B1&k=a+long+value'],
  ])('does not show %s', (_what, said) => {
    expect(redactionOf([encoded]).sentence('401', `you said ${said}, but`)).toMatch(
      /^"you said (?:[\w=?#&%]{0,6}\*\*\*=?)+, but" \(401\)$/,
    );
  });

  test.each([
    ['http://sesame-open@host/a', 'sesame-open', btoa('sesame-open:')],
    ['http://:pw@host/a', 'pw', btoa(':pw')],
    ['http://u:p@host/a', 'u:p', btoa('u:p')],
  ])('of %s, credentials of which a part is missing, or short', (where, ...said) => {
    for (const each of said) expect(redactionOf([where]).hide(`no <${each}>`)).toMatch(/^no <\*\*\*=*>$/);
  });
});
