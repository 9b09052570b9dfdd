import type { QueryParameters } from '../../../credentials/query-parameters.ts';
import type { Authmod } from '../../../protocol/rtmp/dialogue/authmod.ts';
import type { AuthmodChallenge, RefusalReason, Verb } from '../../../session/access.ts';
import type { Clock } from '../../../stream/clock.ts';
import type { Question } from '../rule.ts';
import type { IssuedChallenges } from './issued-challenges.ts';
import type { KeySetTimes } from './key-sets/key-set-source.ts';
import type { KeySource } from './key-sets/key-source.ts';
import type { PasswordQueue } from './password-queue.ts';

/** What comes of looking at what somebody shows. */
export type Proof =
  /** Nothing of the kind was shown. */
  | { readonly is: 'absent' }
  /**
   * Shown, and no good.
   * @property isFailure - false where nobody was guessing: what was shown is genuine and has expired
   * @property refused - where it is genuine, has not expired, and is for something else
   */
  | {
      readonly is: 'wrong';
      readonly description: string;
      readonly isFailure: boolean;
      readonly refused?: 'credentials';
    }
  /** Right, but the challenge that it answers is not to be used any more: ask again. */
  | { readonly is: 'stale' }
  /** Shown, and it cannot be said now whether it is right. */
  | { readonly is: 'unchecked'; readonly refused: RefusalReason; readonly description: string }
  | ({ readonly is: 'proven' } & ProvenTerms);

/** What a credential gives to whoever has shown it. */
export interface ProvenTerms {
  /** Until when, milliseconds of the clock. */
  readonly until?: number;
  readonly identity?: string;
  /** By name, how much of something may be used. */
  readonly limits?: Readonly<Record<string, number>>;
  /** The key that the stream has in truth. */
  readonly rename?: string;
}

/** Nothing of the kind was shown. */
export const absent: Proof = { is: 'absent' };

/** What somebody is asked to prove: that it may do something, or that it is a relay, which is more than playing as one. */
export interface ProofQuestion extends Omit<Question, 'verb'> {
  readonly verb: Verb | 'relay';
}

/** Checks one kind of credential, by one entry of `require`. */
export interface Verifier {
  /** As in `require`. */
  readonly kind: string;
  /** Names of the query parameters that carry it: they go to nobody else, and stand there once. */
  readonly parameters: readonly string[];
  /** What somebody lacks who has shown nothing, such as `?key=`: the end of a sentence that begins with "this needs". */
  readonly wants: string;
  /** The public key of the stream that goes by this secret key; only where stream keys are the credential. */
  publicKeyOf?(key: string): string | undefined;
  /** Whether a key has a secret one in it, perhaps of another stream or app; only where stream keys are the credential. */
  holdsSecret?(key: string): boolean;
  /** @param signal - the peer has left, nobody waits for the answer */
  verify(question: ProofQuestion, shown: QueryParameters, signal: AbortSignal): Proof | Promise<Proof>;
  /** How HTTP asks for it: values of WWW-Authenticate. @param isStale - it was shown, and is {@link Proof | stale} */
  challenges?(question: ProofQuestion, isStale: boolean): readonly string[];
  /** What a client of RTMP can be asked for while it is not known which stream it wants. */
  readonly connect?: ConnectVerifier | undefined;
}

/** Asks for a user and a password by RTMP's authmod, when a client connects. */
export interface ConnectVerifier {
  /** Who is asked; null: publishers, where nothing else is accepted that they may be about to show. */
  readonly asks: readonly ('publish' | 'play')[] | null;
  /** Whether there is such a user. */
  knows(user: string): boolean;
  /** @param address - of whoever is to answer */
  challenge(user: string, address: string): AuthmodChallenge;
  verify(authmod: Authmod, address: string): Proof;
}

/** What verifiers are made with, which stays when the settings change. */
export interface VerifierParts {
  readonly clock: Clock;
  /** The machine's time, milliseconds since 1970. */
  wallMs(): number;
  /** The name of this relay. */
  readonly relayName: string;
  readonly passwords: PasswordQueue;
  readonly challenges: IssuedChallenges;
  readonly keySets: { open(url: string, times: KeySetTimes): KeySource };
}
