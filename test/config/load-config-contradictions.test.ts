import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { loadRelayConfig, type RelayOverrides, readRelayConfig } from '../../src/config/load-config.ts';

const folder = mkdtempSync(join(tmpdir(), 'streampump-config-'));
const file = join(folder, 'relay.config.json');
afterAll(() => rmSync(folder, { recursive: true }));

interface Sources {
  readonly config?: unknown;
  readonly env?: NodeJS.ProcessEnv;
  readonly overrides?: RelayOverrides;
}

function read({ config, env = {}, overrides = {} }: Sources) {
  if (config === undefined) return readRelayConfig({ env, overrides });
  writeFileSync(file, JSON.stringify(config));
  return readRelayConfig({ file, env, overrides });
}

function faultLines(sources: Sources): readonly string[] {
  const { error } = read(sources);
  if (error === undefined) return [];
  const lines = error.message.replaceAll(`${folder}/`, '').split('\n');
  return lines.map((line) => line.replace(/^(relay\.config\.json: )line 1, column \d+: /, '$1'));
}

const push = (match: string) => ({ match, source: { type: 'push' } });

test.each([
  { match: 'streams/cam_push', faults: 1 },
  { match: 'streams/*_push', faults: 1 },
  { match: 'streams/a/b_push', faults: 1 },
  { match: 'streams/cam_pushed', faults: 0 },
  { match: 'live/cam_push', faults: 0 },
])('a stream that matches $match would be where encoders push: $faults', ({ match, faults }) => {
  const lines = faultLines({ config: { streams: [push(match)] } });
  expect(lines).toHaveLength(faults);
  if (faults > 0) expect(lines[0]).toContain('streams.0.match: expected a name without _push at its end');
});

describe('listeners', () => {
  const allOff = 'rtmp, rtmps, http, https are all off: nobody could publish or play';

  test.each([{ admin: { port: 1 } }, { admin: null }, { https: { certFile: null, keyFile: null } }])(
    'all off, and %o',
    (more) => {
      const config = { listen: { rtmp: null, http: [], ...more } };
      expect(faultLines({ config })).toEqual([`relay.config.json: listen: ${allOff}`]);
    },
  );

  test('all turned off by variables', () => {
    const env = { STREAMPUMP_LISTEN_RTMP: 'null', STREAMPUMP_LISTEN_HTTP: 'null' };
    expect(faultLines({ env })).toEqual([`environment: STREAMPUMP_LISTEN_RTMP: ${allOff}`]);
    expect(faultLines({ env, overrides: { httpPort: 0 } })).toEqual([]);
  });

  test.each([
    { rtmp: { port: 5 }, http: { port: 6 }, admin: { port: 7 } },
    { rtmp: { port: 0 }, http: { port: 0 }, admin: { port: 0 } },
    { rtmp: { host: '127.0.0.1', port: 5 }, http: { host: '::1', port: 5 } },
    { rtmp: { host: '0.0.0.0', port: 5 }, http: { host: '::1', port: 5 } },
  ])('%o can all listen', (listen) => expect(faultLines({ config: { listen } })).toEqual([]));

  test.each([
    { http: { port: 1935 }, fault: 'listen.http.port: [::]:1935 is taken: listen.rtmp listens on [::]:1935' },
    {
      http: { host: '127.0.0.1', port: 1935 },
      fault: 'listen.http.port: 127.0.0.1:1935 is taken: listen.rtmp listens on [::]:1935',
    },
    {
      rtmp: [{ host: '0.0.0.0' }, { host: '127.0.0.1' }],
      fault: 'listen.rtmp.1.port: 127.0.0.1:1935 is taken: listen.rtmp.0 listens on 0.0.0.0:1935',
    },
    { rtmp: { port: 8080 }, fault: 'listen.http.port: [::]:8080 is taken: listen.rtmp listens on [::]:8080' },
    {
      admin: { port: 8080 },
      fault: 'listen.admin.port: 127.0.0.1:8080 is taken: listen.http listens on [::]:8080',
    },
  ])('$fault', ({ fault, ...listen }) => {
    expect(faultLines({ config: { listen } })).toEqual([`relay.config.json: ${fault}`]);
  });

  test('a port on the command line', () => {
    expect(faultLines({ overrides: { httpPort: 1935 } })).toEqual([
      'command line: --http-port: [::]:1935 is taken: listen.rtmp listens on [::]:1935',
    ]);
    expect(faultLines({ overrides: { rtmpPort: 8080 } })).toEqual([
      'command line: --rtmp-port: listen.http.port: [::]:8080 is taken: listen.rtmp listens on [::]:8080',
    ]);
  });
});

