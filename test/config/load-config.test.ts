import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { loadRelayConfig, type RelayOverrides } from '../../src/config/load-config.ts';
import { unlimitedPush } from '../../src/config/stream-settings.ts';
import { ConfigError } from '../../src/errors.ts';

const folder = mkdtempSync(join(tmpdir(), 'streampump-config-'));
const file = join(folder, 'relay.config.json');
afterAll(() => rmSync(folder, { recursive: true }));

interface Sources {
  readonly config?: unknown;
  readonly env?: NodeJS.ProcessEnv;
  readonly overrides?: RelayOverrides;
}

function load({ config, env = {}, overrides = {} }: Sources) {
  if (config === undefined) return loadRelayConfig({ env, overrides });
  writeFileSync(file, typeof config === 'string' ? config : JSON.stringify(config));
  return loadRelayConfig({ file, env, overrides });
}

/** The lines of the ConfigError, without the folder of the file, and without places in a config that is no text. */
function faultLines(sources: Sources): readonly string[] {
  try {
    load(sources);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    const lines = (error as ConfigError).message.replaceAll(`${folder}/`, '').split('\n');
    if (typeof sources.config === 'string') return lines;
    return lines.map((line) => line.replace(/^(relay\.config\.json: )line 1, column \d+: /, '$1'));
  }
  return [];
}

/** An admin listener without TLS. */
const plain = { certFile: null, keyFile: null, clientCaFile: null, requireClientCertificate: false };

describe('the defaults', () => {
  const settings = load({});

  test('listen on RTMP and HTTP everywhere and on admin locally', () => {
    expect(settings.listen).toEqual({
      rtmp: [{ host: '::', port: 1935 }],
      rtmps: [],
      http: [{ host: '::', port: 8080 }],
      https: [],
      admin: [{ host: '127.0.0.1', port: 9935, names: [], ...plain }],
    });
    expect(settings.name).toBe(hostname());
  });

  test('let local networks publish any stream and everybody play', () => {
    expect(settings.streams).toEqual([{ match: '**', source: unlimitedPush, forward: [], record: 'onWish' }]);
    expect(settings.access.publish).not.toContain('0.0.0.0/0');
    expect(settings.access.play).toEqual(['0.0.0.0/0', '::/0']);
  });

  test('are the same for an empty file', () => {
    expect(load({ config: {} })).toEqual(settings);
    expect(load({ config: '\ufeff{}\n' })).toEqual(settings);
    expect(load({ config: '\ufeff// all as it is\n{ /* none */ "cache": {}, }' })).toEqual(settings);
    expect(load({ config: { cache: {}, listen: { rtmp: {} } } })).toEqual(settings);
  });
});

