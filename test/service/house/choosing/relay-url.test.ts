import { expect, test } from 'vitest';
import { wayNames } from '../../../../src/service/house/choosing/choice.ts';
import { relayUrl } from '../../../../src/service/house/choosing/relay-url.ts';
import { rosterEntry } from '../../../support/fleet-scene.ts';

const urls = {
  rtmp: 'rtmp://a.example.org',
  rtmps: 'rtmps://a.example.org:1936/',
  http: 'http://a.example.org:8080',
  https: 'https://a.example.org/fleet/a/',
  mmsh: 'mmsh://a.example.org:8080',
};

test('each way leads to an address of its own', () => {
  const found = wayNames.map((way) => relayUrl(rosterEntry('a', { urls }), way, 'live/cam 1'));
  expect(found).toEqual([
    'rtmp://a.example.org/live/cam 1',
    'rtmps://a.example.org:1936/live/cam 1',
    'http://a.example.org:8080/live/cam%201.flv',
    'https://a.example.org/fleet/a/live/cam%201.flv',
    'ws://a.example.org:8080/live/cam%201.flv',
    'wss://a.example.org/fleet/a/live/cam%201.flv',
    'mmsh://a.example.org:8080/live/cam%201',
  ]);
});

test('a relay without an address of the kind cannot be reached that way', () => {
  const none = { rtmp: null, rtmps: null, http: null, https: null, mmsh: null };
  for (const way of wayNames) expect(relayUrl(rosterEntry('a', { urls: none }), way, 'live/a')).toBeNull();
});
