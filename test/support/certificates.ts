/** Certificates for tests, made by openssl when they are needed. */
import { X509Certificate } from 'node:crypto';
import { cp, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import type { CertificateFiles } from '../../src/config/listen-settings.ts';
import { runTool } from './run-tool.ts';

/** A certificate and its key in files. */
export interface TestCertificate extends CertificateFiles {
  /** What tells it from every other. */
  readonly fingerprint: string;
}

/** Who signs a certificate, for whom it is, and with what key. */
export interface CertificateOptions {
  /** Itself unless another is given. */
  readonly issuer?: CertificateFiles;
  readonly names?: string;
}

const keyKind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

/** A folder with certificates that goes with its scope. */
export class CertificateFolder implements AsyncDisposable {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static async make(): Promise<CertificateFolder> {
    return new CertificateFolder(await mkdtemp(join(tmpdir(), 'streampump-certificates-')));
  }

  file(name: string): string {
    return join(this.path, name);
  }

  /** Makes `name.crt` and `name.key`, for localhost and its addresses unless other names are given. */
  async certificate(
    name: string,
    { issuer, names = 'DNS:localhost,IP:127.0.0.1' }: CertificateOptions = {},
  ): Promise<TestCertificate> {
    const files = { certFile: this.file(`${name}.crt`), keyFile: this.file(`${name}.key`) };
    const signer = issuer === undefined ? [] : ['-CA', issuer.certFile, '-CAkey', issuer.keyFile];
    const args = [
      ...keyKind,
      '-days',
      '30',
      '-subj',
      `/CN=${basename(name)}`,
      '-addext',
      `subjectAltName=${names}`,
    ];
    const outputs = ['-keyout', files.keyFile, '-out', files.certFile];
    await using openssl = runTool('openssl', ['req', '-x509', ...args, ...signer, ...outputs]);
    await openssl.output;
    const { fingerprint256: fingerprint } = new X509Certificate(await readFile(files.certFile));
    return { ...files, fingerprint };
  }

  /**
   * Makes a certificate that is valid between these two days, as `YYMMDD`. Its signature is no longer right, which is a matter for
   * clients and comes after the dates.
   */
  async datedCertificate(name: string, from: string, to: string): Promise<TestCertificate> {
    const certificate = await this.certificate(name);
    const { raw } = new X509Certificate(await readFile(certificate.certFile));
    const days = [from, to];
    const dated = raw.toString('latin1').replace(/(?<=\r)\d{6}(?=\d{6}Z)/g, () => days.shift() ?? '');
    const lines =
      Buffer.from(dated, 'latin1')
        .toString('base64')
        .match(/.{1,64}/g) ?? [];
    const pem = ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
    await writeFile(certificate.certFile, pem);
    return { ...certificate, fingerprint: new X509Certificate(pem).fingerprint256 };
  }

  /** Puts one certificate's files in the place of another's, as careful tools do: whole files, key first. */
  async replace(place: CertificateFiles, by: CertificateFiles): Promise<void> {
    for (const file of ['keyFile', 'certFile'] as const) {
      await cp(by[file], `${place[file]}.new`);
      await rename(`${place[file]}.new`, place[file]);
    }
  }

  write(name: string, content: string): Promise<void> {
    return writeFile(this.file(name), content);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return rm(this.path, { recursive: true });
  }
}

/** Opens a TLS connection to this machine that believes everybody. */
export function connectTls(port: number, options: ConnectionOptions = {}): TLSSocket {
  return connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options }).on('error', () => {});
}

/** The certificate that a server shows to a new connection, by its fingerprint. */
export async function shownBy(port: number): Promise<string | undefined> {
  const socket = connectTls(port);
  const { promise, resolve, reject } = Promise.withResolvers<string | undefined>();
  socket.once('secureConnect', () => resolve(socket.getPeerX509Certificate()?.fingerprint256));
  socket.once('close', () => reject(new Error('the server closed the connection')));
  try {
    return await promise;
  } finally {
    socket.destroy();
  }
}
