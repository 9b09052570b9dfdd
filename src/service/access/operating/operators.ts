import { BlockList, isIPv6 } from 'node:net';
import type { AdminRole } from '../../../config/admin/admin-settings.ts';
import type { RelaySettings } from '../../../config/relay-settings.ts';
import { QueryParameters } from '../../../credentials/query-parameters.ts';
import type { Challenge, Credentials, Refusal } from '../../../session/access.ts';
import { CredentialCheck, type CredentialCheckParts } from '../credentials/credential-check.ts';
import type { ProvingOutcome } from '../credentials/prove.ts';
import type { VerifierParts } from '../credentials/verifier.ts';
import { WrittenRule } from '../credentials/written-rule.ts';
import { noOpinion, type Question } from '../rule.ts';
import { OperatorTokens, type TokenHolder } from './operator-tokens.ts';

/** What is known of somebody who asks for something on the admin listener. */
export interface OperatorRequest {
  /** Of who has connected, normalized; null for who has opened the Unix socket. */
  readonly address: string | null;
  /** Whether that is a proxy: who asks is somewhere else. */
  readonly isForwarded: boolean;
  /** Whether it came by a listener for everybody: there is nobody let in who shows nothing. */
  readonly isPublic: boolean;
  readonly credentials: Credentials;
  readonly origin: string | undefined;
  readonly isTls: boolean;
}

/** Somebody who may do what they ask for, for the audit lines. */
export interface Operator {
  /** What lets them in: the Unix socket, a token, an access rule, or that they read from this machine. */
  readonly by: 'loopback' | 'rule' | 'socket' | 'token';
  /** The name of the token, or who a credential of the rule belongs to; null where that is not known. */
  readonly identity: string | null;
  /** Null for the Unix socket. */
  readonly address: string | null;
}

/** Why somebody who is known may not do what they ask for. */
export interface KnownRefusal extends Refusal {
  readonly operator: Operator;
}

/** The settings that say who may operate. */
export type OperatorSettings = Pick<RelaySettings, 'access' | 'admin'>;

/** Parameters that people put credentials into, wherever they are asked for. */
const usualParameters: readonly string[] = [
  'access_token',
  'auth',
  'authorization',
  'jwt',
  'key',
  'pass',
  'password',
  'secret',
  'signature',
  'token',
];

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

const challenges: readonly string[] = ['Bearer realm="streampump"'];

/**
 * Says who may use the admin listener beyond metrics and health checks. Who opens the Unix socket may do everything, who shows a token
 * what its role says. Where a rule is about that, whoever it lets in may do everything, and nobody else anything; else whoever asks
 * from this machine may read.
 */
export class Operators {
  readonly #parts: CredentialCheckParts & VerifierParts;
  #rule: WrittenRule | undefined;
  #tokens: OperatorTokens;
  #check: CredentialCheck;

  /** @throws CredentialFileError when a file of credentials cannot be used */
  constructor(parts: CredentialCheckParts & VerifierParts, settings: OperatorSettings) {
    this.#parts = parts;
    this.#rule = this.#ruleOf(settings);
    this.#tokens = new OperatorTokens(settings.admin.tokens);
    this.#check = new CredentialCheck(parts, settings.access.failures.delayMs);
  }

  /** Takes new settings over. @throws CredentialFileError; then the old ones hold */
  configure(settings: OperatorSettings): void {
    const rule = this.#ruleOf(settings);
    this.#tokens = new OperatorTokens(settings.admin.tokens);
    this.#rule = rule;
    this.#check = new CredentialCheck(this.#parts, settings.access.failures.delayMs);
  }

