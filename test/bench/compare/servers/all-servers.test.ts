import { expect, test } from 'vitest';
import { rows } from '../../../../bench/compare/rows.ts';
import { type Place, pathOf } from '../../../../bench/compare/server.ts';
import { allServers } from '../../../../bench/compare/servers/all-servers.ts';
import { relaySettings } from '../../../../src/config/relay-settings.ts';

const servers = allServers({ root: '/clone', baseline: '/other', floor: '/floor', bytesPerSecond: 272_500 });
const ports = {
  rtmp: 21_001,
  'http-flv': 21_002,
  rtmps: 21_003,
  'https-flv': 21_004,
  admin: 21_005,
  hiddenHttps: 21_006,
  hiddenRtmps: 21_007,
};
const place: Place = {
  folder: '/place',
  ports,
  certFile: '/tls/a.crt',
  keyFile: '/tls/a.key',
  pemFile: '/tls/a.pem',
};

test('every server that a row names is there, once, and plays over the wire that is asked of it', () => {
  const names = servers.map(({ name }) => name);
  expect(names).toEqual([...new Set(names)]);
  for (const { name, cases, reference } of rows) {
    if (reference !== undefined) expect(cases.map(({ server }) => server)).toContain(reference);
    for (const one of cases) {
      const server = servers.find((candidate) => candidate.name === one.server);
      expect(server?.wires, `${one.server} in ${name}`).toContain(one.load.wire);
    }
  }
});

test.for(servers)(
  '$name is told every port that it listens on, and no file that it is not given',
  (server) => {
    const files = server.files?.(place) ?? {};
    const programs = server.programs(place);
    const told = [...Object.values(files), ...programs.flatMap(({ args }) => args)].join('\n');
    for (const wire of server.wires) expect(told).toContain(String(ports[wire]));
    const named = programs.flatMap(({ args }) => args.filter((arg) => arg.startsWith('/place/')));
    const given = [...Object.keys(files), 'error.log'].map((name) => `/place/${name}`);
    expect(given).toEqual(expect.arrayContaining(named));
  },
);

test('the relay is started with settings that it knows', () => {
  for (const { name, files } of servers) {
    const text = files?.(place)['relay.config.json'];
    if (text === undefined) continue;
    expect(relaySettings.safeParse(JSON.parse(text)).error, name).toBeUndefined();
  }
});

test('a relay behind something leaves the ports of TLS to that', () => {
  for (const { name, files } of servers.filter((server) => server.name.includes(', then '))) {
    const { listen } = JSON.parse(files?.(place)['relay.config.json'] ?? '');
    expect([listen.https.port, listen.rtmps.port], name).toEqual([ports.hiddenHttps, ports.hiddenRtmps]);
  }
});

test.each([
  { name: 'nginx-rtmp', wire: 'rtmp', path: '/live/s%d' },
  { name: 'streampump', wire: 'https-flv', path: '/live/s%d.flv' },
  { name: 'zlmediakit (100 ms)', wire: 'http-flv', path: '/live/s%d.live.flv' },
] as const)('$name has streams of $wire at $path', ({ name, wire, path }) => {
  const server = servers.find((candidate) => candidate.name === name);
  expect(server && pathOf(server, wire, 's%d')).toBe(path);
});
