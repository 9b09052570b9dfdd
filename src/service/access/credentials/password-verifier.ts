import type { PasswordRequirement } from '../../../config/access/password-requirement.ts';
import { isAuthmodAnswer } from '../../../credentials/authmod-answer.ts';
import { digestChallenges, isDigestOf } from '../../../credentials/digest.ts';
import { parseDigestCredentials, quoted } from '../../../credentials/digest-header.ts';
import { passwordProblem, userProblem } from '../../../credentials/password-verifiers.ts';
import type { QueryParameters } from '../../../credentials/query-parameters.ts';
import type { Authmod } from '../../../protocol/rtmp/dialogue/authmod.ts';
import type { Credentials, DigestShown } from '../../../session/access.ts';
import { KnownUsers } from './known-users.ts';
import type { PasswordAnswer } from './password-queue.ts';
import {
  absent,
  type ConnectVerifier,
  type Proof,
  type ProofQuestion,
  type Verifier,
  type VerifierParts,
} from './verifier.ts';

const wrong: Proof = { is: 'wrong', description: 'the user or the password is wrong', isFailure: true };
const repeated: Proof = { is: 'wrong', description: 'this answer was given before', isFailure: true };
const late: Proof = { is: 'wrong', description: 'the answer came too late: connect again', isFailure: false };
const busy: Proof = {
  is: 'unchecked',
  refused: 'password-limit',
  description: 'the server has too many passwords to look at: try again in a few seconds',
};

/** Lets in who knows the password of a user. */
export class PasswordVerifier implements Verifier {
  readonly kind = 'password';
  readonly parameters: readonly string[] = ['user', 'pass'];
  readonly wants = 'a user and a password (?user=...&pass=...)';
  readonly connect: ConnectVerifier | undefined;
  readonly #users: KnownUsers;
  readonly #realm: string;
  readonly #parts: VerifierParts;

  /** @throws CredentialFileError */
  constructor(settings: PasswordRequirement, parts: VerifierParts) {
    this.#users = new KnownUsers(settings);
    this.#realm = settings.realm;
    this.#parts = parts;
    if (this.#users.doRtmp)
      this.connect = {
        asks: settings.rtmpChallenge,
        knows: (user) => this.#users.has(user),
        challenge: (user, address) => ({
          salt: this.#users.rtmpSaltOf(user),
          opaque: parts.challenges.forRtmp(user, address),
        }),
        verify: (authmod, address) => this.#verifyAuthmod(authmod, address),
      };
  }

  verify(question: ProofQuestion, shown: QueryParameters, signal: AbortSignal): Proof | Promise<Proof> {
    const { address, credentials } = question;
    const sent = sentPassword(credentials, shown);
    if (sent !== undefined) return this.#verifySent(sent, question, signal);
    const { digest, authmod } = credentials;
    if (digest !== undefined) return this.#verifyDigest(digest, address);
    return authmod === undefined ? absent : this.#verifyAuthmod(authmod, address);
  }

  challenges({ address }: ProofQuestion, isStale: boolean): readonly string[] {
    const nonce = this.#parts.challenges.forDigest(this.#realm, address);
    return [
      ...digestChallenges(this.#users.digestAlgorithms, this.#realm, nonce, isStale),
      `Basic realm=${quoted(this.#realm)}, charset="UTF-8"`,
    ];
  }

  async #verifySent(
    { user, password }: SentPassword,
    { address, credentials, intent }: ProofQuestion,
    signal: AbortSignal,
  ): Promise<Proof> {
    // for scrypt a password is the same with a NUL behind it
    if (userProblem(user) !== undefined || passwordProblem(password) !== undefined) return wrong;
    const hash = this.#users.scryptOf(user);
    const sent = { password, hash, address, holder: credentials, isAgain: intent === 'again' };
    const answer = await this.#parts.passwords.check(sent, signal);
    const proofs: Readonly<Record<PasswordAnswer, Proof>> = {
      right: this.#users.has(user) ? { is: 'proven', identity: user } : wrong,
      wrong,
      busy,
    };
    return proofs[answer];
  }

  /** @see RFC 7616 section 3.4.6 */
  #verifyDigest(shown: DigestShown, address: string): Proof {
    const digest = parseDigestCredentials(shown.value);
    if (digest === undefined || digest.uri !== shown.target || userProblem(digest.user) !== undefined)
      return wrong;
    const { user, realm, nonce, algorithm, response } = digest;
    if (realm !== this.#realm) return wrong;
    if (!isDigestOf(digest, shown.method, this.#users.ha1Of(user, algorithm))) return wrong;
    const state = this.#parts.challenges.checkDigest(shown, nonce, response, realm, address);
    return state === 'fresh' ? { is: 'proven', identity: user } : { is: 'stale' };
  }

  #verifyAuthmod(shown: Authmod, address: string): Proof {
    const { user, answer } = shown;
    if (answer === undefined) return absent;
    if (userProblem(user) !== undefined || !isAuthmodAnswer(answer, this.#users.rtmpHashOf(user)))
      return wrong;
    const { opaque, response } = answer;
    const state = this.#parts.challenges.checkRtmp(shown, opaque, response, user, address);
    if (state === 'fresh') return { is: 'proven', identity: user };
    return state === 'used' ? repeated : late;
  }
}

interface SentPassword {
  readonly user: string;
  readonly password: string;
}

/** In the URL, or by Basic: both of one. */
function sentPassword({ user, password }: Credentials, shown: QueryParameters): SentPassword | undefined {
  const [shownUser, pass] = [shown.get('user'), shown.get('pass')];
  if (shownUser !== undefined && pass !== undefined) return { user: shownUser, password: pass };
  return user === undefined || password === undefined ? undefined : { user, password };
}
