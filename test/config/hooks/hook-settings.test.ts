import { expect, test } from 'vitest';
import { hookSettings } from '../../../src/config/hooks/hook-settings.ts';
import { loadRelayConfig } from '../../../src/config/load-config.ts';

const url = 'http://127.0.0.1:9000/hook';
const events = ['play'];

function faultsOf(hook: unknown): string[] {
  try {
    loadRelayConfig({ env: { STREAMPUMP_HOOKS: JSON.stringify([hook]) } });
    return [];
  } catch (error) {
    return (error as Error).message.split('\n').map((line) => line.replace(/^.*HOOKS: /, ''));
  }
}

test('a hook needs its events, and a URL or a program', () => {
  expect(faultsOf({ events, url })).toEqual([]);
  expect(faultsOf({ url })).toEqual([expect.stringContaining('events: missing, expected a list of objects')]);
  expect(faultsOf({ events })).toEqual(['0.url: missing, expected a URL, or a program in exec']);
  expect(faultsOf({ events, url, exec: ['/x'] })).toEqual([
    '0.exec: only the config file may have this setting',
  ]);
  const program = { events, exec: ['/usr/bin/true', '{stream}'] };
  expect(hookSettings.safeParse([program]).success).toBe(true);
  const both = hookSettings.safeParse([{ ...program, url }]);
  expect(both.error?.issues.map(({ message }) => message)).toEqual(['only for a hook without exec']);
});

test.each(['call', 'record'])('%s is for a back end that is asked, and knows it', (event) => {
  const problem = `${event} is only for a hook that is asked, and without a preset of other servers`;
  expect(faultsOf({ events: [event], url })).toEqual([]);
  for (const wrong of [{ asks: false }, { preset: 'srs' }])
    expect(faultsOf({ events: [event], url, ...wrong })).toEqual([`0.events: ${problem}`]);
  const told = hookSettings.safeParse([{ events: [event], exec: ['/usr/bin/true'] }]);
  expect(told.error?.issues.map(({ message }) => message)).toEqual([problem]);
});

test.each(['ftp://127.0.0.1/', 'http://', 'http://127.0.0.1/a b', 'http://127.0.0.1/#x', 'http://a\\b/'])(
  '%s is no URL of a hook',
  (wrong) => {
    expect(faultsOf({ events, url: wrong })).toEqual([expect.stringMatching(/^0\.url: expected a URL/)]);
  },
);

test('no fault repeats a secret', () => {
  expect(faultsOf({ events, url, secret: 'hush-hush' })).toEqual([
    '0.secret: too short, expected at least 16 characters',
  ]);
  expect(faultsOf({ events, url, secret: 'whsec_hush-hush-hush-hush' })).toEqual([
    '0.secret: not as it has to be, expected Base64 of at least 16 bytes behind whsec_',
  ]);
  const secret = 'hush-hush-hush-hush';
  expect(faultsOf({ events, url, secret, secretFile: '/a' })).toEqual([
    '0.secretFile: only for a hook without a secret',
  ]);
  for (const hooks of [{ url, secret }, [{ secret }], [[{ secret }]]])
    expect(JSON.stringify(faultsOf(hooks))).not.toContain('hush');
});