  /** Who asks, if they may; else why not. @param signal - the client has gone */
  async judge(
    request: OperatorRequest,
    role: AdminRole,
    signal: AbortSignal,
  ): Promise<Operator | KnownRefusal | Refusal | Challenge> {
    const { address, credentials } = request;
    if (address === null) return { by: 'socket', identity: null, address };
    const { token } = credentials;
    const holder = token === undefined ? undefined : this.#tokens.find(token);
    if (holder !== undefined) return this.#judgeHolder(holder, address, role, signal);
    if (this.#rule !== undefined) return this.#judgeByRule(this.#rule, request, address, signal);
    if (token !== undefined) {
      const guessed = { is: 'guessed', verdict: unknownToken } as const;
      return (await this.#lookAt(address, guessed, signal)) ?? unknownToken;
    }
    if (role === 'read' && !request.isForwarded && !request.isPublic && isLoopback(address))
      return { by: 'loopback', identity: null, address };
    const wanted =
      role === 'read' ? 'a token of admin.tokens' : 'a token of admin.tokens whose role is operate';
    return { challenges, description: `this needs ${wanted}, as Authorization: Bearer, or the Unix socket` };
  }

  /** The name of a parameter of a query that carries a credential, which nobody may see there. */
  credentialIn(query: string): string | undefined {
    const shown = new QueryParameters(query);
    return [...usualParameters, ...(this.#rule?.parameters ?? [])].find((name) => shown.has(name));
  }

  async #judgeHolder(
    { name, role: has }: TokenHolder,
    address: string,
    role: AdminRole,
    signal: AbortSignal,
  ): Promise<Operator | KnownRefusal | Refusal | Challenge> {
    const operator: Operator = { by: 'token', identity: name, address };
    const objection = await this.#lookAt(address, { is: 'proven', verdict: noOpinion }, signal);
    if (objection !== undefined) return objection;
    if (role === 'operate' && has === 'read')
      return { refused: 'access', description: `the token ${name} may read, and not operate`, operator };
    return operator;
  }

  async #judgeByRule(
    rule: WrittenRule,
    { isForwarded, isPublic, ...shown }: OperatorRequest,
    address: string,
    signal: AbortSignal,
  ): Promise<Operator | Refusal | Challenge> {
    // where the proxy is says nothing of who asks: no network of a rule is meant by it
    const question: Question = { ...shown, ...unknown, address: isForwarded ? 'a proxy' : address };
    // anybody can say that he is a proxy: that helps nobody who is denied
    const objection = rule.objectionTo({ ...question, address }) ?? rule.objectionTo(question);
    if (objection !== undefined) return objection;
    if (rule.verifiers.length === 0) return isPublic ? anybody : { by: 'rule', identity: null, address };
    const verdict = await this.#check.judge(rule, question, signal, address);
    if ('says' in verdict) return { by: 'rule', identity: verdict.identity ?? null, address };
    return { ...verdict, description: inHeader(verdict.description) };
  }

  /** Why what was shown does not help, if it does not. */
  async #lookAt(
    address: string,
    outcome: ProvingOutcome,
    signal: AbortSignal,
  ): Promise<Refusal | Challenge | undefined> {
    const verdict = await this.#check.lookAt({ address, intent: 'begin' }, true, () => outcome, signal);
    return 'says' in verdict ? undefined : verdict;
  }

  /** The first one decides alone, whatever it matches: this is about no stream. */
  #ruleOf({ access: { rules } }: OperatorSettings): WrittenRule | undefined {
    const index = rules.findIndex(({ verbs }) => verbs.includes('operate'));
    const rule = rules[index];
    return rule && new WrittenRule(rule, `access.rules.${index}`, this.#parts);
  }
}

const anybody: Challenge = {
  challenges,
  description: 'this needs a token of admin.tokens, as Authorization: Bearer',
};

const unknownToken: Refusal = {
  refused: 'credentials',
  description: 'this token is not known here',
  challenges,
};

/** What a request on the admin listener is not about; what its URL has there is no credential. */
const unknown = {
  verb: 'operate',
  key: '',
  query: '',
  protocol: 'admin',
  client: '',
  session: '',
  identity: undefined,
  limits: {},
  claimsPath: false,
  path: [],
  intent: 'begin',
} as const;

/** A sentence that names the place of a credential in a URL, where that is no place for one. */
function inHeader(sentence: string): string {
  return sentence.replaceAll(/ \(\?[^)]*\)/g, ' (in the header Authorization)');
}

function isLoopback(address: string): boolean {
  return loopback.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}
