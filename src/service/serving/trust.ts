import { nodeTls } from '../../built-in.ts';
import type { TlsSettings } from '../../config/tls-settings.ts';
import type { Log } from '../../log.ts';
import type { ClientTrust } from '../../session/upstream/client-tls.ts';
import { CertificateError, readAuthorities } from '../listen/tls/authorities.ts';
import { makeCertificate } from '../listen/tls/certificate.ts';

/**
 * Whom a service trusts as a client, the public authorities and those of a file, and what it shows there itself.
 * @throws CertificateError with the file
 */
export function readTrust({ caFile, certFile, keyFile }: TlsSettings): ClientTrust {
  const ca =
    caFile === null
      ? {}
      : { ca: [...nodeTls().getCACertificates('default'), ...readAuthorities(caFile).map(String)] };
  if (certFile === null || keyFile === null) return ca;
  const { cert, key } = makeCertificate({ certFile, keyFile });
  return { ...ca, identity: { cert, key } };
}

/** As {@link readTrust}, after the file may have changed: one that cannot be used changes nothing but the log. */
export function renewTrust(settings: TlsSettings, former: ClientTrust, log: Log): ClientTrust {
  try {
    return readTrust(settings);
  } catch (error) {
    if (!(error instanceof CertificateError)) throw error;
    log.error('certificate', `keeping the old certificates for other servers: ${error.message}`);
    return former;
  }
}
