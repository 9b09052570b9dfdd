import { lookup } from 'node:dns/promises';
import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { CertificateFiles } from '../../../src/config/listen-settings.ts';
import { relaySettings } from '../../../src/config/relay-settings.ts';
import { namedSettings } from '../../../src/config/setting-schema.ts';
import { newRecordingKey } from '../../../src/credentials/recording-key.ts';
import { preflight } from '../../../src/service/relay/preflight.ts';
import { PreflightError } from '../../../src/service/serving/preflight.ts';
import { CertificateFolder } from '../../support/certificates.ts';

let folder: CertificateFolder;
let good: CertificateFiles;
let other: CertificateFiles;
let expired: CertificateFiles;
let early: CertificateFiles;

beforeAll(async () => {
  folder = await CertificateFolder.make();
  good = filesOf(await folder.certificate('good'));
  other = filesOf(await folder.certificate('other'));
  expired = filesOf(await folder.datedCertificate('expired', '200101', '200131'));
  early = filesOf(await folder.datedCertificate('early', '490101', '490131'));
});
afterAll(() => folder[Symbol.asyncDispose]());

function filesOf({ certFile, keyFile }: CertificateFiles): CertificateFiles {
  return { certFile, keyFile };
}

const free = { host: '127.0.0.1', port: 0 };

/** The faults as kind and line, without the folder. */
async function faultsOf(config: Readonly<Record<string, unknown>>): Promise<(readonly [string, string])[]> {
  const faults = await preflight(relaySettings.parse(config));
  return faults.map(
    ({ kind, path, problem }) => [kind, `${path}: ${problem}`.replaceAll(`${folder.path}/`, '')] as const,
  );
}

const listen = (more: Readonly<Record<string, unknown>>) => ({ listen: { rtmp: free, ...more } });

test('nothing is wrong with the defaults, nor with good files on addresses of this machine', async () => {
  expect(await faultsOf({})).toEqual([]);
  const hosts = ['0.0.0.0', '127.0.0.2', 'localhost', '::ffff:127.0.0.1'];
  const http = hosts.map((host) => ({ host, port: 0 }));
  expect(
    await faultsOf({ ...listen({ http, https: { ...free, ...good } }), tls: { caFile: good.certFile } }),
  ).toEqual([]);
});

test('the files of an admin listener are looked at where it has some', async () => {
  const admin = { ...free, certFile: good.certFile, keyFile: other.keyFile };
  expect(await faultsOf(listen({ admin: [free, admin] }))).toEqual([
    ['file', 'listen.admin.1: the key in other.key does not belong to the certificate in good.crt'],
  ]);
});

test('the keys of recordings are looked at before a start, and are no secret to those who may not read them', async () => {
  const [key, open, wrong] = ['key', 'open.key', 'wrong.key'].map((name) => folder.file(name));
  await writeFile(key ?? '', `${newRecordingKey()}\n`, { mode: 0o600 });
  await writeFile(open ?? '', `${newRecordingKey()}\n`, { mode: 0o644 });
  await writeFile(wrong ?? '', 'sesame\n', { mode: 0o600 });
  const encrypted = (keyFiles: readonly unknown[]) => ({
    ...listen({}),
    recordings: { folder: folder.file('films'), encryption: { keyFiles } },
  });
  expect(await faultsOf(encrypted([key]))).toEqual([]);
  expect(await faultsOf(encrypted([folder.file('no.key'), key, open, wrong]))).toEqual([
    ['file', 'recordings.encryption.keyFiles.0: no.key cannot be read: no such file or directory'],
    [
      'file',
      'recordings.encryption.keyFiles.2: others may read or write open.key, expected a file that only its owner may: chmod 0600',
    ],
    [
      'file',
      'recordings.encryption.keyFiles.3: wrong.key: expected one line, a key as streampump recording-key makes it',
    ],
  ]);
});

test('the access key of uploads is looked at', async () => {
  const file = folder.file('access.key');
  const uploaded = (credentialsFile: string) => ({
    ...listen({}),
    recordings: {
      folder: folder.file('films'),
      upload: { endpoint: 'https://s3.example', bucket: 'films', credentialsFile },
    },
  });
  await writeFile(file, '# of the relay\nAKIDEXAMPLE\na-secret-of-the-storage\n');
  expect(await faultsOf(uploaded(file))).toEqual([]);
  await writeFile(file, 'AKIDEXAMPLE\n');
  const [[kind, line] = []] = await faultsOf(uploaded(file));
  expect(kind).toBe('file');
  expect(line).toMatch(
    /^recordings\.upload\.credentialsFile: access\.key: expected a line with the id of an access key and one with its secret/,
  );
  expect(line).not.toContain('AKIDEXAMPLE');
});

test('all that is wrong with all files is told, each with its setting', async () => {
  const missing = { certFile: folder.file('none.crt'), keyFile: folder.file('none.key') };
  const rtmps = [
    { ...free, ...missing },
    { ...free, certFile: good.certFile, keyFile: other.keyFile },
    { ...free, certFile: good.keyFile, keyFile: good.certFile },
  ];
  expect(await faultsOf({ ...listen({ rtmps }), tls: { caFile: folder.file('none.pem') } })).toEqual([
    ['file', 'listen.rtmps.0: none.crt cannot be read: no such file or directory'],
    ['file', 'listen.rtmps.0: none.key cannot be read: no such file or directory'],
    ['file', 'listen.rtmps.1: the key in other.key does not belong to the certificate in good.crt'],
    ['file', 'listen.rtmps.2: good.key holds no certificate in PEM form'],
    ['file', 'listen.rtmps.2: good.crt holds no private key in PEM form'],
    ['file', 'tls.caFile: none.pem cannot be read: no such file or directory'],
  ]);
});

