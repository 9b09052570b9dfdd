import { nodeTls } from '../../../../built-in.ts';
import type { HouseLinkSettings } from '../../../../config/house/house-link-settings.ts';
import type { ClientTrust } from '../../../../session/upstream/client-tls.ts';
import { readAuthorities } from '../../../listen/tls/authorities.ts';
import { makeCertificate } from '../../../listen/tls/certificate.ts';

/**
 * By whom a relay lets its house's certificate be vouched for, and what it shows of itself there. The files are read each time.
 * @throws CertificateError with the file
 */
export function readHouseTrust({
  caFile,
  certFile,
  certKeyFile,
}: Pick<HouseLinkSettings, 'caFile' | 'certFile' | 'certKeyFile'>): ClientTrust {
  const ca =
    caFile === null
      ? [...nodeTls().getCACertificates('default'), ...nodeTls().getCACertificates('system')]
      : readAuthorities(caFile).map(String);
  if (certFile === null || certKeyFile === null) return { ca };
  const { cert, key } = makeCertificate({ certFile, keyFile: certKeyFile });
  return { ca, identity: { cert, key } };
}
