/** Whole messages, as they are printed, for mistakes that people make. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { loadRelayConfig, type RelayOverrides, readRelayConfig } from '../../src/config/load-config.ts';
import { relaySettings } from '../../src/config/relay-settings.ts';
import { namedSettings } from '../../src/config/setting-schema.ts';
import { variableName } from '../../src/config/sources/environment.ts';
import { ConfigError } from '../../src/errors.ts';

const folder = mkdtempSync(join(tmpdir(), 'streampump-messages-'));
const file = join(folder, 'relay.config.json');
afterAll(() => rmSync(folder, { recursive: true }));

interface Sources {
  readonly text?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly overrides?: RelayOverrides;
}

/** The message, with `file` for the path of the config file. */
function messageOf({ text, env = {}, overrides = {} }: Sources): string {
  if (text !== undefined) writeFileSync(file, text);
  try {
    loadRelayConfig({ file: text === undefined ? undefined : file, env, overrides });
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as ConfigError).message.replaceAll(file, 'file');
  }
  return '';
}

test('every fault is told, those of the file with line and column and in its order, then the others', () => {
  const text = `{
  // copied from somewhere
  "log": { "level": "verbose" },
  "port": 1935,
  "listen": {
    "rtmp": { "port": "1935", "ports": 1 },
    "rtmp": { "port": "1936" },
  },
  "streams": [
    { "match": "live/*", "source": { "type": "push" } },
    { "source": { "type": "pull" }, "forward": "rtmp://a/{key}" }
  ]
}`;
  const env = { STREAMPUMP_LISTEN_HTTP_PORT: '80 80', STREAMPUMP_CACHE: '{"maxBytes": 1' };
  expect(messageOf({ text, env, overrides: { host: '' } }).split('\n')).toEqual([
    'file: line 3, column 12: log.level: expected "fatal", "error", "warn", "info", "debug", "trace" or "silent", got "verbose"',
    'file: line 4, column 3: port: unknown setting, expected name, listen, workers, user, group, streams, access, admin, hooks, cache, fanOut, publish, play, deadlines, drain, http, tls, proxy, proxyProtocol, limits, calls, recordings, house, snmp, log or accessLog',
    'file: line 7, column 5: listen.rtmp: given twice, first on line 6, column 5',
    'file: line 7, column 15: listen.rtmp.port: expected an integer from 0 to 65535, got "1936" (did you mean 1936?)',
    'file: line 11, column 5: streams.1.match: missing, expected a pattern of stream keys',
    'file: line 11, column 7: streams.1.source.urls: missing, expected a list of URLs',
    'file: line 11, column 37: streams.1.forward: expected a list of URLs, got "rtmp://a/{key}" (did you mean ["rtmp://a/{key}"]?)',
    'environment: STREAMPUMP_CACHE: line 1, column 15: expected a comma or }, but the text ends here',
    'environment: STREAMPUMP_LISTEN_HTTP_PORT: expected an integer from 0 to 65535, got "80 80"',
    'command line: --host: empty, expected a host name or an address, without brackets and port',
  ]);
});

test('a file that cannot be read hides no fault of the other sources, and nothing is said of what may be in it', () => {
  const env = {
    STREAMPUMP_WORKERS: '0',
    STREAMPUMP_X: '1',
    STREAMPUMP_LISTEN_RTMPS_PORT: '1936',
    STREAMPUMP_STREAMS: '[{"match": "a", "source": {}}]',
  };
  expect(messageOf({ text: '{ "listen": ', env, overrides: { rtmpPort: 'x' } }).split('\n')).toEqual([
    'file: line 1, column 13: expected a value, but the text ends here',
    'environment: STREAMPUMP_X: unknown setting, expected STREAMPUMP_ and the path of a setting, such as STREAMPUMP_LISTEN_RTMP_HOST, or STREAMPUMP_CONFIG',
    'environment: STREAMPUMP_WORKERS: expected an integer from 1 to 64 or "auto", got 0',
    'environment: STREAMPUMP_STREAMS: 0.source.type: missing, expected "push" or "pull"',
    'command line: --rtmp-port: expected an integer from 0 to 65535, got "x"',
  ]);
});

