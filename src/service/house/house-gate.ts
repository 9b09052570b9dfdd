import type { HouseSettings } from '../../config/house/house-settings.ts';
import type { Log } from '../../log.ts';
import type { AccessGate, AccessRequest, Verdict } from '../../session/access.ts';
import { AccessChain } from '../access/access-chain.ts';
import type { BanCheck } from '../access/bans/ban-ledger.ts';
import { banRule } from '../access/bans/ban-rule.ts';
import { connectRule } from '../access/credentials/connect-rule.ts';
import { CredentialCheck, type CredentialCheckParts } from '../access/credentials/credential-check.ts';
import { RuleBook } from '../access/credentials/rule-book.ts';
import type { VerifierParts } from '../access/credentials/verifier.ts';
import { writtenRules } from '../access/credentials/written-rules.ts';
import { drainingRule } from '../access/draining-rule.ts';
import { networkRule } from '../access/network-rule.ts';
import type { AccessRule } from '../access/rule.ts';

/** What the gate of a house needs of it. */
export interface HouseGateParts extends CredentialCheckParts, VerifierParts {
  readonly log: Log;
  readonly bans: BanCheck;
  /** Sends whoever may play or publish to a relay. */
  readonly choosing: AccessRule;
}

/** Says who may do what in the fleet, and who goes where: every rule of access of a house is named here. */
export class HouseGate implements AccessGate {
  readonly #parts: HouseGateParts;
  readonly #chain: AccessChain;
  #book: RuleBook;
  /** Whether nobody new is let in any more. */
  isDraining = false;

  constructor(parts: HouseGateParts, settings: HouseSettings) {
    this.#parts = parts;
    this.#book = new RuleBook([], parts);
    this.#chain = new AccessChain([], ([first]) => first ?? { key: '', query: '' }, parts.log);
    this.configure(settings);
  }

  /** Takes new settings over. @throws CredentialFileError; then the old ones hold */
  configure({ access }: HouseSettings): void {
    const { bans, choosing } = this.#parts;
    const book = new RuleBook(access.rules, this.#parts);
    const check = new CredentialCheck(this.#parts, access.failures.delayMs);
    this.#book = book;
    this.#chain.configure([
      drainingRule(() => this.isDraining),
      banRule(bans),
      connectRule(book, check),
      writtenRules(book, networkRule(access), check),
      banRule(bans), // again: now it is known who it is
      choosing,
    ]);
  }

  ask(request: AccessRequest, signal: AbortSignal): Promise<Verdict> {
    return this.#chain.ask(request, signal);
  }

  publicKeyOf(key: string): string {
    return this.#book.publicKeyOf(key);
  }

  /** A query without what rules take as credentials, for others. */
  publicQuery(query: string): string {
    return this.#book.publicQuery(query);
  }
}
