import type { CertificateRequirement } from '../../../config/access/certificate-requirement.ts';
import type { ClientCertificate } from '../../../credentials/client-certificate.ts';
import { absent, type Proof, type Verifier, type VerifierParts } from './verifier.ts';

const otherCertificate: Proof = {
  is: 'wrong',
  description: 'this certificate is not one of those that are let in here',
  isFailure: true,
};

/** A connection may last longer than what was shown when it began. */
const expired: Proof = { is: 'wrong', description: 'this certificate has expired', isFailure: false };

/** Lets in who has shown a certificate of an authority that its listener believes, until it expires. */
export function certificateVerifier(
  { fingerprints, subjects }: CertificateRequirement,
  { clock }: VerifierParts,
): Verifier {
  const known = new Set(fingerprints.map((text) => text.replaceAll(':', '').toLowerCase()));
  const patterns = subjects.map(patternOf);
  const isMeant = ({ fingerprint, names }: ClientCertificate): boolean =>
    (known.size === 0 && patterns.length === 0) ||
    known.has(fingerprint) ||
    patterns.some((pattern) => names.some((name) => pattern.test(name)));
  return {
    kind: 'certificate',
    parameters: [],
    wants: 'a client certificate (TLS)',
    verify({ credentials: { certificate } }) {
      if (certificate === undefined) return absent;
      if (!isMeant(certificate)) return otherCertificate;
      const { names, fingerprint, validTo } = certificate;
      const leftMs = validTo.getTime() - Date.now();
      if (leftMs <= 0) return expired;
      const until = clock.now() + leftMs;
      return { is: 'proven', until, identity: names[0] ?? fingerprint };
    },
  };
}

/** Hosts and addresses are alike in small and capital letters. */
function patternOf(subject: string): RegExp {
  const parts = subject.split('*').map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 'is');
}
