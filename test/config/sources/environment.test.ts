import { describe, expect, test } from 'vitest';
import { relaySettings } from '../../../src/config/relay-settings.ts';
import { namedSettings } from '../../../src/config/setting-schema.ts';
import { readEnvironment, variableName } from '../../../src/config/sources/environment.ts';

function read(env: NodeJS.ProcessEnv) {
  const { settings, faults } = readEnvironment(relaySettings, env);
  return {
    values: settings.map(({ origin, value }) => [origin, value]),
    faults: faults.map(({ origin, problem }) => [origin, problem]),
  };
}

test.each([
  { path: ['name'], variable: 'STREAMPUMP_NAME' },
  { path: ['listen', 'rtmp', 'port'], variable: 'STREAMPUMP_LISTEN_RTMP_PORT' },
  { path: ['fanOut', 'maxDelayMs'], variable: 'STREAMPUMP_FAN_OUT_MAX_DELAY_MS' },
])('$variable', ({ path, variable }) => {
  expect(variableName(path)).toBe(variable);
});

test('every setting of a relay has a variable of its own, and none is that of the config file', () => {
  const variables = namedSettings(relaySettings).map(({ path }) => variableName(path));
  expect(new Set(variables).size).toBe(variables.length);
  expect(variables).toEqual(
    expect.arrayContaining([
      ...['STREAMPUMP_LISTEN_ADMIN_HOST', 'STREAMPUMP_STREAMS', 'STREAMPUMP_LISTEN_RTMP'],
      'STREAMPUMP_LIMITS_STREAM_LABELS',
    ]),
  );
  expect(variables).not.toContain('STREAMPUMP_CONFIG');
});

test.each([
  { variable: 'STREAMPUMP_LISTEN_RTMP_PORT', text: '1936', value: 1936 },
  { variable: 'STREAMPUMP_LISTEN_RTMP_PORT', text: '19x5', value: '19x5' },
  { variable: 'STREAMPUMP_LISTEN_RTMP', text: 'null', value: null },
  { variable: 'STREAMPUMP_LISTEN_RTMP', text: '[{"port":1}]', value: [{ port: 1 }] },
  { variable: 'STREAMPUMP_LISTEN_RTMP', text: ' {"port":1,}', value: { port: 1 } },
  { variable: 'STREAMPUMP_WORKERS', text: 'auto', value: 'auto' },
  { variable: 'STREAMPUMP_WORKERS', text: '4', value: 4 },
  { variable: 'STREAMPUMP_WORKERS', text: '0', value: 0 },
  { variable: 'STREAMPUMP_LIMITS_SESSIONS', text: 'null', value: null },
  { variable: 'STREAMPUMP_LIMITS_PENDING_SESSIONS', text: 'null', value: 'null' },
  { variable: 'STREAMPUMP_LIMITS_SESSIONS', text: '9'.repeat(400), value: '9'.repeat(400) },
  { variable: 'STREAMPUMP_NAME', text: '1936', value: '1936' },
  { variable: 'STREAMPUMP_NAME', text: 'null', value: null },
  { variable: 'STREAMPUMP_NAME', text: '{"a"', value: '{"a"' },
  { variable: 'STREAMPUMP_LOG_LEVEL', text: 'debug', value: 'debug' },
  { variable: 'STREAMPUMP_HTTP_LIST_STREAMS', text: 'true', value: true },
  { variable: 'STREAMPUMP_HTTP_LIST_STREAMS', text: 'yes', value: 'yes' },
  { variable: 'STREAMPUMP_ACCESS_PLAY', text: '10.0.0.0/8, ::1/128', value: ['10.0.0.0/8', '::1/128'] },
  { variable: 'STREAMPUMP_ACCESS_PLAY', text: '["10.0.0.0/8"]', value: ['10.0.0.0/8'] },
  { variable: 'STREAMPUMP_ACCESS_PLAY', text: '[]', value: [] },
  { variable: 'STREAMPUMP_ACCESS_PLAY', text: '5', value: ['5'] },
  { variable: 'STREAMPUMP_CACHE', text: '{"maxBytes":0}', value: { maxBytes: 0 } },
  { variable: 'STREAMPUMP_CACHE', text: '// none\n{}', value: {} },
])('$variable=$text', ({ variable, text, value }) => {
  expect(read({ [variable]: text })).toEqual({ values: [[variable, value]], faults: [] });
});

