import { expect, test } from 'vitest';
import { houseSettings } from '../../../src/config/house/house-settings.ts';

const problemsOf = (config: unknown): string[] =>
  houseSettings.safeParse(config).error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ??
  [];

test('the short forms stand where the long ones are, beside what is there', () => {
  const { http, admin } = houseSettings.parse({
    trustedProxies: ['10.0.0.0/8'],
    http: { trustedProxies: ['192.0.2.1/32'] },
    adminTokenFile: '/run/token',
    admin: { tokens: [{ name: 'alice', role: 'read', file: '/run/alice' }] },
  });
  expect(http.trustedProxies).toEqual(['192.0.2.1/32', '10.0.0.0/8']);
  expect(admin.tokens).toEqual([
    { name: 'alice', role: 'read', file: '/run/alice' },
    { name: 'admin', role: 'operate', file: '/run/token' },
  ]);
});

test('a token of that name keeps it', () => {
  const { admin } = houseSettings.parse({
    adminTokenFile: '/run/token',
    admin: { tokens: [{ name: 'admin', role: 'read', file: '/run/other' }] },
  });
  expect(admin.tokens.map(({ name, role }) => [name, role])).toEqual([
    ['admin', 'read'],
    ['admin.', 'operate'],
  ]);
});

test('one late report makes no relay go offline', () => {
  expect(problemsOf({ offlineAfterMs: 3999 })).toEqual([
    expect.stringMatching(/^offlineAfterMs: expected at least twice telemetryIntervalMs, which is 2000/),
  ]);
  expect(problemsOf({ offlineAfterMs: 4000 })).toEqual([]);
});

test('a store that is shared needs to know where it is, once', () => {
  const url = 'redis://127.0.0.1:6379';
  const problemsWith = (store: object): string[] => problemsOf({ store: { type: 'redis', ...store } });
  expect(problemsWith({})).toEqual(['store.url: expected a URL here, or a file with one in urlFile']);
  expect(problemsWith({ url, urlFile: '/run/url' })).toEqual([
    'store.urlFile: expected nothing, because there is a url',
  ]);
  expect(problemsWith({ url })).toEqual([]);
  expect(problemsWith({ urlFile: '/run/url' })).toEqual([]);
});

test.for(['house', './state', 'a\0b'])('%o is no folder for state', (stateDir) => {
  expect(problemsOf({ stateDir })).toEqual(['stateDir: expected "auto", or an absolute path']);
});
