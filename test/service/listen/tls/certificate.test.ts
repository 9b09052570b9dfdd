import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { CertificateFiles } from '../../../../src/config/listen-settings.ts';
import { CertificateError } from '../../../../src/service/listen/tls/authorities.ts';
import { readCertificate, timeProblem } from '../../../../src/service/listen/tls/certificate.ts';
import { CertificateFolder, type TestCertificate } from '../../../support/certificates.ts';
import { runTool } from '../../../support/run-tool.ts';

let folder: CertificateFolder;
let good: TestCertificate;
let other: TestCertificate;

beforeAll(async () => {
  folder = await CertificateFolder.make();
  good = await folder.certificate('good');
  other = await folder.certificate('other');
});
afterAll(() => folder[Symbol.asyncDispose]());

test('reads a certificate with its key', async () => {
  const { cert, key, subject, validFrom, validTo } = await readCertificate(good);
  expect([cert, key]).toEqual([await readFile(good.certFile, 'utf8'), await readFile(good.keyFile, 'utf8')]);
  expect(subject).toBe('CN=good');
  expect(validTo.getTime() - validFrom.getTime()).toBe(30 * 86_400_000);
});

test('says when a certificate is good', async () => {
  const certificate = await readCertificate(good);
  expect(timeProblem(certificate)).toBeUndefined();
  expect(timeProblem(certificate, new Date('2020-01-01'))).toMatch(
    /^it is not valid before 20\d\d-\d\d-\d\d$/,
  );
  expect(timeProblem(certificate, new Date('2999-01-01'))).toMatch(/^it expired on 20\d\d-\d\d-\d\d$/);
});

/** What is wrong with a pair, without the folder. */
async function problemOf(files: Partial<CertificateFiles>): Promise<string> {
  const reading = readCertificate({ ...good, ...files });
  await expect(reading).rejects.toThrow(CertificateError);
  const { message } = (await reading.catch((error: Error) => error)) as Error;
  return message.replaceAll(`${folder.path}/`, '');
}

test('a file that cannot be read', async () => {
  const missing = folder.file('missing');
  expect(await problemOf({ certFile: missing })).toBe('missing cannot be read: no such file or directory');
  expect(await problemOf({ keyFile: missing })).toBe('missing cannot be read: no such file or directory');
  expect(await problemOf({ certFile: folder.path })).toContain(
    'cannot be read: illegal operation on a directory',
  );
});

test('of two files that cannot be used both are told', async () => {
  const missing = { certFile: folder.file('a'), keyFile: folder.file('b') };
  expect(await problemOf(missing)).toBe(
    'a cannot be read: no such file or directory; b cannot be read: no such file or directory',
  );
  expect(await problemOf({ certFile: good.keyFile, keyFile: missing.keyFile })).toBe(
    'good.key holds no certificate in PEM form; b cannot be read: no such file or directory',
  );
});

test('files that hold something else', async () => {
  await folder.write('text', 'hello');
  await folder.write('broken.crt', '-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n');
  await folder.write('broken.key', '-----BEGIN PRIVATE KEY-----\naGVsbG8=\n-----END PRIVATE KEY-----\n');
  expect(await problemOf({ certFile: folder.file('text') })).toBe('text holds no certificate in PEM form');
  expect(await problemOf({ keyFile: folder.file('text') })).toBe('text holds no private key in PEM form');
  expect(await problemOf({ certFile: good.keyFile })).toBe('good.key holds no certificate in PEM form');
  expect(await problemOf({ keyFile: good.certFile })).toBe('good.crt holds no private key in PEM form');
  expect(await problemOf({ certFile: folder.file('broken.crt') })).toMatch(
    /^broken\.crt holds a certificate that cannot be read: ./,
  );
  expect(await problemOf({ keyFile: folder.file('broken.key') })).toMatch(
    /^broken\.key holds a key that cannot be read: ./,
  );
});

test('a certificate and a key that do not belong together', async () => {
  expect(await problemOf({ keyFile: other.keyFile })).toBe(
    'the key in other.key does not belong to the certificate in good.crt',
  );
});

test('a key with a passphrase', async () => {
  const keyFile = folder.file('locked.key');
  const args = ['pkcs8', '-topk8', '-in', good.keyFile, '-out', keyFile, '-passout', 'pass:sesame'];
  await using openssl = runTool('openssl', args);
  await openssl.output;
  expect(await problemOf({ keyFile })).toContain('the key in locked.key has a passphrase');
});

test('a key that is too weak', async () => {
  const files = { certFile: folder.file('weak.crt'), keyFile: folder.file('weak.key') };
  const outputs = ['-keyout', files.keyFile, '-out', files.certFile];
  const args = ['req', '-x509', '-newkey', 'rsa:512', '-nodes', '-subj', '/CN=weak', ...outputs];
  await using openssl = runTool('openssl', args);
  await openssl.output;
  expect(await problemOf(files)).toBe('weak.crt with weak.key cannot be used: ee key too small');
});