describe('listeners', () => {
  const rtmpOf = (sources: Sources) => load(sources).listen.rtmp;

  test.each([
    { rtmp: null, listeners: [] },
    { rtmp: [], listeners: [] },
    { rtmp: { port: 1936 }, listeners: [{ host: '::', port: 1936 }] },
    { rtmp: { host: '192.0.2.1' }, listeners: [{ host: '192.0.2.1', port: 1935 }] },
    {
      rtmp: [{ port: 0 }, { host: 'fe80::1%eth0', port: 65_535 }],
      listeners: [
        { host: '::', port: 0 },
        { host: 'fe80::1%eth0', port: 65_535 },
      ],
    },
  ])('$rtmp', ({ rtmp, listeners }) => {
    expect(rtmpOf({ config: { listen: { rtmp } } })).toEqual(listeners);
    expect(rtmpOf({ env: { STREAMPUMP_LISTEN_RTMP: JSON.stringify(rtmp) } })).toEqual(listeners);
  });

  test('--host is for each of them but admin', () => {
    const config = { listen: { rtmp: [{ port: 1 }, { host: '::1', port: 2 }] } };
    const { listen } = load({ config, overrides: { host: '192.0.2.1' } });
    expect(listen.rtmp).toEqual([
      { host: '192.0.2.1', port: 1 },
      { host: '192.0.2.1', port: 2 },
    ]);
    expect(listen.admin).toEqual([{ host: '127.0.0.1', port: 9935, names: [], ...plain }]);
  });

  test('names of the admin listener are a list, or stand in a variable with commas', () => {
    const namesOf = (sources: Sources) => load(sources).listen.admin.map(({ names }) => names);
    expect(namesOf({ config: { listen: { admin: { names: ['relay.example'] } } } })).toEqual([
      ['relay.example'],
    ]);
    expect(namesOf({ env: { STREAMPUMP_LISTEN_ADMIN_NAMES: 'a.example, b' } })).toEqual([['a.example', 'b']]);
    const wrong = ['relay.example:9935', 'http://relay', '', '[::1]', 'a..b'];
    expect(faultLines({ config: { listen: { admin: { names: wrong } } } })).toEqual(
      wrong.map(
        (name, index) =>
          `relay.config.json: listen.admin.names.${index}: ${name === '' ? 'empty, ' : ''}expected a host name without port, such as relay.example.com${name === '' ? '' : `, got "${name}"`}`,
      ),
    );
  });

  test('--host leaves off what is off, a port turns it on', () => {
    const config = { listen: { rtmp: null } };
    expect(rtmpOf({ config, overrides: { host: '::1' } })).toEqual([]);
    expect(rtmpOf({ config, overrides: { host: '::1', rtmpPort: 7 } })).toEqual([{ host: '::1', port: 7 }]);
    expect(rtmpOf({ config, env: { STREAMPUMP_LISTEN_RTMP_PORT: '7' } })).toEqual([{ host: '::', port: 7 }]);
  });

  test('a port has no place in a list', () => {
    const config = { listen: { rtmp: [{}, { port: 1936 }] } };
    expect(faultLines({ config, overrides: { rtmpPort: 7 } })).toEqual([
      'command line: --rtmp-port: listen.rtmp is a list, set port in its entries instead',
    ]);
    expect(faultLines({ config, env: { STREAMPUMP_LISTEN_RTMP_PORT: '7' } })).toEqual([
      'environment: STREAMPUMP_LISTEN_RTMP_PORT: listen.rtmp is a list, set port in its entries instead',
    ]);
  });
});

test('the command line wins over the environment, the environment over the file', () => {
  const config = { listen: { rtmp: { host: '::1', port: 1 }, admin: { port: 1 } }, cache: { maxBytes: 1 } };
  const env = {
    STREAMPUMP_LISTEN_RTMP_PORT: '2',
    STREAMPUMP_LISTEN_ADMIN_PORT: '2',
    STREAMPUMP_LOG_FORMAT: 'json',
  };
  const { listen, cache, log } = load({ config, env, overrides: { rtmpPort: '3' } });
  expect(listen).toMatchObject({ rtmp: [{ host: '::1', port: 3 }], admin: [{ host: '127.0.0.1', port: 2 }] });
  expect(cache.maxBytes).toBe(1);
  expect(log.format).toBe('json');
});

test('a variable for a setting wins over the one for its section, which replaces the section', () => {
  const config = { cache: { maxBytes: 1, maxDurationMs: 1, lateJoin: 'live' } };
  const env = { STREAMPUMP_CACHE_MAX_BYTES: '3', STREAMPUMP_CACHE: '{"maxBytes":2,"maxDurationMs":2}' };
  expect(load({ config, env }).cache).toEqual({
    maxBytes: 3,
    totalBytes: null,
    maxDurationMs: 2,
    resumeMs: 10_000,
    lateJoin: 'keyframeGroup',
  });
});

