import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { loadRelayConfig, type RelayOverrides } from '../../src/config/load-config.ts';

const folder = mkdtempSync(join(tmpdir(), 'streampump-config-'));
const file = join(folder, 'relay.config.json');
afterAll(() => rmSync(folder, { recursive: true }));

function load(listen: unknown, env: NodeJS.ProcessEnv = {}, overrides: RelayOverrides = {}) {
  writeFileSync(file, JSON.stringify({ listen }));
  return loadRelayConfig({ file, env, overrides }).listen;
}

test('the admin listener has TLS once it has a certificate, and faults where it is not whole', () => {
  const admin = (value: object) => load({ admin: value }).admin;
  expect(admin({ ...files, clientCaFile: '/ca', requireClientCertificate: true })).toMatchObject([
    { port: 9935, ...files, clientCaFile: '/ca', requireClientCertificate: true },
  ]);
  expect(admin({ certFile: null, keyFile: null })).toMatchObject([
    { port: 9935, certFile: null, keyFile: null },
  ]);
  for (const [value, problem] of [
    [{ certFile: '/a' }, 'keyFile: missing, expected a file, because there is a certFile'],
    [{ keyFile: '/a' }, 'certFile: missing, expected a file, because there is a keyFile'],
    [{ clientCaFile: '/a' }, 'certFile: missing, expected a file, because there is a clientCaFile'],
    [
      { ...files, requireClientCertificate: true },
      'clientCaFile: missing, expected a file, because requireClient',
    ],
  ] as const)
    expect(() => admin(value)).toThrow(`listen.admin.${problem}`);
});

const files = { certFile: '/a.crt', keyFile: '/a.key' };
const clients = { clientCaFile: null, requireClientCertificate: false };

describe.each([
  { protocol: 'rtmps', port: 1936 },
  { protocol: 'https', port: 8443 },
] as const)('$protocol', ({ protocol, port }) => {
  const place = (value: unknown) => load({ [protocol]: value })[protocol];

  test('is off by default, as null, as an empty list, and without files', () => {
    expect(load({})[protocol]).toEqual([]);
    for (const off of [null, [], { certFile: null, keyFile: null }, [{ certFile: null, keyFile: null }]])
      expect(place(off)).toEqual([]);
  });

  test('has a port of its own and the files that it is given', () => {
    expect(place(files)).toEqual([{ host: '::', port, ...files, ...clients }]);
    expect(place([files, { port: 7, ...files }])).toMatchObject([{ port }, { port: 7 }]);
  });

  test('file names are relative to the folder of the config file', () => {
    const [found] = place({ certFile: 'tls/a.crt', keyFile: '../a.key' });
    expect(found).toMatchObject({ certFile: join(folder, 'tls/a.crt'), keyFile: join(folder, '../a.key') });
  });

  test('--host is for it when it is on, and does not turn it on', () => {
    const overrides = { host: '127.0.0.1' };
    expect(load({ [protocol]: files }, {}, overrides)[protocol]).toMatchObject([{ host: '127.0.0.1', port }]);
    expect(load({}, {}, overrides)[protocol]).toEqual([]);
  });

  test('variables turn it on', () => {
    const prefix = `STREAMPUMP_LISTEN_${protocol.toUpperCase()}`;
    const env = { [`${prefix}_CERT_FILE`]: 'a.crt', [`${prefix}_KEY_FILE`]: 'a.key' };
    const found = { certFile: 'a.crt', keyFile: 'a.key', ...clients };
    expect(load({}, env)[protocol]).toEqual([{ host: '::', port, ...found }]);
  });

  test.each([
    { value: { port: 1 }, problems: ['certFile: missing, expected a file name or null', 'keyFile: missing'] },
    {
      value: { certFile: '/a', keyFile: null },
      problems: ['keyFile: expected a file, because there is a certFile'],
    },
    {
      value: { certFile: null, keyFile: '/a' },
      problems: ['certFile: expected a file, because there is a keyFile'],
    },
    {
      value: { ...files, requireClientCertificate: true },
      problems: ['clientCaFile: missing, expected a file, because requireClientCertificate is true'],
    },
    { value: { ...files, keyFile: '' }, problems: ['keyFile: empty, expected the name of a file'] },
    {
      value: { ...files, keyfile: '/a' },
      problems: [
        'keyfile: unknown setting, expected host, port, certFile, keyFile, clientCaFile or requireClientCertificate',
      ],
    },
  ])('$value is refused', ({ value, problems }) => {
    for (const problem of problems) expect(() => place(value)).toThrow(`listen.${protocol}.${problem}`);
  });
});
