import { z } from 'zod';
import { checkedString, settings } from '../setting-schema.ts';

/**
 * A certificate that the client shows in TLS, and that an authority of its listener has signed (`clientCaFile` of `listen.rtmps`,
 * `listen.https` or `listen.admin`). With neither list any of them will do; else one of either.
 */
export interface CertificateRequirement {
  readonly type: 'certificate';
  /** SHA-256 fingerprints, 64 hexadecimal digits, with colons or without; default: none. */
  readonly fingerprints: readonly string[];
  /** Patterns of its names (common name, host, e-mail address, URI), where `*` is any run of characters; default: none. */
  readonly subjects: readonly string[];
}

/** Schema of a {@link CertificateRequirement}. */
export const certificateRequirement: z.ZodObject = settings<CertificateRequirement>({
  type: z.literal('certificate'),
  fingerprints: z.array(checkedString(fingerprintProblem, 'fingerprint')).default([]),
  subjects: z.array(checkedString(subjectProblem, 'pattern of names')).default([]),
});

function fingerprintProblem(text: string): string | undefined {
  const isFingerprint = /^(?:[\da-f]{64}|[\da-f]{2}(?::[\da-f]{2}){31})$/i.test(text);
  return isFingerprint
    ? undefined
    : 'expected a SHA-256 fingerprint: 64 hexadecimal digits, with colons or without';
}

function subjectProblem(text: string): string | undefined {
  if (/^[^*]*(?:\*[^*]+)*\*?$/.test(text) && text.length >= 1 && text.length <= 255) return undefined;
  return 'expected a name such as encoder1.example.com or *.example.com';
}