describe('--upstream', () => {
  const urlsOf = (...upstream: readonly string[]) => {
    const [stream, ...others] = load({ overrides: { upstream } }).streams;
    expect(others).toEqual([]);
    expect(stream).toMatchObject({ match: '**', source: { type: 'pull', start: 'onDemand' } });
    return stream?.source.type === 'pull' ? stream.source.urls : [];
  };

  test('pulls every stream with the defaults of a pull source', () => {
    const source = { type: 'pull', urls: ['rtmp://parent/{key}'] };
    expect(load({ overrides: { upstream: ['rtmp://parent'] } })).toEqual(
      load({ config: { streams: [{ match: '**', source }] } }),
    );
  });

  test.each([
    ['rtmp://parent/', 'rtmp://parent/{key}'],
    ['rtmp://parent//', 'rtmp://parent/{key}'],
    ['rtmps://parent:1936/app', 'rtmps://parent:1936/app/{key}'],
    ['rtmp://parent/app?token=a/b', 'rtmp://parent/app/{key}?token=a/b'],
    ['http://parent:8080', 'http://parent:8080/{key}.flv'],
    ['wss://parent/', 'wss://parent/{key}.flv'],
    ['https://u:p@parent/a/?token=x', 'https://u:p@parent/a/{key}.flv?token=x'],
  ])('%s is %s', (upstream, url) => {
    expect(urlsOf(upstream)).toEqual([url]);
  });

  test('several are for failover, in the order given', () => {
    expect(urlsOf('rtmp://b', 'http://a:8080/', 'rtmp://c')).toEqual([
      ...['rtmp://b/{key}', 'http://a:8080/{key}.flv', 'rtmp://c/{key}'],
    ]);
    expect(urlsOf('mmsh://parent:8080/')).toEqual(['mmsh://parent:8080/{key}.asf']);
  });

  test('none is none', () => {
    expect(load({ overrides: { upstream: [] } })).toEqual(load({}));
  });

  const wanted = 'such as rtmp://parent or http://parent:8080';
  const schemes =
    'expected a URL that begins with rtmp://, rtmps://, rtmpt://, rtmpts://, http://, https://, ws://, wss:// or mmsh://';
  test.each([
    { upstream: ['ftp://a'], faults: [`${schemes}, ${wanted}, got "ftp://a"`] },
    { upstream: ['parent:1935'], faults: [`${schemes}, ${wanted}, got "parent:1935"`] },
    { upstream: [''], faults: [`empty, ${schemes}, ${wanted}`] },
    { upstream: ['rtmp://'], faults: [`expected a URL with a host, ${wanted}, got "rtmp://"`] },
    {
      upstream: ['rtmp://a/{key}', 'rtmp://b', 'x://u:secret@c?k=secret'],
      faults: [
        `expected a URL without placeholders, ${wanted}, got "rtmp://a/{key}"`,
        `${schemes}, ${wanted}, got "x://c"`,
      ],
    },
  ])('$upstream is told as it was typed', ({ upstream, faults }) => {
    expect(faultLines({ overrides: { upstream } })).toEqual(
      faults.map((fault) => `command line: --upstream: ${fault}`),
    );
  });
});

test('a forward goes to RTMP servers only', () => {
  const forward = ['http://a/{key}.flv', 'rtmp://a/{key}'];
  expect(faultLines({ config: { streams: [{ match: '**', source: { type: 'push' }, forward }] } })).toEqual([
    'relay.config.json: streams.0.forward.0: expected a URL that begins with rtmp://, rtmps://, rtmpt:// or rtmpts://, such as rtmp://host/{key}, got "http://a/{key}.flv"',
  ]);
});

test('a pull source has defaults', () => {
  const source = { type: 'pull', urls: ['rtmps://a:1936/x/{app}/{name}?t=1'] };
  expect(load({ config: { streams: [{ match: 'tv/*', source }] } }).streams).toEqual([
    {
      match: 'tv/*',
      source: {
        ...source,
        format: 'auto',
        start: 'onDemand',
        lingerMs: 10_000,
        silenceMs: 5_000,
        redirectHosts: [],
      },
      forward: [],
      record: 'onWish',
    },
  ]);
});

