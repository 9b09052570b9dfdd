import { QueryParameters } from '../../../credentials/query-parameters.ts';
import type { Authmod } from '../../../protocol/rtmp/dialogue/authmod.ts';
import { type AccessRule, noOpinion } from '../rule.ts';
import type { CredentialCheck } from './credential-check.ts';
import type { ProvingOutcome } from './prove.ts';
import type { RuleBook } from './rule-book.ts';
import type { ConnectVerifier } from './verifier.ts';

/**
 * What the operator's rules say to a client that connects over RTMP, before anybody knows which stream it wants: then encoders can
 * be asked for user and password, and later not any more. What may be done with which stream is decided when it is asked for.
 */
export function connectRule(book: RuleBook, check: CredentialCheck): AccessRule {
  return {
    name: 'connect',
    judge(question, signal) {
      const { verb, application, credentials, address, query } = question;
      if (verb !== 'connect' || application === undefined || application.isRelay === true || book.isEmpty)
        return noOpinion;
      const { authmod } = credentials;
      if (authmod === undefined) {
        const wanted = book.hasCredential(new QueryParameters(query))
          ? undefined
          : book.wantedAtConnect(application);
        return wanted === undefined ? noOpinion : { challenges: [], description: wanted };
      }
      const verifiers = book.connectVerifiers(application.name);
      if (verifiers.length === 0) return noOpinion;
      const isTry = authmod.answer !== undefined;
      return check.lookAt(question, isTry, () => proveUser(verifiers, authmod, address), signal);
    },
  };
}

/** Any of the lists of users is enough. */
function proveUser(verifiers: readonly ConnectVerifier[], authmod: Authmod, address: string): ProvingOutcome {
  const { user, answer } = authmod;
  const asker = verifiers.find(({ knows }) => knows(user)) ?? verifiers[0];
  if (answer === undefined && asker !== undefined) {
    const description = 'user and password by the challenge of RTMP';
    const verdict = { challenges: [], authmod: asker.challenge(user, address), description };
    return { is: 'lacking', verdict };
  }
  const proofs = verifiers.map((verifier) => verifier.verify(authmod, address));
  if (proofs.some(({ is }) => is === 'proven'))
    return { is: 'proven', verdict: { says: 'nothing', identity: user } };
  const wrong = proofs.filter((proof) => proof.is === 'wrong');
  const late = wrong.find(({ isFailure }) => !isFailure);
  if (late !== undefined)
    return { is: 'lacking', verdict: { refused: 'expired', description: late.description } };
  const description = wrong[0]?.description ?? 'the user or the password is wrong';
  return { is: 'guessed', verdict: { refused: 'credentials', description } };
}