describe('STREAMPUMP_CONFIG', () => {
  test('names the config file, and -c wins over it', () => {
    writeFileSync(file, '{"name": "from-variable"}');
    const env = { STREAMPUMP_CONFIG: file };
    expect(loadRelayConfig({ env }).name).toBe('from-variable');
    const other = join(folder, 'other.json');
    writeFileSync(other, '{"name": "from-option"}');
    expect(loadRelayConfig({ env, file: other }).name).toBe('from-option');
    expect(loadRelayConfig({ env: { STREAMPUMP_CONFIG: join(folder, 'none') }, file: other }).name).toBe(
      'from-option',
    );
  });

  test.each([
    { path: '', message: 'environment: STREAMPUMP_CONFIG: empty, expected the name of a file' },
    {
      path: '/none/relay.json',
      message: 'environment: STREAMPUMP_CONFIG: /none/relay.json: cannot be read: no such file or directory',
    },
  ])('$message', ({ path, message }) => {
    expect(messageOf({ env: { STREAMPUMP_CONFIG: path } })).toBe(message);
  });

  test('faults in the file are told of the file', () => {
    writeFileSync(file, '{"play": 5}');
    expect(messageOf({ env: { STREAMPUMP_CONFIG: file } })).toBe(
      'file: line 1, column 2: play: expected an object, got 5',
    );
  });
});

test('an empty name of a file on the command line is named as such', () => {
  expect(() => loadRelayConfig({ file: '', env: {} })).toThrow(
    /^command line: --config: empty, expected the name of a file$/,
  );
});

test('a single stream may be forwarded to a URL of one segment, and many where FLV is, or where {name} tells them apart', () => {
  const source = { type: 'push' };
  const streams = [
    { match: 'live/a', source, forward: ['rtmp://b/live'] },
    { match: 'tv/*', source: { type: 'pull', urls: ['http://b/tv.flv', 'rtmp://b/{name}'] } },
    { match: '**', source, forward: ['rtmp://b/{key}/'] },
  ];
  expect(messageOf({ text: JSON.stringify({ streams }) })).toBe('');
});

