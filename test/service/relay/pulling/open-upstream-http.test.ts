import { describe, expect, test } from 'vitest';
import { expandUrl } from '../../../../src/media-url.ts';
import {
  AllowedHosts,
  openUpstream,
  redirectedUrl,
} from '../../../../src/service/relay/pulling/open-upstream.ts';
import { ServerConnector } from '../../../../src/session/upstream/server-connector.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { UpstreamNotes } from '../../../support/upstream-notes.ts';

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
