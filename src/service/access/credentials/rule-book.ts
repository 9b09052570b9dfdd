import type { AccessRuleSettings, RuleVerb } from '../../../config/access/access-rule-settings.ts';
import { withoutParameters } from '../../../credentials/query-parameters.ts';
import type { VerifierParts } from './verifier.ts';
import { WrittenRule } from './written-rule.ts';

/** All of `access.rules`. */
export class RuleBook {
  readonly #rules: readonly WrittenRule[];
  readonly #parameters: ReadonlySet<string>;

  /** @throws CredentialFileError when a file of credentials cannot be used */
  constructor(settings: readonly AccessRuleSettings[], parts: VerifierParts) {
    this.#rules = settings.map((rule, index) => new WrittenRule(rule, `access.rules.${index}`, parts));
    this.#parameters = new Set(this.#rules.flatMap(({ parameters }) => parameters));
  }

  /** The rule that decides; undefined where none is about that. */
  find(verb: RuleVerb, key: string): WrittenRule | undefined {
    return this.#rules.find((rule) => rule.isAbout(verb, key));
  }

  /** A query without what any of the rules takes as a credential, whichever decides. */
  publicQuery(query: string): string {
    return this.#parameters.size === 0 ? query : withoutParameters(query, this.#parameters);
  }
}
