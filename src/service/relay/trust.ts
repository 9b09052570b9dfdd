import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { getCACertificates } from 'node:tls';
import type { TlsSettings } from '../../config/tls-settings.ts';
import { fileReason } from '../../errors.ts';
import type { Log } from '../../log.ts';
import type { ClientTrust } from '../../session/upstream/client-tls.ts';
import { CertificateError } from '../listen/certificate.ts';

/** Whom the relay trusts as a client: the public authorities, and those of a file. @throws CertificateError with the file */
export function readTrust({ caFile }: TlsSettings): ClientTrust {
  return caFile === null
    ? {}
    : { ca: [...getCACertificates('default'), ...readAuthorities(caFile).map(String)] };
}

/** As {@link readTrust}, after the file may have changed: one that cannot be used changes nothing but the log. */
export function renewTrust(settings: TlsSettings, former: ClientTrust, log: Log): ClientTrust {
  try {
    return readTrust(settings);
  } catch (error) {
    if (!(error instanceof CertificateError)) throw error;
    log.error('certificate', `keeping the old certificate authorities: ${error.message}`);
    return former;
  }
}

/**
 * The certificates of a file, each read by itself: OpenSSL takes those that it can read and does not mention the others.
 * @throws CertificateError with the file
 */
export function readAuthorities(file: string): readonly X509Certificate[] {
  const found = readText(file).match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  if (found.length === 0) throw new CertificateError(`${file} holds no certificate in PEM form`);
  return found.map((pem) => {
    try {
      return new X509Certificate(pem);
    } catch (error) {
      const { message } = error as Error;
      throw new CertificateError(`${file} holds a certificate that cannot be read: ${message}`);
    }
  });
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new CertificateError(`${file} cannot be read: ${fileReason(error)}`);
  }
}
