import { expect, test } from 'vitest';
import { wayNames } from '../../../../src/service/house/choosing/choice.ts';
import { hasRoad, relayUrl } from '../../../../src/service/house/choosing/relay-url.ts';
import { rosterEntry } from '../../../support/fleet-scene.ts';

const urls = {
  rtmp: 'rtmp://a.example.org',
  rtmps: 'rtmps://a.example.org:1936/',
  http: 'http://a.example.org:8080',
  https: 'https://a.example.org/fleet/a/',
  mmsh: 'mmsh://a.example.org:8080',
};

const none = { rtmp: null, rtmps: null, http: null, https: null, mmsh: null };

test('each way leads to an address of its own', () => {
  const found = wayNames.map((way) => relayUrl(rosterEntry('a', { urls }), way, 'live/cam 1'));
  expect(found).toEqual([
    'rtmp://a.example.org/live/cam 1',
    'rtmps://a.example.org:1936/live/cam 1',
    'http://a.example.org:8080/live/cam%201.flv',
    'https://a.example.org/fleet/a/live/cam%201.flv',
    'ws://a.example.org:8080/live/cam%201.flv',
    'wss://a.example.org/fleet/a/live/cam%201.flv',
    'mmsh://a.example.org:8080/live/cam%201.asf',
    'http://a.example.org:8080/live/cam%201.asf',
    'https://a.example.org/fleet/a/live/cam%201.asf',
  ]);
});

test.each([
  { stream: 'streams/a b', play: 'streams/a%20b', push: 'streams/a%20b_push' },
  { stream: 'streams/a.flv', play: 'streams/a.flv.asf', push: 'streams/a.flv_push' },
  { stream: 'live/a', play: 'live/a.asf', push: null },
])('$stream has the addresses of MMS', ({ stream, play, push }) => {
  const entry = rosterEntry('a', { urls });
  expect(relayUrl(entry, 'mmsh', stream)).toBe(`mmsh://a.example.org:8080/${play}`);
  const place = (base: string) => (push === null ? null : `${base}/${push}`);
  expect(relayUrl(entry, 'mmsh-push', stream)).toBe(place('http://a.example.org:8080'));
  expect(relayUrl(entry, 'mmsh-push-tls', stream)).toBe(place('https://a.example.org/fleet/a'));
  expect(hasRoad(entry, 'mmsh-push', stream)).toBe(push !== null);
});

test('who speaks HTTP or MMSH gets the address for the other where there is none of its own', () => {
  const only = (kind: object) => rosterEntry('a', { urls: { ...none, ...kind } });
  const byHttp = only({ http: 'http://a:8080' });
  expect(relayUrl(byHttp, 'mmsh', 'live/a')).toBe('mmsh://a:8080/live/a.asf');
  const byMmsh = only({ mmsh: 'mmsh://a' });
  expect(relayUrl(byMmsh, 'asf-http', 'live/a')).toBe('http://a/live/a.asf');
  expect(relayUrl(byMmsh, 'http-flv', 'live/a')).toBeNull();
});

test('a relay without an address of the kind cannot be reached that way', () => {
  for (const way of wayNames) expect(relayUrl(rosterEntry('a', { urls: none }), way, 'live/a')).toBeNull();
});