describe('what cannot be understood', () => {
  test.each([
    {
      variable: 'STREAMPUMP_STREAMS',
      text: 'live',
      problem: 'expected a list of objects in JSON, got "live"',
    },
    { variable: 'STREAMPUMP_STREAMS', text: '', problem: 'empty, expected a list of objects in JSON' },
    {
      variable: 'STREAMPUMP_STREAMS',
      text: '[{"match": }]',
      problem: 'line 1, column 12: expected a value, got }',
    },
    {
      variable: 'STREAMPUMP_ACCESS_PUBLISH',
      text: '',
      problem: 'empty, expected a list of networks, separated by commas or in JSON',
    },
    {
      variable: 'STREAMPUMP_LISTEN_RTMP',
      text: 'off',
      problem: 'expected an object, a list of objects or null in JSON, got "off"',
    },
    {
      variable: 'STREAMPUMP_LISTEN_RTMPS',
      text: '',
      problem: 'empty, expected an object with certFile and keyFile, a list of objects or null in JSON',
    },
  ])('$variable=$text', ({ variable, text, problem }) => {
    expect(read({ [variable]: text }).faults).toEqual([[variable, problem]]);
  });

  test('a name that stands twice in JSON is told, and the rest is read', () => {
    const text = '{"maxBytes": 1,\n "maxBytes": 2}';
    const problem = 'line 2, column 2: maxBytes: given twice, first on line 1, column 2';
    expect(read({ STREAMPUMP_CACHE: text })).toEqual({
      values: [['STREAMPUMP_CACHE', { maxBytes: 2 }]],
      faults: [['STREAMPUMP_CACHE', problem]],
    });
  });
});

describe('names that are none', () => {
  const anyName = 'expected STREAMPUMP_ and the path of a setting, such as STREAMPUMP_LISTEN_RTMP_HOST';

  test.each([
    ['STREAMPUMP_FAN_OUT_MAX_DELAY', '(did you mean STREAMPUMP_FAN_OUT_MAX_DELAY_MS?)'],
    ['STREAMPUMP_FANOUT_MAX_DELAY_MS', '(did you mean STREAMPUMP_FAN_OUT_MAX_DELAY_MS?)'],
    ['STREAMPUMP_LISTEN_RTMP_PROT', '(did you mean STREAMPUMP_LISTEN_RTMP_PORT?)'],
    ['STREAMPUMP_WORKER', '(did you mean STREAMPUMP_WORKERS?)'],
    ['STREAMPUMP_workers', '(did you mean STREAMPUMP_WORKERS?)'],
    ['STREAMPUMP_LOGLEVEL', '(did you mean STREAMPUMP_LOG_LEVEL?)'],
    ['STREAMPUMP_CONF', '(did you mean STREAMPUMP_CONFIG?)'],
    [
      'STREAMPUMP_CACHE_MAX',
      '(did you mean STREAMPUMP_CACHE_MAX_BYTES or STREAMPUMP_CACHE_MAX_DURATION_MS?)',
    ],
  ])('%s is near to one', (variable, suggestion) => {
    expect(read({ [variable]: '1' }).faults).toEqual([[variable, `unknown setting ${suggestion}`]]);
  });

  test.each([
    ['STREAMPUMP_WITH_NOTHING_LIKE_IT', `${anyName}, or STREAMPUMP_CONFIG`],
    ['STREAMPUMP_PORT', `${anyName}, or STREAMPUMP_CONFIG`],
    [
      'STREAMPUMP_LISTEN_SRT_PORT',
      'expected STREAMPUMP_LISTEN_RTMP, STREAMPUMP_LISTEN_RTMPS, STREAMPUMP_LISTEN_HTTP, STREAMPUMP_LISTEN_HTTPS or STREAMPUMP_LISTEN_ADMIN',
    ],
    ['STREAMPUMP_STREAMS_0_MATCH', 'expected all of it in STREAMPUMP_STREAMS'],
    [`STREAMPUMP_${'A_'.repeat(10_000)}`, `${anyName}, or STREAMPUMP_CONFIG`],
  ])('%s is near to none', (variable, wanted) => {
    expect(read({ [variable]: '1' }).faults).toEqual([[variable, `unknown setting, ${wanted}`]]);
  });

  test('one that is given already is not what was meant', () => {
    const { faults } = read({ STREAMPUMP_LOG_LEVEL: 'info', STREAMPUMP_LOG_LEVELS: 'info' });
    expect(faults).toEqual([
      ['STREAMPUMP_LOG_LEVELS', expect.stringMatching(/^unknown setting, expected STREAMPUMP_LOG_LEVEL, /)],
    ]);
  });

  test('the prefix alone is an empty name', () => {
    expect(read({ STREAMPUMP_: '1' }).faults).toEqual([['STREAMPUMP_', `empty name, ${anyName}`]]);
  });
});

test('is silent about the variables of others and those that Kubernetes adds for services', () => {
  const env = {
    PATH: '/bin',
    STREAMPUMPX: '1',
    STREAMPUMP_CONFIG: 'relay.config.json',
    STREAMPUMP_SERVICE_HOST: '10.0.0.1',
    STREAMPUMP_SERVICE_PORT: '1935',
    STREAMPUMP_SERVICE_PORT_RTMP: '1935',
    STREAMPUMP_PORT: 'tcp://10.0.0.1:1935',
    STREAMPUMP_PORT_1935_TCP: 'tcp://10.0.0.1:1935',
    STREAMPUMP_PORT_1935_TCP_PROTO: 'tcp',
    STREAMPUMP_RELAY_PORT_1935_TCP_ADDR: '10.0.0.1',
  };
  expect(read(env)).toEqual({ values: [], faults: [] });
});
