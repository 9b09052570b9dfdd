import { once } from 'node:events';
import { connect } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { forwardUrlProblem, upstreamUrlProblem } from '../../src/config/media-url-problems.ts';
import { type RelaySettings, relaySettings } from '../../src/config/relay-settings.ts';
import { preflightFiles } from '../../src/service/relay/preflight.ts';
import { Relay } from '../../src/service/relay/relay.ts';
import { reconfigure } from '../../src/service/serving/reconfigure.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { RecordingLog } from '../support/recording-log.ts';

const { constantFrom, option, oneof } = fc;

/** Hosts as people write them, right or wrong; those that are right are this machine. */
const host = constantFrom(
  ...[
    '127.0.0.1',
    '127.1',
    '0x7f.1',
    '2130706433',
    '017700000001',
    '0X7F000001',
    '%31%32%37.0.0.1',
    'localhost',
  ],
  ...['LOCALHOST', '[::1]', '[0:0:0:0:0:0:0:1]', '[::ffff:127.0.0.1]', '[::FFFF:7F00:1]', '127\u3002 0.0.1'],
  ...[
    '127.0.0.256',
    '0x7g.1',
    '4294967296',
    '127.0.0.1.1',
    '[::1',
    '::1',
    '[fe80::1%25lo]',
    '[v1.x]',
    '',
    'a b',
    'a^b',
  ],
);
const port = constantFrom('', ':', ':1', ':01', ':65535', ':0', ':65536', ':-1', ':x', ':0x1', ': 1', ':1:1');
const userInfo = constantFrom(
  '',
  '',
  'u:p@',
  'u%:%zz@',
  '@',
  ':@',
  'a:b:c@',
  'ü:ß@',
  'a@b@',
  'u:p\\@',
  '%00:%0a@',
);
const scheme = constantFrom(
  'rtmp',
  'rtmps',
  'http',
  'https',
  'ws',
  'wss',
  'RTMP',
  'Http',
  'ftp',
  'constructor',
);
const path = constantFrom(
  ...[
    '/{key}',
    '/{app}/{name}',
    '/{name}',
    '/{app}',
    '//{key}',
    '/{key}{key}',
    '/x/{key}.flv',
    '/{key}#x',
    '/#{key}',
  ],
  ...[
    '/x?k={key}&a={name}',
    '/?{key}',
    '/%zz/{key}',
    '/{key}%',
    '/%2e/{key}',
    '/.{name}',
    '/{app}/../{name}',
    '/{app}.',
  ],
  ...[
    '/ä/{key}',
    '/\u{1f3a5}\ud800/{key}',
    '/a\\{key}',
    '/{other}',
    '/{',
    '',
    '/',
    '?{key}',
    '/{__proto__}',
    '/x'.repeat(3000),
  ],
);
const anyUrl = fc
  .tuple(scheme, userInfo, host, port, path)
  .map(([s, u, h, p, rest]) => `${s}://${u}${h}${p}${rest}`);
const upstreamUrl = anyUrl.filter((url) => upstreamUrlProblem(url) === undefined);
const forwardUrl = anyUrl.filter((url) => forwardUrlProblem(url) === undefined);

const pattern = constantFrom(
  '**',
  '*',
  'live/*',
  '*/*',
  'l*e/**',
  '**/a',
  'live/a',
  'a',
  '{key}',
  '__proto__/*',
  '.',
  'ä/*?',
);
const pull = fc.record({
  type: fc.constant('pull'),
  urls: fc.array(upstreamUrl, { minLength: 1, maxLength: 3 }),
  start: constantFrom('onDemand', 'always'),
  lingerMs: constantFrom(0, 1, 86_400_000),
  silenceMs: constantFrom(1, 5000, 86_400_000),
  redirectHosts: fc.array(constantFrom('0x7f.1', '::1', 'A', '__proto__', '-', '...'), { maxLength: 2 }),
});
const entry = fc.record({
  match: pattern,
  source: oneof(pull, pull, fc.constant({ type: 'push' })),
  forward: fc.array(forwardUrl, { maxLength: 2 }),
});
const networks = fc.array(
  constantFrom(
    '0.0.0.0/0',
    '::/0',
    '127.0.0.1',
    '::1/128',
    '::ffff:127.0.0.0/104',
    '0.0.0.0/32',
    '::',
    'fe80::/10',
    '255.255.255.255',
  ),
  { maxLength: 3 },
);
const short = constantFrom(1, 2, 100, 600_000);