describe('one mistake, one line', () => {
  test.each<{ readonly mistake: string; readonly message: string } & Sources>([
    {
      mistake: 'a value that fits no variant',
      text: '{"workers": "Auto"}',
      message:
        'file: line 1, column 2: workers: expected an integer from 1 to 64 or "auto", got "Auto" (did you mean "auto"?)',
    },
    {
      mistake: 'a value of no variant at all',
      text: '{"workers": {}}',
      message: 'file: line 1, column 2: workers: expected an integer from 1 to 64 or "auto", got {}',
    },
    {
      mistake: 'an empty value of a variable with variants',
      env: { STREAMPUMP_WORKERS: '' },
      message: 'environment: STREAMPUMP_WORKERS: empty, expected an integer from 1 to 64 or "auto"',
    },
    {
      mistake: 'a source that is missing',
      text: '{"streams": [{"match": "a"}]}',
      message:
        'file: line 1, column 14: streams.0.source: missing, expected {"type": "push"} or {"type": "pull", "urls": [...]}',
    },
    {
      mistake: 'an entry that is only a name',
      text: '{"streams": ["live"]}',
      message: 'file: line 1, column 14: streams.0: expected an object with match and source, got "live"',
    },
    {
      mistake: 'a URL that ends with the app, for many streams',
      text: '{"streams": [{"match": "live/**", "source": {"type": "push"}, "forward": ["rtmp://a/{name}", "rtmp://b/live/"]}]}',
      message:
        'file: line 1, column 94: streams.0.forward.1: expected a stream name behind the app, as in rtmp://host/app/{name}, because match has wildcards, got "rtmp://b/live/"',
    },
    {
      mistake: 'the same of an upstream',
      text: '{"streams": [{"match": "tv/*", "source": {"type": "pull", "urls": ["rtmps://a/tv"]}}]}',
      message:
        'file: line 1, column 68: streams.0.source.urls.0: expected a stream name behind the app, as in rtmp://host/app/{name}, because match has wildcards, got "rtmps://a/tv"',
    },
    {
      mistake: 'a boolean in quotes',
      text: '{"http": {"listStreams": "true"}}',
      message:
        'file: line 1, column 11: http.listStreams: expected true or false, got "true" (did you mean true?)',
    },
    {
      mistake: 'a boolean in words',
      env: { STREAMPUMP_HTTP_LIST_STREAMS: 'yes' },
      message: 'environment: STREAMPUMP_HTTP_LIST_STREAMS: expected true or false, got "yes"',
    },
    {
      mistake: 'capitals where there are none',
      text: '{"log": {"level": "DEBUG"}}',
      message:
        'file: line 1, column 10: log.level: expected "fatal", "error", "warn", "info", "debug", "trace" or "silent", got "DEBUG" (did you mean "debug"?)',
    },
    {
      mistake: 'an origin with capitals',
      text: '{"http": {"corsOrigins": ["https://Example.com"]}}',
      message:
        'file: line 1, column 27: http.corsOrigins.0: expected an origin such as https://example.com, got "https://Example.com" (did you mean "https://example.com"?)',
    },
    {
      mistake: 'a number that is none',
      text: '{"cache": {"maxBytes": 1e999}}',
      message:
        'file: line 1, column 12: cache.maxBytes: expected an integer from 0 to 1073741824, got Infinity',
    },
    {
      mistake: 'a number with its unit',
      env: { STREAMPUMP_CACHE_MAX_BYTES: '16MiB' },
      message:
        'environment: STREAMPUMP_CACHE_MAX_BYTES: expected an integer from 0 to 1073741824, got "16MiB"',
    },
    {
      mistake: 'an empty key',
      text: '{"listen": {"": {}}}',
      message: 'file: line 1, column 13: listen."": empty name, expected rtmp, rtmps, http, https or admin',
    },
    {
      mistake: 'an empty key in a variable',
      env: { STREAMPUMP_PLAY: '{"": 1}' },
      message: 'environment: STREAMPUMP_PLAY: "": empty name, expected waitMs',
    },
    {
      mistake: 'an empty match',
      text: '{"streams": [{"match": "", "source": {"type": "push"}}]}',
      message:
        'file: line 1, column 15: streams.0.match: empty, expected a pattern of stream keys, such as live/**',
    },
    {
      mistake: 'an empty name',
      env: { STREAMPUMP_NAME: '' },
      message:
        'environment: STREAMPUMP_NAME: empty, expected 1 to 255 characters, none of them a control character',
    },
    {
      mistake: 'an empty host',
      text: '{"listen": {"rtmp": {"host": ""}}}',
      message:
        'file: line 1, column 22: listen.rtmp.host: empty, expected a host name or an address, without brackets and port',
    },
    {
      mistake: 'an empty element of a list',
      env: { STREAMPUMP_ACCESS_PUBLISH: '10.0.0.0/8,' },
      message:
        'environment: STREAMPUMP_ACCESS_PUBLISH: empty, expected a network such as 10.0.0.0/8 or fc00::/7 (all: 0.0.0.0/0 and ::/0)',
    },
    {
      mistake: 'an empty port on the command line',
      overrides: { rtmpPort: '' },
      message: 'command line: --rtmp-port: empty, expected an integer from 0 to 65535',
    },
    {
      mistake: 'a dotted path as a key',
      text: '{"listen": {"rtmp.port": 1935}}',
      message:
        'file: line 1, column 13: listen."rtmp.port": unknown setting, expected rtmp, rtmps, http, https or admin',
    },
    {
      mistake: 'a name of another section',
      text: '{"listen": {"rtmp": {"path": "/live"}}}',
      message: 'file: line 1, column 22: listen.rtmp.path: unknown setting, expected host or port',
    },
    {
      mistake: 'a name like one that is given already',
      text: '{"fanOut": {}, "fanout": {}}',
      message:
        'file: line 1, column 16: fanout: unknown setting, expected name, listen, workers, user, group, streams, access, admin, hooks, cache, fanOut, publish, play, deadlines, drain, http, tls, proxy, proxyProtocol, limits, calls, recordings, house, snmp, log or accessLog',
    },
    {
      mistake: 'a name as it is written elsewhere',
      text: '{"fan_out": {}}',
      message: 'file: line 1, column 2: fan_out: unknown setting (did you mean fanOut?)',
    },
    {
      mistake: 'a setting of another variant',
      text: '{"streams": [{"match": "a", "source": {"type": "push", "start": "always"}}]}',
      message: 'file: line 1, column 56: streams.0.source.start: only for "type": "pull", got "type": "push"',
    },
    {
      mistake: 'a listener with TLS that a variable turns on without its files',
      env: { STREAMPUMP_LISTEN_HTTPS: '{"port": 443}' },
      message: [
        'environment: STREAMPUMP_LISTEN_HTTPS: certFile: missing, expected a file name or null',
        'environment: STREAMPUMP_LISTEN_HTTPS: keyFile: missing, expected a file name or null',
      ].join('\n'),
    },
    {
      mistake: 'the same by the variable of its port',
      env: { STREAMPUMP_LISTEN_HTTPS_PORT: '443' },
      message: [
        'environment: STREAMPUMP_LISTEN_HTTPS_PORT: listen.https.certFile: missing, expected a file name or null',
        'environment: STREAMPUMP_LISTEN_HTTPS_PORT: listen.https.keyFile: missing, expected a file name or null',
      ].join('\n'),
    },
    {
      mistake: 'a name that a terminal would obey',
      text: '{"\\u001b[2J": 1}',
      message: expect.stringMatching(/^file: line 1, column 2: "\\u001b\[2J": unknown setting, /),
    },
    {
      mistake: 'a name without end',
      text: `{"log": {"${'x'.repeat(100_000)}": 1}}`,
      message: `file: line 1, column 10: log."${'x'.repeat(56)}...: unknown setting, expected level, format, file, linesPerSecond or linesPerSecondPerAddress`,
    },
    {
      mistake: 'a list as the whole config, under an option',
      text: '[]',
      overrides: { rtmpPort: 1 },
      message: 'file: line 1, column 1: expected an object, got []',
    },
    {
      mistake: 'a host with its port',
      text: '{"listen": {"rtmp": {"host": "0.0.0.0:1935"}}}',
      message:
        'file: line 1, column 22: listen.rtmp.host: expected a host name or an address, without brackets and port, got "0.0.0.0:1935"',
    },
    {
      mistake: 'a host with its port that upstreams may redirect to',
      text: '{"streams": [{"match": "a", "source": {"type": "pull", "urls": ["rtmp://a/b"], "redirectHosts": ["b:1935"]}}]}',
      message:
        'file: line 1, column 98: streams.0.source.redirectHosts.0: expected a host name or an address, without scheme, brackets, port and path, got "b:1935"',
    },
    {
      mistake: 'upstreams that cannot bring what the entry says',
      text: '{"streams": [{"match": "a", "source": {"type": "pull", "format": "asf", "urls": ["mmsh://a", "rtmp://a/b", "https://a/b"]}}]}',
      message:
        'file: line 1, column 94: streams.0.source.urls.1: expected a URL that can bring asf, because format says so, got "rtmp://a/b"',
    },
    {
      mistake: 'an origin with a path',
      text: '{"http": {"publishOrigins": ["https://u:p@studio.example/"]}}',
      message:
        'file: line 1, column 30: http.publishOrigins.0: expected an origin such as https://studio.example, got "https://studio.example/"',
    },
    {
      mistake: 'everybody, in a word',
      text: '{"access": {"publish": "all"}}',
      message: 'file: line 1, column 13: access.publish: expected a list of networks, got "all"',
    },
    {
      mistake: 'everybody, as a star',
      env: { STREAMPUMP_ACCESS_PUBLISH: '*' },
      message:
        'environment: STREAMPUMP_ACCESS_PUBLISH: expected a network such as 10.0.0.0/8 or fc00::/7 (all: 0.0.0.0/0 and ::/0), got "*"',
    },
    {
      mistake: 'a URL to reconnect to that is none',
      text: '{"drain": {"reconnectUrl": "next.example"}}',
      message:
        'file: line 1, column 12: drain.reconnectUrl: expected a URL that begins with rtmp://, rtmps://, rtmpt:// or rtmpts://, such as rtmp://next.example, got "next.example"',
    },
    {
      mistake: 'a certificate without its key',
      text: '{"listen": {"rtmps": {"certFile": "a.pem"}}}',
      message: 'file: line 1, column 13: listen.rtmps.keyFile: missing, expected a file name or null',
    },
    {
      mistake: 'another kind of file',
      text: 'listen:\n  rtmp:\n    port: 1935\n',
      message: 'file: line 1, column 1: expected a value, got listen',
    },
  ])('$mistake', ({ message, ...sources }) => {
    expect(messageOf(sources)).toEqual(message);
  });
});

