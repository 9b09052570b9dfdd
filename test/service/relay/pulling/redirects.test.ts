import { describe, expect, test } from 'vitest';
import { AllowedHosts, redirectedUrl } from '../../../../src/service/relay/pulling/redirects.ts';

describe('a redirect from rtmp://origin:1940/live/cam?token=x', () => {
  test.each([
    ['rtmp://other/live/cam', 'rtmp://other:1935/live/cam'],
    ['rtmp://other/edge', 'rtmp://other:1935/edge/cam?token=x'],
    ['rtmp://other', 'rtmp://other:1935/live/cam?token=x'],
    ['rtmp://other/', 'rtmp://other:1935/live/cam?token=x'],
    ['rtmp://other/edge?session=1?2', 'rtmp://other:1935/edge/cam?session=1?2'],
    ['rtmps://other/edge/b/c?d', 'rtmps://other:443/edge/b/c?d'],
    ['rtmp://[::1]:80/edge', 'rtmp://[::1]:80/edge/cam?token=x'],
    ['/edge/other', 'rtmp://origin:1940/edge/other'],
  ])('to %s leads to %s', (to, url) => {
    expect(redirectedUrl('rtmp://origin:1940/live/cam?token=x', to, 'flv')).toBe(url);
  });

  test.each([
    'http://other/live/cam',
    'file:///etc/passwd',
    'rtmp://',
    'rtmp://:80/live',
    'rtmp://h:99999/a',
  ])('to %s leads nowhere', (to) => {
    expect(redirectedUrl('rtmp://origin:1940/live/cam?token=x', to, 'flv')).toBeUndefined();
  });
});

describe('a redirect from an HTTP server', () => {
  test.each([
    ['http://h:8080/live/a.flv?x=1', '/b.flv', 'http://h:8080/b.flv'],
    ['http://h:8080/live/a.flv?x=1', 'b.flv?y=2', 'http://h:8080/live/b.flv?y=2'],
    ['http://h/live/a.flv', '//other/b.flv', 'http://other/b.flv'],
    ['http://me:secret@h/a.flv', 'https://other/b', 'https://other/b'],
    ['ws://h/live/a.flv', 'wss://other/b', 'wss://other/b'],
    ['ws://h/live/a.flv', 'https://other/b', 'wss://other/b'],
    ['http://h/a', 'http://good\\@evil/x', 'http://good/@evil/x'],
    ['http://h/a', 'ws://other/b', undefined],
    ['http://h/a', 'rtmp://other/live/b', undefined],
    ['http://h/a', 'file:///etc/passwd', undefined],
    ['http://h/a', 'javascript:alert(1)', undefined],
    ['http://h/a', 'http://', undefined],
  ])('%s to %s leads to %s', (from, to, url) => {
    expect(redirectedUrl(from, to, 'flv')).toBe(url);
  });
});

describe('a redirect from a server of ASF', () => {
  test.each([
    ['http://h:8080/streams/a', '/streams/b', 'http://h:8080/streams/b'],
    ['http://h/streams/a', 'mmsh://other/streams/b', 'mmsh://other/streams/b'],
    ['mmsh://h/streams/a', 'http://other/b?x', 'http://other/b?x'],
    ['mmsh://h/streams/a', '/streams/b', 'mmsh://h/streams/b'],
    ['mmsh://h/streams/a', 'http://other/live/b.flv', 'http://other/live/b.flv'],
    ['https://h/a.asf', 'mmsh://other/b', 'mmsh://other/b'],
    ['mmsh://h/streams/a', 'mms://other/b', undefined],
    ['mmsh://h/streams/a', 'ws://other/b', undefined],
    ['http://h/streams/a', 'rtmp://other/live/b', undefined],
    ['mmsh://h/streams/a', 'mmsh://', undefined],
  ])('%s to %s leads to %s', (from, to, url) => {
    expect(redirectedUrl(from, to, 'asf')).toBe(url);
  });

  test('leads to its hosts only, and from TLS to nothing without it', () => {
    const hosts = new AllowedHosts(['mmsh://origin/{key}', 'https://safe/{key}'], []);
    expect(hosts.lead('mmsh://origin/a', 'mmsh://evil/a', 'asf')).toEqual({ refused: noHost });
    expect(hosts.lead('https://safe/a', 'mmsh://origin/a', 'asf')).toEqual({ refused: noTls });
  });

  test('is no way to other media', () => {
    expect(redirectedUrl('http://h/live/a.flv', 'mmsh://h/streams/a', 'flv')).toBeUndefined();
  });
});