/** What a config file may hold; not all of it is accepted. */
const config = fc.record(
  {
    streams: fc.array(entry, { maxLength: 4 }),
    access: fc.record({
      publish: networks,
      play: oneof(fc.constant(['0.0.0.0/0', '::/0']), networks),
      relays: networks,
    }),
    cache: fc.record({
      maxBytes: constantFrom(0, 1, 2 ** 30),
      maxDurationMs: constantFrom(0, 600_000),
      resumeMs: constantFrom(0, 120_000),
    }),
    fanOut: fc.record({ maxDelayMs: constantFrom(0, 1000), stallTimeoutMs: short }),
    publish: fc.record({ graceMs: constantFrom(0, 600_000) }),
    play: fc.record({ waitMs: constantFrom(0, 1, 15_000) }),
    deadlines: fc.record({
      handshakeMs: short,
      idleMs: short,
      firstMediaMs: short,
      silenceMs: short,
      pingMs: short,
    }),
    drain: fc.record({ timeoutMs: constantFrom(0, 1), reconnectUrl: option(anyUrl) }),
    http: fc.record({
      corsOrigins: fc.array(constantFrom('*', 'http://[::1]:1', 'https://xn--4ca.example'), { maxLength: 2 }),
      listStreams: fc.boolean(),
    }),
    proxy: fc.record({
      url: option(fc.tuple(userInfo, host, port).map((parts) => `http://${parts.join('')}`)),
      bypass: fc.array(constantFrom('localhost', '.example', '127.0.0.0/8', '::1', '-', 'A_b'), {
        maxLength: 3,
      }),
    }),
    limits: fc.record({
      messageBytes: constantFrom(1024, 2 ** 24 - 1),
      partialBytesPerSession: constantFrom(1024, 2 ** 30),
      onDemandPulls: constantFrom(1, 1_000_000),
      pendingPullsPerAddress: constantFrom(1, 50),
      streamLabels: constantFrom(0, 1),
    }),
    name: option(fc.string({ unit: 'binary', minLength: 1, maxLength: 255 })),
  },
  { requiredKeys: [] },
);

const local = { host: '127.0.0.1', port: 0 };
const accepted: fc.Arbitrary<RelaySettings> = config
  .map((raw) => relaySettings.safeParse({ ...raw, listen: { rtmp: local, http: local, admin: local } }).data)
  .filter((settings) => settings !== undefined);

/** What players ask for. */
const paths = [
  ...[
    'live/a',
    'a',
    '__proto__/x',
    '%7Bkey%7D',
    'live/%2e%2e/x',
    'live/..%2fx',
    'live/%5c..%5c',
    'live/%3fa=1%23b',
    '%c3%a4/b',
  ],
  ...[
    'live/%25',
    'live/a%20b',
    'live/%ff',
    'live/./a',
    'x/y/z/a',
    `live/${'y'.repeat(255)}`,
    './a',
    'live/\u0085',
  ],
];

/** Lets time pass, and bytes come and go in it. */
async function pass(clock: FakeClock, seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second++) {
    await nextTurn();
    clock.advance(1000);
  }
}

/** The same without a file on this machine. */
function withoutSocket(settings: RelaySettings): RelaySettings {
  return { ...settings, admin: { ...settings.admin, socket: null } };
}

/** Asks for all of these streams, and waits for no answer. */
async function askFor(port: number, all: readonly string[]): Promise<Disposable> {
  const sockets = all.map((each) => {
    const socket = connect(port, '127.0.0.1').on('error', () => {});
    socket
      .resume()
      .write(
        `GET /${encodeURI(decodeURIComponent(each.replaceAll('%', '%25')))}.flv HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`,
      );
    return socket;
  });
  await Promise.all(sockets.map((socket) => once(socket, 'connect')));
  return { [Symbol.dispose]: () => sockets.forEach((socket) => void socket.destroy()) };
}

test('a config that is accepted makes nothing fail: not the start, not a player, not a minute later, not when it is read again', {
  timeout: 120_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(accepted.map(withoutSocket), accepted.map(withoutSocket), async (first, second) => {
      const clock = new FakeClock(1000);
      const log = new RecordingLog();
      const relay = await Relay.start(first, log, clock);
      const port = relay.listeners.find(({ protocol }) => protocol === 'http')?.address.port ?? 0;
      for (const settings of [first, second, first]) {
        await reconfigure(relay, { load: () => settings, preflightFiles }, log);
        using _players = await askFor(port, paths);
        await pass(clock, 70);
        await relay.upstreams({ limit: 100 });
      }
      const closed = relay.close();
      await pass(clock, 5);
      await closed;
      expect(log.find('bug')).toEqual([]);
      expect(log.find('config')).toEqual([]);
    }),
    { numRuns: 40 },
  );
});
