import type { AccessRuleSettings, RuleVerb } from '../../../config/access/access-rule-settings.ts';
import { KeyPattern } from '../../../config/key-pattern.ts';
import { NetworkList } from '../../../config/networks.ts';
import { printable } from '../../../log.ts';
import type { Refusal, Verb } from '../../../session/access.ts';
import type { Question } from '../rule.ts';
import type { Verifier, VerifierParts } from './verifier.ts';
import { makeVerifier } from './verifiers.ts';

/** One of `access.rules`, ready to be applied. */
export class WrittenRule {
  /** As the settings call it, such as `access.rules.0`. */
  readonly name: string;
  readonly verifiers: readonly Verifier[];
  /** Names of all query parameters that may carry a credential here. */
  readonly parameters: readonly string[];
  readonly #pattern: KeyPattern;
  readonly #settings: AccessRuleSettings;
  readonly #networks: NetworkList | undefined;
  readonly #deny: NetworkList;

  /** @throws CredentialFileError when a file of credentials cannot be used */
  constructor(settings: AccessRuleSettings, name: string, parts: VerifierParts) {
    this.name = name;
    this.#settings = settings;
    this.#pattern = new KeyPattern(settings.match);
    this.#networks = settings.networks === null ? undefined : new NetworkList(settings.networks);
    this.#deny = new NetworkList(settings.deny);
    this.verifiers = settings.require.map((required) => makeVerifier(required, parts));
    this.parameters = [...new Set(this.verifiers.flatMap(({ parameters }) => parameters))];
  }

  /** Whether it is the one to decide. @param key - the public one */
  isAbout(verb: RuleVerb, key: string): boolean {
    return this.#settings.verbs.includes(verb) && (verb === 'operate' || this.#pattern.matches(key));
  }

  /** Whether it is about any stream whose key is this one and a segment more. @param verb - undefined: whatever is done with it */
  isBelow(key: string, verb?: 'publish' | 'play'): boolean {
    return (verb === undefined || this.#settings.verbs.includes(verb)) && this.#pattern.matchesBelow(key);
  }

  /** Whether it is about all of these. */
  isAllBelow(key: string): boolean {
    const below = `${key}/*`;
    return KeyPattern.problem(below) === undefined && new KeyPattern(below).isCoveredBy([this.#pattern]);
  }

  /** Whether clients are asked for user and password when they connect: where that is all that is accepted, or whatever else is. */
  asksAtConnect(verb: 'publish' | 'play'): 'always' | 'where-alone' | 'never' {
    const asking = this.verifiers.flatMap(({ connect }) => connect ?? []);
    if (asking.some(({ asks }) => asks?.includes(verb))) return 'always';
    const isAlone = asking.length === this.verifiers.length && asking.every(({ asks }) => asks === null);
    return asking.length > 0 && isAlone && verb === 'publish' ? 'where-alone' : 'never';
  }

  /** What somebody lacks who has shown nothing, as a sentence. */
  get wanted(): string {
    return `this needs ${[...new Set(this.verifiers.map(({ wants }) => wants))].join(' or ')}`;
  }

  /** What it asks for and whom it lets in, as the rest of a sentence about it. */
  get words(): string {
    const { networks, deny, origins } = this.#settings;
    const { verifiers } = this;
    const wants = [...new Set(verifiers.map((verifier) => verifier.wants))].join(' or ');
    return [
      verifiers.length === 0 ? 'asks for nothing' : `asks for ${wants}`,
      ...(networks === null ? [] : [`lets in ${inWords(networks)}`]),
      ...(deny.length === 0 ? [] : [`keeps out ${inWords(deny)}`]),
      ...(origins === null ? [] : [`of web pages lets in those of ${inWords(origins)}`]),
    ].join(', ');
  }

  /** The key of the stream of which this is the secret one, if it is. */
  publicKeyOf(key: string): string | undefined {
    for (const verifier of this.verifiers) {
      const known = verifier.publicKeyOf?.(key);
      if (known !== undefined) return known;
    }
    return undefined;
  }

  /** Whether a key has any of its secret ones in it. */
  holdsSecret(key: string): boolean {
    return this.verifiers.some((verifier) => verifier.holdsSecret?.(key));
  }

  /** Whether keys of streams may be secrets here: one that is refused may be nearly right. */
  get hidesKeys(): boolean {
    return this.verifiers.some(({ publicKeyOf }) => publicKeyOf !== undefined);
  }

  /** Whether it looks at anything that nobody knows of who does not tell: what was shown, or the page. */
  get goesByShown(): boolean {
    return this.verifiers.length > 0 || this.#settings.origins !== null;
  }

  /** Why nobody from there may, whatever they show. */
  objectionTo({ verb, address, origin }: Pick<Question, 'verb' | 'address' | 'origin'>): Refusal | undefined {
    const { origins } = this.#settings;
    const forbid = (from: string, why: string): Refusal => ({
      refused: 'access',
      description: `${doing[verb] ?? 'this'} is not allowed from ${from}: the server's setting ${this.name}.${why} it`,
    });
    if (this.#deny.contains(address)) return forbid(address, 'deny lists');
    if (this.#networks?.contains(address) === false) return forbid(address, 'networks does not list');
    if (origins === null || origin === undefined || origins.includes(origin)) return undefined;
    return forbid(`pages of ${printable(origin)}`, 'origins does not list');
  }
}

/** What somebody wants to do, at the beginning of a sentence. */
const doing: Partial<Record<Verb, string>> = {
  publish: 'publishing',
  play: 'playing',
  record: 'recording',
  playback: 'playing recordings',
};

/** So many of a list are named. */
const MAX_NAMED = 8;

/** A list as part of a sentence. */
export function inWords(list: readonly string[]): string {
  const more = list.length - MAX_NAMED;
  if (list.length === 0) return 'nobody';
  return `${list.slice(0, MAX_NAMED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
