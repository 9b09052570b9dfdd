import { expect, test } from 'vitest';
import { loadRelayConfig } from '../../src/config/load-config.ts';
import {
  forwardUrlProblem,
  reconnectUrlProblem,
  upstreamUrlProblem,
} from '../../src/config/media-url-problems.ts';
import { relaySettings } from '../../src/config/relay-settings.ts';
import { expandUrl, formatOf } from '../../src/media-url.ts';
import { parseRtmpUrl } from '../../src/protocol/rtmp/rtmp-url.ts';
import { openUpstream } from '../../src/service/relay/pulling/open-upstream.ts';
import {
  type Connect,
  type ServerAddress,
  ServerConnector,
} from '../../src/session/upstream/server-connector.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { UpstreamNotes } from '../support/upstream-notes.ts';

/** Notes where it is to connect, and connects with nobody. */
class NotingConnector extends ServerConnector {
  asked: ServerAddress | undefined;
  override readonly connect: Connect = (to) => {
    this.asked = to;
    return () => {};
  };
}

/** Where an upstream or a forward with this URL connects; undefined when it cannot. */
function placeOf(url: string): ServerAddress | undefined {
  const connector = new NotingConnector(new FakeClock(), { proxy: { url: null, bypass: [] } });
  const limits = { messageBytes: 1, partialBytes: 1, chunkStreams: 1 };
  try {
    openUpstream({ url, format: formatOf(url), waiting: [], limits, connector }, new UpstreamNotes()).close();
  } catch {
    return undefined;
  }
  return connector.asked;
}

test.each([
  ['rtmp://h/{key}', 'h', 1935, false],
  ['RTMPS://H/{key}', 'h', 443, true],
  ['rtmps://h:1936/{app}/{name}', 'h', 1936, true],
  ['rtmp://user:pw@[::1]:99/{key}?a={name}', '::1', 99, false],
  ['rtmp://h:/{key}', 'h', 1935, false],
  ['rtmp://10.1/{key}', '10.0.0.1', 1935, false],
  ['rtmp://0x7f.1/{key}', '127.0.0.1', 1935, false],
  ['http://2130706433:8080/{key}', '127.0.0.1', 8080, false],
  ['ws://017700000001/{key}', '127.0.0.1', 80, false],
  ['rtmp://%31%32%37.0.0.1:01/{key}', '127.0.0.1', 1, false],
  ['https://[::FFFF:127.0.0.1]:65535/{key}', '::ffff:7f00:1', 65_535, true],
  ['http://h/{key}.flv', 'h', 80, false],
  ['https://h/x?y={key}', 'h', 443, true],
  ['ws://h/{key}', 'h', 80, false],
  ['wss://h:8443/{key}', 'h', 8443, true],
  ['mmsh://h/streams/{name}', 'h', 80, false],
  ['MMSH://[::1]:8080', '::1', 8080, false],
  ['https://h/{key}.asf', 'h', 443, true],
])('%s passes the check and leads to %s port %d', (url, host, port, isTls) => {
  const isRtmp = parseRtmpUrl(url) !== undefined;
  expect(upstreamUrlProblem(url)).toBeUndefined();
  expect(placeOf(expandUrl(url, 'live/a'))).toMatchObject({ host, port, isTls });
  expect(forwardUrlProblem(url) === undefined).toBe(isRtmp);
});

test.each([
  'ftp://h/{key}',
  'rtmp:/h/{key}',
  'rtmp:///{key}',
  'rtmp://10.0.0.256/{key}',
  'http://4294967296/{key}',
  'rtmp://0x7f.0x100000000/{key}',
  'ws://[fe80::1%25eth0]/{key}',
  'rtmp://::1/{key}',
  'rtmps://h:0/{key}',
  'rtmp://h:x/{key}',
  'rtmp://h:65536/{key}',
  'rtmp://[::1/{key}',
  'rtmp://a\\@b/{key}',
  'rtmp://a^b/{key}',
  'http://h%00/{key}.flv',
  'http://h/../{key}',
  'http://h/{app}/%2e/{name}',
  'ws://h/a\\{key}',
  'mmsh:///{key}',
  'mmsh://h/%2e%2e/{key}',
])('%s neither passes the check nor leads anywhere', (url) => {
  expect(upstreamUrlProblem(url)).toMatch(/^expected a URL /);
  expect(forwardUrlProblem(url)).toMatch(/^expected a URL /);
  expect(placeOf(expandUrl(url, 'live/a'))).toBeUndefined();
});

test('--check finds what nothing could connect to', () => {
  const overrides = { upstream: ['rtmp://10.0.0.256'] };
  expect(() => loadRelayConfig({ env: {}, overrides })).toThrow(
    '--upstream: expected a URL with a host, such as rtmp://parent or http://parent:8080, got "rtmp://10.0.0.256"',
  );
});

test.each([
  ['rtmps://next', 'rtmps://next:443'],
  ['rtmps://next:1936/', 'rtmps://next:1936/'],
  ['rtmp://next/live', 'rtmp://next:1935/live'],
])('peers that are sent to %s are told %s', (reconnectUrl, told) => {
  expect(reconnectUrlProblem(reconnectUrl)).toBeUndefined();
  expect(relaySettings.parse({ drain: { reconnectUrl } }).drain.reconnectUrl).toBe(told);
});
