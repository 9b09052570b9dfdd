import type { AccessSettings } from '../../../config/access/access-settings.ts';
import { withoutParameters } from '../../../credentials/query-parameters.ts';
import type { Challenge, Credentials, Refusal } from '../../../session/access.ts';
import type { Question } from '../rule.ts';
import { CredentialCheck, type CredentialCheckParts } from './credential-check.ts';
import type { VerifierParts } from './verifier.ts';
import { WrittenRule } from './written-rule.ts';

/** What is known of somebody who asks for something on the admin listener. */
export interface OperatorRequest {
  /** Of who has connected, normalized. */
  readonly address: string;
  /** Whether that is a proxy: who asks is somewhere else. */
  readonly isForwarded: boolean;
  readonly credentials: Credentials;
  /** Of the request, as it was sent. */
  readonly query: string;
  readonly origin: string | undefined;
  readonly isTls: boolean;
}

/** Says who may use the admin listener beyond metrics and health checks: whoever reaches it, unless a rule is about that. */
export class Operators {
  readonly #parts: CredentialCheckParts & VerifierParts;
  #rule: WrittenRule | undefined;
  #check: CredentialCheck;

  /** @throws CredentialFileError when a file of credentials cannot be used */
  constructor(parts: CredentialCheckParts & VerifierParts, settings: AccessSettings) {
    this.#parts = parts;
    this.#rule = this.#ruleOf(settings);
    this.#check = new CredentialCheck(parts, settings.failures.delayMs);
  }

  /** Takes new settings over. @throws CredentialFileError; then the old ones hold */
  configure(settings: AccessSettings): void {
    this.#rule = this.#ruleOf(settings);
    this.#check = new CredentialCheck(this.#parts, settings.failures.delayMs);
  }

  /** Why somebody may not; undefined where they may. */
  async objectionTo(request: OperatorRequest, signal: AbortSignal): Promise<Refusal | Challenge | undefined> {
    const rule = this.#rule;
    if (rule === undefined) return undefined;
    const { isForwarded, ...shown } = request;
    // where the proxy is says nothing of who asks: no network of a rule is meant by it
    const address = isForwarded ? 'a proxy' : request.address;
    const question: Question = { ...shown, ...unknown, address };
    // anybody can say that he is a proxy: that helps nobody who is denied
    const objection =
      rule.objectionTo({ ...question, address: request.address }) ?? rule.objectionTo(question);
    if (objection !== undefined || rule.verifiers.length === 0) return objection;
    const verdict = await this.#check.judge(rule, question, signal, request.address);
    return 'says' in verdict ? undefined : verdict;
  }

  /** A query without what is a credential. */
  publicQuery(query: string): string {
    return this.#rule === undefined ? query : withoutParameters(query, new Set(this.#rule.parameters));
  }

  /** The first one decides alone, whatever it matches: this is about no stream. */
  #ruleOf({ rules }: AccessSettings): WrittenRule | undefined {
    const index = rules.findIndex(({ verbs }) => verbs.includes('operate'));
    const rule = rules[index];
    return rule && new WrittenRule(rule, `access.rules.${index}`, this.#parts);
  }
}

/** What a request on the admin listener is not about. */
const unknown = {
  verb: 'operate',
  key: '',
  protocol: 'admin',
  client: '',
  session: '',
  identity: undefined,
  limits: {},
  claimsPath: false,
  path: [],
  intent: 'begin',
} as const;
