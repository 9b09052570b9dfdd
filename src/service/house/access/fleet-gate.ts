import type { HouseSettings } from '../../../config/house/house-settings.ts';
import { KeyPattern } from '../../../config/key-pattern.ts';
import type { StreamSettings } from '../../../config/stream-settings.ts';
import { permitParameter } from '../../../credentials/permit.ts';
import type { Log } from '../../../log.ts';
import type { AccessGate, AccessRequest, Refusal, Verdict } from '../../../session/access.ts';
import { AccessChain, type ChooseReading } from '../../access/access-chain.ts';
import type { BanCheck } from '../../access/bans/ban-ledger.ts';
import { banRule } from '../../access/bans/ban-rule.ts';
import { connectRule } from '../../access/credentials/connect-rule.ts';
import { CredentialCheck, type CredentialCheckParts } from '../../access/credentials/credential-check.ts';
import type { KeySets } from '../../access/credentials/key-sets/key-sets.ts';
import { RuleBook } from '../../access/credentials/rule-book.ts';
import type { VerifierParts } from '../../access/credentials/verifier.ts';
import { writtenRules } from '../../access/credentials/written-rules.ts';
import { drainingRule } from '../../access/draining-rule.ts';
import { networkRule } from '../../access/network-rule.ts';
import { relayRule } from '../../access/relay-rule.ts';
import { type AccessRule, noOpinion } from '../../access/rule.ts';
import { streamEntryRule } from '../../access/stream-entry-rule.ts';

/** What the gate of a fleet needs of the house. */
export interface FleetGateParts extends CredentialCheckParts, VerifierParts {
  readonly log: Log;
  readonly bans: BanCheck;
  readonly keySets: KeySets;
  /** Whether a stream is live anywhere in the fleet. */
  isLive(key: string): boolean;
}

/** The most bytes of an identity that a permit can name. */
const MAX_IDENTITY_BYTES = 255;

const longIdentity: Refusal = {
  refused: 'credentials',
  description: 'what you are called in your credentials is too long for this server',
};

/**
 * Says who may do what in the fleet, whichever relay it is to be done at: every rule of access of a house is named here. What was meant
 * for the house goes no further, see {@link publicQuery}.
 */
export class FleetGate implements AccessGate {
  readonly #parts: FleetGateParts;
  readonly #chain: AccessChain;
  #book: RuleBook;
  #entries: readonly (readonly [pattern: KeyPattern, settings: StreamSettings])[] = [];
  /** Whether nobody new is let in any more. */
  isDraining = false;

  constructor(parts: FleetGateParts, settings: HouseSettings) {
    this.#parts = parts;
    this.#book = new RuleBook([], parts);
    const choose: ChooseReading = (readings) =>
      readings.find(({ key }) => parts.isLive(key)) ?? readings[0] ?? { key: '', query: '' };
    this.#chain = new AccessChain([], choose, parts.log);
    this.configure(settings);
  }

  /** Takes new settings over. @throws CredentialFileError; then the old ones hold */
  configure({ access, streams }: HouseSettings): void {
    const { bans, keySets } = this.#parts;
    const book = new RuleBook(access.rules, this.#parts, [permitParameter]);
    const check = new CredentialCheck(this.#parts, access.failures.delayMs);
    keySets.settle();
    this.#book = book;
    this.#entries = streams.map((stream) => [new KeyPattern(stream.match), stream]);
    this.#chain.configure([
      drainingRule(() => this.isDraining),
      banRule(bans),
      connectRule(book, check),
      writtenRules(book, networkRule(access), check),
      relayRule(book, access.relays),
      streamEntryRule((key) => this.#entries.find(([pattern]) => pattern.matches(key))?.[1]),
      banRule(bans), // again: now it is known who it is
      identityRule,
    ]);
  }

  ask(request: AccessRequest, signal: AbortSignal): Promise<Verdict> {
    return this.#chain.ask(request, signal);
  }

  publicKeyOf(key: string): string {
    return this.#book.publicKeyOf(key);
  }

  /** A query without what was meant for the house: what its rules take as credentials, and permits. */
  publicQuery(query: string): string {
    return this.#book.publicQuery(query);
  }
}

/** Who it is goes into the permit, or nobody could say so at the relay. */
const identityRule: AccessRule = {
  name: 'identity',
  judge: ({ identity = '' }) => (Buffer.byteLength(identity) > MAX_IDENTITY_BYTES ? longIdentity : noOpinion),
};
