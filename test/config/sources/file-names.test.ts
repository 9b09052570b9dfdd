import { expect, test } from 'vitest';
import { resolveFileNames } from '../../../src/config/sources/file-names.ts';

test('file names are made absolute wherever they stand, and nothing else is', () => {
  const config = {
    name: 'a',
    listen: {
      rtmps: { port: 1, certFile: 'a.crt', keyFile: '../keys/a.key' },
      https: [{ certFile: '/etc/a.crt', keyFile: null }, 5, null],
    },
    tls: { caFile: '' },
    profile: 'x',
    house: { keyFile: 'a.key', copyFile: 'auto', caFile: 'auto' },
    elsewhere: { copyFile: 'copy.json' },
    encryption: { keyFiles: ['new.key', '/etc/old.key', '', 5], profiles: ['x'] },
  };
  expect(resolveFileNames(config, '/srv/relay')).toEqual({
    name: 'a',
    listen: {
      rtmps: { port: 1, certFile: '/srv/relay/a.crt', keyFile: '/srv/keys/a.key' },
      https: [{ certFile: '/etc/a.crt', keyFile: null }, 5, null],
    },
    tls: { caFile: '' },
    profile: 'x',
    house: { keyFile: '/srv/relay/a.key', copyFile: 'auto', caFile: '/srv/relay/auto' },
    elsewhere: { copyFile: '/srv/relay/copy.json' },
    encryption: { keyFiles: ['/srv/relay/new.key', '/etc/old.key', '', 5], profiles: ['x'] },
  });
});
