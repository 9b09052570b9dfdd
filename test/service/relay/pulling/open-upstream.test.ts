import { expect, test } from 'vitest';
import { expandUrl } from '../../../../src/media-url.ts';
import { openUpstream } from '../../../../src/service/relay/pulling/open-upstream.ts';
import { HttpFlvPull } from '../../../../src/session/upstream/http-flv-pull.ts';
import { MmshPull } from '../../../../src/session/upstream/mmsh/mmsh-pull.ts';
import { RtmpPull } from '../../../../src/session/upstream/rtmp-pull.ts';
import { ServerConnector } from '../../../../src/session/upstream/server-connector.ts';
import { WsFlvPull } from '../../../../src/session/upstream/ws-flv-pull.ts';
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

test.each([
  { url: 'rtmp://h/live/a', format: 'flv', opened: RtmpPull },
  { url: 'http://h/a', format: 'flv', opened: HttpFlvPull },
  { url: 'wss://h/a', format: 'flv', opened: WsFlvPull },
  { url: 'http://h/a', format: 'asf', opened: MmshPull },
  { url: 'mmsh://h', format: 'asf', opened: MmshPull },
] as const)('$format at $url has its own protocol', ({ url, format, opened }) => {
  const upstream = openUpstream({ url, format, waiting: [], limits, connector }, noEvents);
  upstream.close();
  expect(upstream).toBeInstanceOf(opened);
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
