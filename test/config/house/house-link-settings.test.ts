import { describe, expect, test } from 'vitest';
import { readRelayConfig } from '../../../src/config/load-config.ts';
import { relaySettings } from '../../../src/config/relay-settings.ts';

const read = (house: unknown) =>
  readRelayConfig({ env: { STREAMPUMP_HOUSE: JSON.stringify(house) } }).error?.message.split('\n') ?? [];

const sound = { url: 'https://house.example.org', id: 'north-1', keyFile: '/etc/key' };

describe('the house of a relay', () => {
  test.each([
    ['nothing', undefined],
    ['null', null],
    ['a section without a URL', { keyFile: '/etc/key' }],
  ])('is none with %s', (_what, house) => {
    expect(relaySettings.parse({ house }).house).toBeNull();
  });

  test('has defaults for the rest', () => {
    expect(relaySettings.parse({ house: sound }).house).toEqual({
      ...sound,
      ...{ caFile: null, certFile: null, certKeyFile: null, insecure: false, copyFile: 'auto' },
    });
  });

  test.each([
    [{ ...sound, url: 'wss://house.example.org:8443' }, []],
    [{ ...sound, url: 'https://house.example.org/' }, []],
    [{ ...sound, url: 'ws://127.0.0.1:8079', insecure: true }, []],
    [{ ...sound, keyFile: undefined, certFile: '/a.crt', certKeyFile: '/a.key' }, []],
    [{ ...sound, url: 'http://house.example.org' }, ['url: expected https:// or wss://']],
    [{ ...sound, url: 'ws://house.example.org' }, ['url: expected https:// or wss://']],
    [{ ...sound, url: 'https://user:password@house.example.org' }, ['url: expected a URL without path']],
    [{ ...sound, url: 'https://house.example.org/fleet' }, ['url: expected a URL without path']],
    [{ ...sound, url: 'rtmp://house.example.org' }, ['url: expected a URL without path']],
    [{ url: sound.url, keyFile: '/etc/key' }, ['id: missing, expected what the relay is called']],
    [{ url: sound.url, id: 'a' }, ['keyFile: missing, expected the file of the key']],
    [{ ...sound, id: 'a/b' }, ['id: expected 1 to 64 letters']],
    [
      { ...sound, certFile: '/a.crt' },
      ['certKeyFile: missing, expected a file, because there is a certFile'],
    ],
    [{ ...sound, key: 'secret' }, ['key: unknown setting']],
  ])('%j', (house, problems) => {
    const found = read(house);
    expect(found).toHaveLength(problems.length);
    for (const [index, problem] of problems.entries()) expect(found[index]).toContain(problem);
  });

  test('can be named on the command line, over what the config says', () => {
    const env = { STREAMPUMP_HOUSE: JSON.stringify({ ...sound, caFile: '/ca.crt' }) };
    const overrides = { house: 'wss://other.example.org', houseId: 'south', houseKeyFile: 'keys/south' };
    expect(readRelayConfig({ env, overrides }).settings.house).toMatchObject({
      ...{ url: 'wss://other.example.org', id: 'south', caFile: '/ca.crt' },
      keyFile: `${process.cwd()}/keys/south`,
    });
    const wrong = readRelayConfig({ env: {}, overrides: { ...overrides, house: 'ws://other.example.org' } });
    expect(wrong.error?.message).toContain('command line: --house: expected https:// or wss://');
  });

  test('what it gives cannot be written into a config: permits are its own', () => {
    const env = { STREAMPUMP_ACCESS: JSON.stringify({ permits: { keys: {}, relay: 'a', only: false } }) };
    expect(readRelayConfig({ env }).error?.message).toContain('permits: unknown setting');
    expect(relaySettings.parse({}).access.permits).toBeNull();
  });
});
