import { describe, expect, test } from 'vitest';
import {
  AllowedHosts,
  expandUrl,
  hostOf,
  openUpstream,
  redirectedUrl,
} from '../../../../src/service/relay/pulling/open-upstream.ts';
import { ServerConnector } from '../../../../src/session/upstream/server-connector.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { UpstreamNotes } from '../../../support/upstream-notes.ts';

test.each([
  ['http://User:pass@Host.Example/a', 'host.example'],
  ['wss://[::1]:8443/a.flv', '::1'],
  ['http://good@evil/a', 'evil'],
  ['ftp://h/a', undefined],
])('knows the host of %s', (url, host) => {
  expect(hostOf(url)).toBe(host);
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
    expect(redirectedUrl(from, to)).toBe(url);
  });
});

const noEvents = {
  onStart: () => {},
  onPath: () => {},
  onMedia: () => {},
  onDry: () => {},
  onReconnectRequest: () => {},
  onEnd: () => {},
};
const connector = new ServerConnector(new FakeClock(), { proxy: { url: null, bypass: [] } });
const limits = { messageBytes: 1, partialBytes: 1, chunkStreams: 1 };

test.each([
  ['http://origin:99/x', true],
  ['https://edge.example/x', true],
  ['//edge.example/x', true],
  ['http://edge.example@evil/x', false],
  ['http://origin.evil/x', false],
  ['http://127.0.0.1/x', false],
])('a server at http://origin may lead to %s: %s', (to, isAllowed) => {
  const hosts = new AllowedHosts(['http://me:pw@origin/{key}.flv'], ['Edge.Example']);
  expect(hosts.lead('http://origin/live/a.flv', to) !== undefined).toBe(isAllowed);
});

test('an address that is none is named without its secrets', () => {
  const wish = { url: 'ftp://me:sesame@host/x?sesame', waiting: [], limits, connector };
  expect(() => openUpstream(wish, noEvents)).toThrow(new TypeError('no URL of an upstream: ftp://host/x'));
});

test.each(['live/.', './a', 'live/./a'])('nothing is asked of a server for %s', async (key) => {
  const notes = new UpstreamNotes();
  const url = expandUrl('http://127.0.0.1:1/{key}', key);
  const upstream = openUpstream({ url, waiting: [], limits, connector }, notes);
  expect(notes.told).toEqual([]);
  expect((await notes.end()).kind).toBe('not-found');
  upstream.ping();
  upstream.close();
});
