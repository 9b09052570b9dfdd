import type { AccessRuleSettings, RuleVerb } from '../../../config/access/access-rule-settings.ts';
import { type QueryParameters, withoutParameters } from '../../../credentials/query-parameters.ts';
import { ProtocolError } from '../../../errors.ts';
import type { Application } from '../../../session/access.ts';
import { parseStreamKey } from '../../../stream/stream-key.ts';
import { HIDDEN } from './prove.ts';
import type { ConnectVerifier, VerifierParts } from './verifier.ts';
import { WrittenRule } from './written-rule.ts';

/** All of `access.rules`. */
export class RuleBook {
  readonly #rules: readonly WrittenRule[];
  readonly #parameters: ReadonlySet<string>;
  /** Those for which stream keys may be secrets. */
  readonly #hiding: readonly WrittenRule[];

  /**
   * @param hidden - names of parameters that others than rules take as credentials
   * @throws CredentialFileError when a file of credentials cannot be used
   */
  constructor(settings: readonly AccessRuleSettings[], parts: VerifierParts, hidden: readonly string[] = []) {
    this.#rules = settings.map((rule, index) => new WrittenRule(rule, `access.rules.${index}`, parts));
    this.#hiding = this.#rules.filter(({ hidesKeys }) => hidesKeys);
    this.#parameters = new Set([...hidden, ...this.#rules.flatMap(({ parameters }) => parameters)]);
  }

  /** The rule that decides; undefined where none is about that. @param key - the public one */
  find(verb: RuleVerb, key: string): WrittenRule | undefined {
    return this.#rules.find((rule) => rule.isAbout(verb, key));
  }

  /** Whether there is no rule. */
  get isEmpty(): boolean {
    return this.#rules.length === 0;
  }

  /** Whether there is anything among these parameters that is taken as a credential. */
  hasCredential(shown: QueryParameters): boolean {
    return [...this.#parameters].some((name) => shown.has(name));
  }

  /** Those who can ask clients that connect to an application for user and password. @param app - as the client wrote it */
  connectVerifiers(app: string): readonly ConnectVerifier[] {
    const key = keyOfApp(app);
    if (key === undefined) return [];
    const verifiers = this.#rules.filter((rule) => rule.isBelow(key)).flatMap((rule) => rule.verifiers);
    return verifiers.flatMap(({ connect }) => connect ?? []);
  }

  /**
   * What a client has to show that connects to an application and has shown nothing, as a sentence; undefined where it need not yet.
   * As which stream it will ask for is not known, it must only where it cannot do without, or where the rules say so.
   */
  wantedAtConnect({ name, seeks }: Pick<Application, 'name' | 'seeks'>): string | undefined {
    const key = keyOfApp(name);
    if (key === undefined) return undefined;
    const about = this.#rules.filter((rule) => rule.isBelow(key, seeks));
    const asking = about.find((rule) => rule.asksAtConnect(seeks) === 'always');
    if (asking !== undefined) return asking.wanted;
    const last = about.findIndex((rule) => rule.isAllBelow(key));
    const deciding = last === -1 ? [] : about.slice(0, last + 1);
    const isNeeded = deciding.every((rule) => rule.asksAtConnect(seeks) === 'where-alone');
    return isNeeded ? deciding[0]?.wanted : undefined;
  }

  /** The key that everybody may see: that of the stream, where this is a secret one; one that is for another app is hidden. */
  publicKeyOf(key: string): string {
    for (const rule of this.#hiding) {
      const known = rule.publicKeyOf(key);
      if (known !== undefined) return known;
    }
    return this.#hiding.some((rule) => rule.holdsSecret(key)) ? HIDDEN : key;
  }

  /** A query without what is taken as a credential, whichever rule decides. */
  publicQuery(query: string): string {
    return this.#parameters.size === 0 ? query : withoutParameters(query, this.#parameters);
  }
}

/** What the keys of an application's streams begin with; undefined where it can have none. */
function keyOfApp(app: string): string | undefined {
  try {
    return parseStreamKey(app, '')[0]?.key;
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return undefined;
  }
}