const noHost = 'which is not in redirectHosts';
const noTls = 'which is without TLS';
const noProtocol = 'which is another protocol';

test.each([
  ['rtmp://origin/live', undefined],
  ['rtmp://Backup:1940/live', undefined],
  ['rtmp://elsewhere/live', undefined],
  ['rtmps://elsewhere/live', undefined],
  ['rtmp://user@elsewhere/live', undefined],
  ['rtmp://elsewhere@evil/live', noHost],
  ['rtmp://elsewhere.evil/live', noHost],
  ['rtmp://127.0.0.1/live', noHost],
  ['http://origin/live', noProtocol],
])('a server at rtmp://origin that leads to %s is refused: %s', (to, refused) => {
  const hosts = new AllowedHosts(['rtmp://origin/{key}', 'rtmp://user:pw@backup/{key}'], ['Elsewhere']);
  expect(hosts.lead('rtmp://origin/live/a', to, 'flv')).toEqual(
    refused === undefined ? { url: expect.any(String) } : { refused },
  );
});

test.each([
  ['http://origin:99/x', undefined],
  ['https://edge.example/x', undefined],
  ['//edge.example/x', undefined],
  ['http://edge.example@evil/x', noHost],
  ['http://origin.evil/x', noHost],
  ['http://127.0.0.1/x', noHost],
  ['rtmp://origin/x', noProtocol],
])('a server at http://origin that leads to %s is refused: %s', (to, refused) => {
  const hosts = new AllowedHosts(['http://me:pw@origin/{key}.flv'], ['Edge.Example']);
  expect(hosts.lead('http://origin/live/a.flv', to, 'flv')).toEqual(
    refused === undefined ? { url: expect.any(String) } : { refused },
  );
});

test('a server may not lead to a URL of more than 2,048 characters', () => {
  const hosts = new AllowedHosts(['http://origin/{key}'], []);
  const url = 'http://origin/'.padEnd(2048, 'x');
  expect(hosts.lead('http://origin/a', url, 'flv')).toEqual({ url });
  expect(hosts.lead('http://origin/a', `${url}x`, 'flv')).toEqual({ refused: 'which is too long' });
});

test.each([
  ['https://origin/a.flv', 'http://origin/a.flv', noTls],
  ['https://origin/a.flv', 'http://origin:443/a.flv', noTls],
  ['HTTPS://origin/a.flv', 'HTTP://origin/a.flv', noTls],
  ['https://origin/a.flv', '//origin/b.flv', undefined],
  ['https://origin/a.flv', 'https://origin:8443/b.flv', undefined],
  ['wss://origin/a.flv', 'ws://origin/a.flv', noTls],
  ['wss://origin/a.flv', 'http://origin/a.flv', noTls],
  ['wss://origin/a.flv', 'https://origin/b.flv', undefined],
  ['rtmps://origin/live/a', 'rtmp://origin/live/a', noTls],
  ['rtmps://origin/live/a', 'rtmp://origin:443/live/a', noTls],
  ['rtmps://origin/live/a', '/edge/a', undefined],
  ['rtmps://origin/live/a', 'rtmps://origin:1936/live', undefined],
])('a server at %s that leads to %s is refused: %s', (from, to, refused) => {
  const hosts = new AllowedHosts([from], []);
  expect(hosts.lead(from, to, 'flv')).toEqual(
    refused === undefined ? { url: expect.any(String) } : { refused },
  );
});
