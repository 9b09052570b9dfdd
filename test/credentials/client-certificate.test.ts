import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { readClientCertificate } from '../../src/credentials/client-certificate.ts';
import { CertificateFolder } from '../support/certificates.ts';

test('a certificate has its common name, its other names but for addresses, and its fingerprint', async () => {
  await using folder = await CertificateFolder.make();
  const names = 'DNS:encoder.example,IP:192.0.2.1,email:a@b.example,URI:spiffe://x/y';
  const { certFile, fingerprint } = await folder.certificate('studio 1', { names });
  const x509 = new X509Certificate(await readFile(certFile));
  expect(readClientCertificate(x509)).toEqual({
    names: ['studio 1', 'encoder.example', 'a@b.example', 'spiffe://x/y'],
    fingerprint: fingerprint.replaceAll(':', '').toLowerCase(),
    validTo: x509.validToDate,
  });
});

test.each([
  { subject: 'C=CA\nO=x\nCN=a', subjectAltName: undefined, names: ['a'] },
  { subject: 'CN=a\nCN=b', subjectAltName: undefined, names: ['a', 'b'] },
  { subject: 'CN=a\\, CN\\=b', subjectAltName: undefined, names: ['a, CN=b'] },
  { subject: 'O=CN\\=a', subjectAltName: undefined, names: [] },
  {
    subject: undefined,
    subjectAltName: 'URI:"x, DNS:admin.example", DNS:b',
    names: ['x, DNS:admin.example', 'b'],
  },
  { subject: undefined, subjectAltName: 'IP Address:192.0.2.1, DNS:b', names: ['b'] },
  { subject: `CN=${'x'.repeat(256)}`, subjectAltName: 'DNS:b', names: ['b'] },
])('$subject and $subjectAltName', ({ subject, subjectAltName, names }) => {
  const certificate = { subject, subjectAltName, fingerprint256: 'AB:CD', validToDate: new Date(0) };
  const read = readClientCertificate(certificate as unknown as X509Certificate);
  expect(read).toEqual({ names, fingerprint: 'abcd', validTo: new Date(0) });
});