test('a certificate that is not valid today is a matter of its date', async () => {
  const config = listen({ rtmps: { ...free, ...expired }, https: { ...free, ...early } });
  expect(await faultsOf({ ...config, tls: { caFile: expired.certFile } })).toEqual([
    ['date', 'listen.rtmps: clients will refuse expired.crt: it expired on 2020-01-31'],
    ['date', 'listen.https: clients will refuse early.crt: it is not valid before 2049-01-01'],
    ['date', 'tls.caFile: every certificate in expired.crt has expired or is not valid yet'],
  ]);
  const both = await Promise.all([expired, good].map(({ certFile }) => readFile(certFile, 'utf8')));
  await folder.write('both.pem', both.join(''));
  expect(await faultsOf({ tls: { caFile: folder.file('both.pem') } })).toEqual([]);
});

test.runIf(process.platform === 'linux')('addresses that this machine does not have', async () => {
  const http = ['198.51.100.7', '2001:db8::7'].map((host) => ({ host, port: 80 }));
  expect(await faultsOf(listen({ http }))).toEqual([
    ['address', 'listen.http.0.host: 198.51.100.7 is not an address of this machine'],
    ['address', 'listen.http.1.host: 2001:db8::7 is not an address of this machine'],
  ]);
});

test('a host name that cannot be resolved', async () => {
  const [[kind, line] = []] = await faultsOf(listen({ http: { host: 'no..host', port: 80 } }));
  expect(kind).toBe('address');
  expect(line).toMatch(/^listen\.http\.host: no\.\.host cannot be resolved to an address \(E\w+\)$/);
});

test('two names of one address on one port', async () => {
  const { address } = await lookup('localhost');
  const listen = { rtmp: { host: address, port: 80 }, http: { host: 'localhost', port: 80 }, admin: null };
  const [[kind, line] = [], ...more] = await faultsOf({ listen });
  expect([kind, more]).toEqual(['address', []]);
  const says = `listen.http.host: localhost is ${address}, whose port is taken: listen.rtmp listens on `;
  expect(line?.startsWith(says)).toBe(true);
});

test('the error has a line for each fault', () => {
  const fault = { kind: 'file', path: 'tls.caFile', problem: 'a.pem is gone' } as const;
  expect(new PreflightError([fault, fault]).message).toBe(
    'tls.caFile: a.pem is gone\ntls.caFile: a.pem is gone',
  );
});

test('every setting that names a file is looked at', async () => {
  const settings = namedSettings(relaySettings).filter(
    ({ path }) => path.at(-1)?.endsWith('File') && path.at(-1) !== 'copyFile', // which is written
  );
  expect(settings.length).toBeGreaterThan(2);
  for (const { path } of settings) {
    const name = folder.file(path.join('.'));
    const [section = '', inner = '', leaf] = path;
    const { certFile, keyFile: certKeyFile } = good;
    const house = { url: 'https://house.example', id: 'a', certFile, certKeyFile };
    const pair = section === 'house' ? house : section === 'tls' && inner !== 'caFile' ? good : {};
    const upload = { endpoint: 'https://s3.example', bucket: 'films' };
    const config =
      inner === 'upload' && leaf !== undefined
        ? { [section]: { folder: folder.file('films'), [inner]: { ...upload, [leaf]: name } } }
        : leaf === undefined
          ? { [section]: { ...pair, [inner]: name } }
          : { [section]: { rtmp: free, [inner]: { ...free, ...good, [leaf]: name } } };
    expect(await faultsOf(config)).toEqual([
      ['file', expect.stringContaining(`${path.join('.')} cannot be read`)],
    ]);
  }
});

test('the secrets of hooks are looked at', async () => {
  const hook = { events: ['play'], url: 'http://127.0.0.1:1/' };
  const short = folder.file('short-secret');
  await writeFile(short, 'hush\n');
  expect(
    await faultsOf({ hooks: [hook, { ...hook, secretFile: short }, { ...hook, secretFile: '/none' }] }),
  ).toEqual([
    ['file', 'hooks.1.secretFile: short-secret: too short, expected at least 16 characters'],
    ['file', 'hooks.2.secretFile: /none cannot be read: no such file or directory'],
  ]);
});

test('a file of keys has to be readable, and each line of it a key; the fault repeats none', async () => {
  const file = `${folder.path}/keys`;
  await writeFile(file, 'ann hush-hush\n\nann bob hush-hush\n');
  const rules = [
    { match: 'a/*', verbs: ['play'], require: [{ type: 'key', file: `${folder.path}/none` }] },
    { verbs: ['play'], require: [{ type: 'key' }, { type: 'key', file }] },
    { match: 'b/*', verbs: ['publish'], require: [{ type: 'key', streamKeysFile: file }] },
  ];
  expect(await faultsOf({ ...listen({}), access: { rules } })).toEqual([
    ['file', 'access.rules.0.require.0: none cannot be read: no such file or directory'],
    ['file', 'access.rules.1.require.1: keys: line 3: expected a key, or a name, a space and a key'],
    ['file', 'access.rules.2.require.0: keys: line 1: expected a stream key such as live/cam1'],
  ]);
});