test('what is stored of a password is not repeated', () => {
  const require = [{ type: 'password', users: ['alice:$rtmp$salt$GOOD-AS-THE-PASSWORD'] }];
  const text = JSON.stringify({ access: { rules: [{ verbs: ['publish'], require }] } });
  expect(messageOf({ text })).toBe(
    'file: line 1, column 81: access.rules.0.require.0.users.0: expected verifiers as streampump hash-password prints them, got ***',
  );
});

test('whatever stands in a file and in variables is settings, or faults that each say what is expected', () => {
  const paths = namedSettings(relaySettings).map(({ path }) => path);
  const value = fc.oneof(
    fc.jsonValue({ maxDepth: 3 }),
    fc.constantFrom('', '**', [{}], [[]], 0, null, '__proto__'),
  );
  const anyName = fc.oneof(
    fc.string({ maxLength: 8 }),
    fc.constantFrom('', '__proto__', 'constructor', 'a.b'),
  );
  const member = fc.tuple(fc.constantFrom(...paths), fc.option(anyName), value);
  const withMember = (
    config: unknown,
    [[step, ...rest], end, inner]: [readonly string[], string | null, unknown],
  ): unknown => {
    const name = step ?? end;
    if (name === null || name === undefined) return inner;
    const object = typeof config === 'object' && config !== null && !Array.isArray(config) ? config : {};
    const members = new Map<string, unknown>(Object.entries(object));
    members.set(name, withMember(members.get(name), [rest, step === undefined ? null : end, inner]));
    return Object.fromEntries(members);
  };
  const text = fc.oneof(
    value.map((one) => JSON.stringify(one)),
    fc.string(),
    fc.constantFrom('null', '[', '{"a', 'a,,b'),
  );
  const variable = fc.oneof(
    fc.constantFrom(...paths).map(variableName),
    anyName.map((name) => `STREAMPUMP_${name.toUpperCase()}`),
  );
  fc.assert(
    fc.property(
      fc.array(member, { maxLength: 4 }),
      fc.dictionary(variable, text, { maxKeys: 3 }),
      (members, env) => {
        writeFileSync(file, JSON.stringify(members.reduce<unknown>(withMember, {})));
        const { error } = readRelayConfig({ file, env: { ...env, STREAMPUMP_CONFIG: undefined } });
        for (const { source, path, problem } of error?.faults ?? []) {
          expect(source).not.toBe('');
          expect(path).not.toBe('');
          expect(problem).toMatch(
            /expected |did you mean|only for|never applies|is taken|all off|given twice|is a list/,
          );
          expect(problem).not.toMatch(/undefined|\[object/);
        }
      },
    ),
    { numRuns: 500 },
  );
});
