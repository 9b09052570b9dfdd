import type { SignedRequirement } from '../../../config/access/signed-requirement.ts';
import { NetworkList, networkProblem } from '../../../config/networks.ts';
import { readCredentialLines } from '../../../credentials/credential-file.ts';
import {
  SignatureError,
  type SignedPermit,
  type SignedVerb,
  SigningSecrets,
  secretLineProblem,
  signatureParameter,
} from '../../../credentials/signed-url.ts';
import {
  absent,
  type Proof,
  type ProofQuestion,
  type ProvenTerms,
  type Verifier,
  type VerifierParts,
} from './verifier.ts';

/** Lets in who has a signed URL. @throws CredentialFileError */
export function signedVerifier(settings: SignedRequirement, parts: VerifierParts): Verifier {
  const secrets = new SigningSecrets(secretsOf(settings));
  return {
    kind: 'signed',
    parameters: [signatureParameter],
    wants: `a signed URL (?${signatureParameter}=...)`,
    verify(question, shown) {
      const signature = shown.get(signatureParameter);
      if (signature === undefined) return absent;
      try {
        const permit = secrets.open(signature);
        return objectionTo(permit, question, parts) ?? { is: 'proven', ...termsOf(permit, parts) };
      } catch (error) {
        if (!(error instanceof SignatureError)) throw error;
        return { is: 'wrong', description: error.message, isFailure: true };
      }
    },
  };
}

function secretsOf({ secrets, secretsFile }: SignedRequirement): readonly (readonly [string, string])[] {
  const lines = secretsFile === null ? [] : readCredentialLines(secretsFile, secretLineProblem);
  const listed = lines
    .map((line) => line.split(/\s+/))
    .map(([id = '', secret = '']) => [id, secret] as const);
  return [...Object.entries(secrets), ...listed];
}

/** What else a signature is for: relays pull, and only what is published is recorded. */
const includes: Partial<Record<SignedVerb, string>> = { relay: 'play', record: 'publish' };

/** Why a signature that is right is of no use here. */
function objectionTo(permit: SignedPermit, question: ProofQuestion, parts: VerifierParts): Proof | undefined {
  const { verb, key, address, intent } = question;
  const isFor = permit.verb === verb || includes[permit.verb] === verb;
  if (!isFor) return unfit(`the signed URL is to ${permit.verb}, not to ${verb}`);
  if (permit.stream !== key) return unfit('the signed URL is for another stream'); // the key may be nearly a secret
  if (permit.relay !== undefined && permit.relay !== parts.relayName)
    return unfit('the signed URL is for another server');
  if (permit.address !== undefined && !isWithin(address, permit.address))
    return unfit(`the signed URL is for another address than ${address}`);
  const { joinUntil, playUntil = Number.POSITIVE_INFINITY } = permit;
  // whoever has begun in time may go on
  const until = intent === 'again' ? playUntil : Math.min(joinUntil, playUntil);
  if (parts.wallMs() < until * 1000) return undefined;
  return { is: 'wrong', description: `the signed URL has expired at ${dateText(until)}`, isFailure: false };
}

function termsOf({ playUntil, identity }: SignedPermit, { clock, wallMs }: VerifierParts): ProvenTerms {
  const leftMs = playUntil === undefined ? undefined : playUntil * 1000 - wallMs();
  return {
    ...(leftMs === undefined ? {} : { until: clock.now() + leftMs }),
    ...(identity === undefined ? {} : { identity }),
  };
}

function isWithin(address: string, network: string): boolean {
  return networkProblem(network) === undefined && new NetworkList([network]).contains(address);
}

function unfit(description: string): Proof {
  return { is: 'wrong', description, isFailure: false, refused: 'credentials' };
}

function dateText(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}