describe('streams', () => {
  test.each([
    { matches: ['edge/**', '**'], faults: [] },
    {
      matches: ['**', 'edge/**', 'a'],
      faults: [
        'streams.1.match: edge/** never applies: streams.0 (**) matches all of its keys first',
        'streams.2.match: a never applies: streams.0 (**) matches all of its keys first',
      ],
    },
    {
      matches: ['*', '*/*/**', '**'],
      faults: ['streams.2.match: ** never applies: several earlier entries match all of its keys first'],
    },
    {
      matches: ['live/a', 'live/*', 'live/a'],
      faults: ['streams.2.match: live/a never applies: streams.0 (live/a) matches all of its keys first'],
    },
  ])('$matches', ({ matches, faults }) => {
    expect(faultLines({ config: { streams: matches.map(push) } })).toEqual(
      faults.map((fault) => `relay.config.json: ${fault}`),
    );
  });

  test('many streams are read in no time', () => {
    const streams = Array.from({ length: 2_000 }, (_, number) => push(`live/${number}`));
    const startedAt = performance.now();
    expect(faultLines({ config: { streams: [...streams, push('live/1*'), push('live/7')] } })).toHaveLength(
      1,
    );
    expect(performance.now() - startedAt).toBeLessThan(3_000);
  });
});

test('they are told next to all other faults', () => {
  const config = {
    listen: { rtmp: [{ port: 'x' }, { port: 5 }], http: { port: 5 }, admin: { prot: 1 } },
    streams: [push('**'), { match: 'a' }, push('b**'), push('c')],
    cache: 5,
  };
  const faults = faultLines({ config }).map((line) => line.replace('relay.config.json: ', ''));
  expect(faults).toHaveLength(8);
  for (const place of ['listen.rtmp.0.port', 'listen.http.port', 'listen.admin.prot', 'streams.1.source'])
    expect(faults).toContainEqual(expect.stringContaining(`${place}: `));
  for (const match of ['streams.1.match', 'streams.2.match', 'streams.3.match', 'cache'])
    expect(faults).toContainEqual(expect.stringContaining(`${match}: `));
});

test.each([null, [], 5, 'x', [null], { rtmp: [null], http: 5 }, { rtmp: { host: 5 } }])(
  'listen and streams may be %o, which is a fault and nothing worse',
  (value) => {
    expect(faultLines({ config: { listen: value } })).not.toEqual([]);
    expect(
      Array.isArray(value) && value.length === 0 ? ['x'] : faultLines({ config: { streams: value } }),
    ).not.toEqual([]);
  },
);

test('what is sound of faulty settings is given, with defaults for the rest', () => {
  const files = { certFile: '/a.crt', keyFile: '/a.key' };
  const clients = { clientCaFile: null, requireClientCertificate: false };
  const config = {
    listen: { rtmp: { port: 'x' }, http: { port: 1935 }, https: { port: 5, ...files } },
    tls: { caFile: '/ca.pem', caPath: '/' },
    cache: { maxBytes: 5, lateJoin: 'x' },
    streams: [push('a'), { match: 'b' }],
  };
  const { settings, error } = read({ config });
  expect(error?.faults).toHaveLength(4);
  const defaults = loadRelayConfig({ env: {} });
  expect(settings).toEqual({
    ...defaults,
    listen: {
      ...defaults.listen,
      http: [{ host: '::', port: 1935 }],
      https: [{ host: '::', port: 5, ...files, ...clients }],
    },
    tls: { ...defaults.tls, caFile: '/ca.pem' },
    cache: { ...defaults.cache, maxBytes: 5 },
  });
});

test('settings without a fault are given as they are loaded', () => {
  const config = { name: 'x', listen: { rtmp: { port: 5 } }, streams: [push('a'), push('b')] };
  const { settings, error } = read({ config });
  expect(error).toBeUndefined();
  expect(settings).toEqual(loadRelayConfig({ file, env: {} }));
});
