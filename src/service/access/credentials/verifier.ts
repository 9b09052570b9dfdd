import type { QueryParameters } from '../../../credentials/query-parameters.ts';
import type { Challenge } from '../../../session/access.ts';
import type { Clock } from '../../../stream/clock.ts';
import type { Question } from '../rule.ts';

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
  /** @param signal - the peer has left, nobody waits for the answer */
  verify(question: Question, shown: QueryParameters, signal: AbortSignal): Proof | Promise<Proof>;
  /** How to ask for it, where nothing was shown and the protocol can ask. */
  challenge?(question: Question): Challenge | undefined;
}

/** What verifiers are made with, which stays when the settings change. */
export interface VerifierParts {
  readonly clock: Clock;
  /** The machine's time, milliseconds since 1970. */
  wallMs(): number;
  /** The name of this relay. */
  readonly relayName: string;
}
