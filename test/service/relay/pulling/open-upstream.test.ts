import { expect, test } from 'vitest';
import { expandUrl } from '../../../../src/media-url.ts';
import { openUpstream } from '../../../../src/service/relay/pulling/open-upstream.ts';
import { ServerConnector } from '../../../../src/session/upstream/server-connector.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { UpstreamNotes } from '../../../support/upstream-notes.ts';

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

test('an address that is none is named without its secrets', () => {
  const wish = {
    url: 'ftp://me:sesame@host/x?sesame',
    format: 'flv' as const,
    waiting: [],
    limits,
    connector,
  };
  expect(() => openUpstream(wish, noEvents)).toThrow(new TypeError('no URL of an upstream: ftp://host/x'));
});

test.each(['live/.', './a', 'live/./a'])('nothing is asked of a server for %s', async (key) => {
  const notes = new UpstreamNotes();
  const url = expandUrl('http://127.0.0.1:1/{key}', key);
  const upstream = openUpstream({ url, format: 'flv', waiting: [], limits, connector }, notes);
  expect(notes.told).toEqual([]);
  expect((await notes.end()).kind).toBe('not-found');
  upstream.ping();
  upstream.close();
});