describe('faults in the file', () => {
  const topLevel =
    'name, listen, workers, user, group, streams, access, admin, hooks, cache, fanOut, publish, play, deadlines, drain, http, tls, proxy, proxyProtocol, limits, calls, recordings, house, snmp, log or accessLog';
  const source = { type: 'pull', urls: ['rtmp://a/{key}'] };
  const withUrl = (url: unknown) => ({ streams: [{ match: '**', source: { type: 'pull', urls: [url] } }] });
  const urlFault = (problem: string) => [`relay.config.json: streams.0.source.urls.0: ${problem}`];

  test.each<{ readonly config: unknown; readonly faults: readonly string[] }>([
    {
      config: { fanOut: { maxDelay: 5 } },
      faults: ['relay.config.json: fanOut.maxDelay: unknown setting (did you mean maxDelayMs?)'],
    },
    {
      config: { listen: { rtmp: { port: '19x5' } } },
      faults: ['relay.config.json: listen.rtmp.port: expected an integer from 0 to 65535, got "19x5"'],
    },
    {
      config: { listen: { rtmp: [{}, { port: 70_000, hots: '::' }] } },
      faults: [
        'relay.config.json: listen.rtmp.1.port: expected an integer from 0 to 65535, got 70000',
        'relay.config.json: listen.rtmp.1.hots: unknown setting (did you mean host?)',
      ],
    },
    {
      config: { listen: { rtmp: 1935, admin: { host: '[::1]' } } },
      faults: [
        'relay.config.json: listen.rtmp: expected an object, a list of objects or null, got 1935',
        'relay.config.json: listen.admin.host: expected a host name or an address, without brackets and port, got "[::1]"',
      ],
    },
    {
      config: { cache: { maxBytes: 1.5, lateJoin: 'never' }, limits: { sessions: 0 }, log: { level: 7 } },
      faults: [
        'relay.config.json: cache.maxBytes: expected an integer from 0 to 1073741824, got 1.5',
        'relay.config.json: cache.lateJoin: expected "keyframeGroup" or "live", got "never"',
        'relay.config.json: limits.sessions: expected an integer from 1 to 10000000 or null, got 0',
        'relay.config.json: log.level: expected "fatal", "error", "warn", "info", "debug", "trace" or "silent", got 7',
      ],
    },
    {
      config: { name: '', access: { publish: ['10.0.0.1/8', 'lan', 5], play: '0.0.0.0/0' } },
      faults: [
        'relay.config.json: name: empty, expected 1 to 255 characters, none of them a control character',
        'relay.config.json: access.publish.0: expected a network without host bits, such as 10.0.0.0/8 or 10.0.0.1, got "10.0.0.1/8"',
        'relay.config.json: access.publish.1: expected a network such as 10.0.0.0/8 or fc00::/7 (all: 0.0.0.0/0 and ::/0), got "lan"',
        'relay.config.json: access.publish.2: expected a network, got 5',
        'relay.config.json: access.play: expected a list of networks, got "0.0.0.0/0" (did you mean ["0.0.0.0/0"]?)',
      ],
    },
    {
      config: {
        streams: [{ source: {} }, { match: 'a**', source: { type: 'pul' } }, { match: 'a', source: 'push' }],
      },
      faults: [
        'relay.config.json: streams.0.match: missing, expected a pattern of stream keys',
        'relay.config.json: streams.0.source.type: missing, expected "push" or "pull"',
        'relay.config.json: streams.1.match: expected ** as a segment of its own, got "a**"',
        'relay.config.json: streams.1.source.type: expected "push" or "pull", got "pul"',
        'relay.config.json: streams.2.source: expected {"type": "push"} or {"type": "pull", "urls": [...]}, got "push"',
      ],
    },
    {
      config: {
        streams: [
          { match: 'c/**', source: { ...source, start: 'always', lingerMs: -1 }, forwards: [] },
          { match: 'a/b', source: { ...source, start: 'always' } },
          { match: 'a', source: { type: 'push', urls: [] } },
          { match: 'b', source: { type: 'pull', urls: [], url: 'x', redirectHosts: ['rtmp://a'] } },
        ],
      },
      faults: [
        'relay.config.json: streams.0.source.start: expected "onDemand" because match has wildcards, got "always"',
        'relay.config.json: streams.0.source.lingerMs: expected an integer from 0 to 86400000, got -1',
        'relay.config.json: streams.0.forwards: unknown setting (did you mean forward?)',
        'relay.config.json: streams.2.source.urls: only for "type": "pull", got "type": "push"',
        'relay.config.json: streams.3.source.urls: expected a list that is not empty, got []',
        'relay.config.json: streams.3.source.url: unknown setting, expected type, urls, format, start, lingerMs, silenceMs or redirectHosts',
        'relay.config.json: streams.3.source.redirectHosts.0: expected a host name or an address, without scheme, brackets, port and path, got "rtmp://a"',
      ],
    },
    {
      config: { drain: { reconnectUrl: 'rtmp://a/{key}' }, toString: 1 },
      faults: [
        'relay.config.json: drain.reconnectUrl: expected a URL without placeholders, got "rtmp://a/{key}"',
        `relay.config.json: toString: unknown setting, expected ${topLevel}`,
      ],
    },
    {
      config: '{"__proto__": {"name": "x"}}',
      faults: [`relay.config.json: line 1, column 2: __proto__: unknown setting, expected ${topLevel}`],
    },
    { config: [], faults: ['relay.config.json: expected an object, got []'] },
    { config: 'null', faults: ['relay.config.json: line 1, column 1: expected an object, got null'] },
    {
      config: '{\n  "name": "a",\n  name: "b"\n}',
      faults: ['relay.config.json: line 3, column 3: expected a name in double quotes, got name'],
    },
    {
      config: '{\n  "name": "a",\n  "name": "b"\n}',
      faults: ['relay.config.json: line 3, column 3: name: given twice, first on line 2, column 3'],
    },
    { config: '', faults: ['relay.config.json: empty, expected at least {}'] },
  ])('$config', ({ config, faults }) => {
    expect(faultLines({ config })).toEqual(faults);
  });

  test.each([
    {
      url: 'ftp://a/{key}',
      problem:
        'expected a URL that begins with rtmp://, rtmps://, rtmpt://, rtmpts://, http://, https://, ws://, wss:// or mmsh://, such as rtmp://host/{key}',
    },
    { url: 'http://a/x/%2E%2e/{key}.flv', problem: 'expected a URL without \\, . and .. in its path' },
    { url: 'ws://{app}.example/x', problem: 'expected a URL with placeholders behind the host only' },
    { url: 'rtmp:///{key}', problem: 'expected a URL with a host, such as rtmp://host/{key}' },
    { url: 'rtmp://a:99999/{key}', problem: 'expected a URL with a host, such as rtmp://host/{key}' },
    { url: 'rtmp://a', problem: 'expected a URL with a path, such as rtmp://host/{key}' },
    { url: 'rtmp://{app}.example/x', problem: 'expected a URL with placeholders behind the host only' },
    { url: 'rtmp://a/{stream}', problem: 'expected no placeholders but {key}, {app} and {name}' },
    { url: 'rtmp://a/{key', problem: 'expected no placeholders but {key}, {app} and {name}' },
    { url: 'rtmp://a/b c', problem: 'expected a URL without spaces and control characters' },
  ])('the URL $url', ({ url, problem }) => {
    expect(faultLines({ config: withUrl(url) })).toEqual(urlFault(`${problem}, got ${JSON.stringify(url)}`));
  });

  test('a file that cannot be read', () => {
    const missing = join(folder, 'missing.json');
    expect(() => loadRelayConfig({ file: missing, env: {} })).toThrow(ConfigError);
    expect(() => loadRelayConfig({ file: missing, env: {} })).toThrow(
      `${missing}: cannot be read: no such file or directory`,
    );
  });

  test('a long value is shortened', () => {
    const [line] = faultLines({ config: { cache: { maxBytes: 'x'.repeat(500) } } });
    expect(line).toMatch(/got "x{76}\.\.\.$/);
  });
});

describe('faults elsewhere', () => {
  test.each([
    {
      env: { STREAMPUMP_LISTEN_RTMP_PORT: '19x5' },
      faults: ['STREAMPUMP_LISTEN_RTMP_PORT: expected an integer from 0 to 65535, got "19x5"'],
    },
    {
      env: { STREAMPUMP_ACCESS_PUBLISH: '10.0.0.0/8,lan' },
      faults: [
        'STREAMPUMP_ACCESS_PUBLISH: expected a network such as 10.0.0.0/8 or fc00::/7 (all: 0.0.0.0/0 and ::/0), got "lan"',
      ],
    },
    {
      env: { STREAMPUMP_STREAMS: '[{"source":{"type":"push"}}]' },
      faults: ['STREAMPUMP_STREAMS: 0.match: missing, expected a pattern of stream keys'],
    },
    {
      env: { STREAMPUMP_PUBLISH: '{"gracems":2}', STREAMPUMP_LISTEN_RTMP: '[{},{"port":"a"}]' },
      faults: [
        'STREAMPUMP_LISTEN_RTMP: 1.port: expected an integer from 0 to 65535, got "a"',
        'STREAMPUMP_PUBLISH: gracems: unknown setting (did you mean graceMs?)',
      ],
    },
    {
      env: { STREAMPUMP_FANOUT_MAX_DELAY_MS: '1', STREAMPUMP_CACHE: '7' },
      faults: [
        'STREAMPUMP_FANOUT_MAX_DELAY_MS: unknown setting (did you mean STREAMPUMP_FAN_OUT_MAX_DELAY_MS?)',
        'STREAMPUMP_CACHE: expected an object, got 7',
      ],
    },
  ])('in the environment: $env', ({ env, faults }) => {
    expect(faultLines({ env })).toEqual(faults.map((fault) => `environment: ${fault}`));
  });

  test.each([
    {
      overrides: { rtmpPort: '19x5', host: 'a b' },
      faults: [
        '--host: expected a host name or an address, without brackets and port, got "a b"',
        '--rtmp-port: expected an integer from 0 to 65535, got "19x5"',
      ],
    },
  ])('on the command line: $overrides', ({ overrides, faults }) => {
    expect(faultLines({ overrides })).toEqual(faults.map((fault) => `command line: ${fault}`));
  });

  test('a listener that an option would be for is not what is blamed', () => {
    const sources = { env: { STREAMPUMP_LISTEN: '5' }, overrides: { host: '::1' } };
    expect(faultLines(sources)).toEqual(['environment: STREAMPUMP_LISTEN: expected an object, got 5']);
  });

  test('everywhere: all are told at once', () => {
    const config = { cache: { maxBytes: -1 }, listen: { rtmp: { port: -1 } } };
    const env = { STREAMPUMP_CACHE_LATE_JOIN: 'x', STREAMPUMP_X: '1' };
    expect(faultLines({ config, env, overrides: { adminPort: -1 } })).toEqual([
      'relay.config.json: cache.maxBytes: expected an integer from 0 to 1073741824, got -1',
      'relay.config.json: listen.rtmp.port: expected an integer from 0 to 65535, got -1',
      'environment: STREAMPUMP_X: unknown setting, expected STREAMPUMP_ and the path of a setting, such as STREAMPUMP_LISTEN_RTMP_HOST, or STREAMPUMP_CONFIG',
      'environment: STREAMPUMP_CACHE_LATE_JOIN: expected "keyframeGroup" or "live", got "x"',
      'command line: --admin-port: expected an integer from 0 to 65535, got -1',
    ]);
  });
});

test('faults show no secrets of URLs', () => {
  const streams = [
    {
      match: 'c/**',
      source: {
        type: 'pull',
        urls: ['rtmp://u:secret@h:0/{key}?k=secret', 'http://a secret:secret@h/x#secret'],
      },
      forward: ['rtmp://h:x/app/secret-key', 'rtmps://u:secret@h:0/app/secret/key?secret'],
    },
    { match: 'a', source: [{ forward: ['rtmp://h/app/secret'], urls: 'ws://secret@h' }] },
  ];
  const shown = { match: 'b', source: { type: 'pull', urls: ['rtmp://h:0/{key}'] } };
  const proxy = { url: 'http://u:secret@proxy' };
  const broken = (value: unknown) => ({ STREAMPUMP_STREAMS: JSON.stringify(value).slice(1) });
  const lines = [
    { config: { streams: [...streams, shown], proxy, drain: { reconnectUrl: 'http://secret@h' } } },
    { env: broken(streams) },
    { env: broken({ forward: streams[0]?.forward }) },
  ].flatMap(faultLines);
  expect(lines).toHaveLength(10);
  const faults = lines.join('\n');
  expect(faults).toContain('got "rtmp://h:0/{key}"');
  expect(faults).toContain('got "rtmp://h:x/app/***"');
  expect(faults).not.toContain('secret');
});
