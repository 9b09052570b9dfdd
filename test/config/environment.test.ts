import { expect, test } from 'vitest';
import { readEnvironment, variableName } from '../../src/config/environment.ts';
import { relaySettings } from '../../src/config/relay-settings.ts';
import { namedSettings } from '../../src/config/setting-schema.ts';

test.each([
  { path: ['name'], variable: 'STREAMPUMP_NAME' },
  { path: ['listen', 'rtmp', 'port'], variable: 'STREAMPUMP_LISTEN_RTMP_PORT' },
  { path: ['fanOut', 'maxDelayMs'], variable: 'STREAMPUMP_FAN_OUT_MAX_DELAY_MS' },
])('$variable', ({ path, variable }) => {
  expect(variableName(path)).toBe(variable);
});

test('every setting of a relay has a variable of its own', () => {
  const variables = namedSettings(relaySettings).map(({ path }) => variableName(path));
  expect(new Set(variables).size).toBe(variables.length);
  expect(variables).toEqual(expect.arrayContaining(['STREAMPUMP_LISTEN_ADMIN_HOST', 'STREAMPUMP_STREAMS']));
  expect(variables).toEqual(
    expect.arrayContaining(['STREAMPUMP_LISTEN_RTMP', 'STREAMPUMP_LIMITS_STREAM_LABELS']),
  );
});

test.each([
  { variable: 'STREAMPUMP_LISTEN_RTMP_PORT', text: '1936', value: 1936 },
  { variable: 'STREAMPUMP_LISTEN_RTMP_PORT', text: '19x5', value: '19x5' },
  { variable: 'STREAMPUMP_LISTEN_RTMP', text: 'null', value: null },
  { variable: 'STREAMPUMP_LISTEN_RTMP', text: '[{"port":1}]', value: [{ port: 1 }] },
  { variable: 'STREAMPUMP_LIMITS_SESSIONS', text: 'null', value: null },
  { variable: 'STREAMPUMP_LIMITS_PENDING_SESSIONS', text: 'null', value: 'null' },
  { variable: 'STREAMPUMP_NAME', text: '1936', value: '1936' },
  { variable: 'STREAMPUMP_LOG_LEVEL', text: 'debug', value: 'debug' },
  { variable: 'STREAMPUMP_ACCESS_PLAY', text: '10.0.0.0/8, ::1/128', value: ['10.0.0.0/8', '::1/128'] },
  { variable: 'STREAMPUMP_ACCESS_PLAY', text: '["10.0.0.0/8"]', value: ['10.0.0.0/8'] },
  { variable: 'STREAMPUMP_ACCESS_PLAY', text: '[]', value: [] },
  { variable: 'STREAMPUMP_CACHE', text: '{"maxBytes":0}', value: { maxBytes: 0 } },
])('$variable=$text', ({ variable, text, value }) => {
  const { settings, faults } = readEnvironment(relaySettings, { [variable]: text });
  expect(settings.map((setting) => [setting.origin, setting.value])).toEqual([[variable, value]]);
  expect(faults).toEqual([]);
});

test.each([
  {
    variable: 'STREAMPUMP_FAN_OUT_MAX_DELAY',
    text: '1',
    problem: 'unknown setting (did you mean STREAMPUMP_FAN_OUT_MAX_DELAY_MS?)',
  },
  { variable: 'STREAMPUMP_', text: '1', problem: 'unknown setting' },
  { variable: 'STREAMPUMP_WITH_NOTHING_LIKE_IT', text: '1', problem: 'unknown setting' },
  { variable: 'STREAMPUMP_STREAMS', text: 'live', problem: 'expected JSON, got "live"' },
  { variable: 'STREAMPUMP_ACCESS_PUBLISH', text: '', problem: 'expected JSON, got ""' },
  { variable: 'STREAMPUMP_LISTEN_RTMP', text: '', problem: 'expected JSON, got ""' },
])('$variable=$text is a fault', ({ variable, text, problem }) => {
  const { settings, faults } = readEnvironment(relaySettings, { [variable]: text });
  expect(settings).toEqual([]);
  expect(faults).toEqual([{ path: variable, problem }]);
});

test('is silent about the variables of others and those that Kubernetes adds for services', () => {
  const { settings, faults } = readEnvironment(relaySettings, {
    PATH: '/bin',
    STREAMPUMPX: '1',
    STREAMPUMP_SERVICE_HOST: '10.0.0.1',
    STREAMPUMP_SERVICE_PORT: '1935',
    STREAMPUMP_SERVICE_PORT_RTMP: '1935',
    STREAMPUMP_PORT: 'tcp://10.0.0.1:1935',
    STREAMPUMP_PORT_1935_TCP: 'tcp://10.0.0.1:1935',
    STREAMPUMP_PORT_1935_TCP_PROTO: 'tcp',
    STREAMPUMP_RELAY_PORT_1935_TCP_ADDR: '10.0.0.1',
  });
  expect({ settings, faults }).toEqual({ settings: [], faults: [] });
});
