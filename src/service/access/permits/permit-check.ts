import { isDeepStrictEqual } from 'node:util';
import type { PermitSettings } from '../../../config/access/access-settings.ts';
import { NetworkList, networkProblem } from '../../../config/networks.ts';
import { type Permit, PermitError, PermitKeys, permitParameter } from '../../../credentials/permit.ts';
import { QueryParameters } from '../../../credentials/query-parameters.ts';
import type { Refusal } from '../../../session/access.ts';
import type { Clock } from '../../../stream/clock.ts';
import type { ProvingOutcome } from '../credentials/prove.ts';
import type { Opinion, Question } from '../rule.ts';

/** What permits are checked with. */
export interface PermitClocks {
  readonly clock: Clock;
  /** The machine's time, milliseconds since 1970. */
  wallMs(): number;
}

/** What of a question permits are about. */
export type PermitQuestion = Pick<Question, 'verb' | 'key' | 'query' | 'address' | 'intent' | 'claimsPath'>;

/** Looks at the permits that a house has given to whoever it has sent. */
export class PermitCheck {
  /** Whether nobody publishes or plays here without a permit. */
  readonly isOnlyWay: boolean;
  readonly #settings: PermitSettings;
  readonly #keys: PermitKeys;
  readonly #clocks: PermitClocks;

  /** @param former - by the settings before these: with the same keys, what it has found right need not be looked at again */
  constructor(settings: PermitSettings, clocks: PermitClocks, former: PermitCheck | null = null) {
    const { keys, only } = settings;
    this.isOnlyWay = only;
    this.#settings = settings;
    const areSame = former !== null && isDeepStrictEqual(former.#settings.keys, keys);
    this.#keys = areSame ? former.#keys : new PermitKeys(keys);
    this.#clocks = clocks;
  }

  /** Whether anything is shown that may be a permit. */
  isShown(query: string): boolean {
    return query.includes(permitParameter) && new QueryParameters(query).has(permitParameter);
  }

  /** What a permit comes to that is shown. */
  look(question: PermitQuestion): ProvingOutcome {
    const shown = new QueryParameters(question.query);
    if (shown.isDuplicated(permitParameter)) return lacking('a permit stands in the URL more than once');
    try {
      const permit = this.#keys.open(shown.get(permitParameter) ?? '');
      const objection = this.#objectionTo(permit, question);
      if (objection !== undefined) return objection;
      return { is: 'proven', verdict: this.#termsOf(permit, question) };
    } catch (error) {
      if (!(error instanceof PermitError)) throw error;
      return { ...lacking(error.message), is: error.isForged ? 'guessed' : 'lacking' };
    }
  }

  /** Why a permit that is right is of no use here. */
  #objectionTo(permit: Permit, { verb, key, address, intent }: PermitQuestion): ProvingOutcome | undefined {
    const isFor = permit.verb === verb || (permit.verb === 'relay' && verb === 'play'); // relays pull
    if (!isFor) return lacking(`the permit is to ${permit.verb}, not to ${verb}`);
    if (permit.stream !== '' && permit.stream !== key) return lacking('the permit is for another stream');
    if (permit.relay !== this.#settings.relay) return lacking('the permit is for another server');
    if (permit.address !== undefined && !isWithin(address, permit.address))
      return lacking(`the permit is for another address than ${address}`);
    const { joinUntil, sessionUntil = Number.POSITIVE_INFINITY } = permit;
    // whoever has begun in time may go on
    const until = intent === 'again' ? sessionUntil : Math.min(joinUntil, sessionUntil);
    if (this.#clocks.wallMs() < until * 1000) return undefined;
    return lacking('the permit has expired: ask the house again', 'expired');
  }

  #termsOf({ verb, sessionUntil, identity }: Permit, { claimsPath }: PermitQuestion): Opinion {
    const { clock, wallMs } = this.#clocks;
    return {
      ...{ says: 'allow', isProof: true },
      ...(sessionUntil === undefined ? {} : { until: clock.now() + sessionUntil * 1000 - wallMs() }),
      ...(identity === undefined ? {} : { identity }),
      ...(verb === 'relay' && claimsPath ? { believesPath: true } : {}),
    };
  }
}

function lacking(
  description: string,
  refused: Refusal['refused'] = 'credentials',
): { is: 'lacking'; verdict: Refusal } {
  return { is: 'lacking', verdict: { refused, description } };
}

function isWithin(address: string, network: string): boolean {
  return networkProblem(network) === undefined && new NetworkList([network]).contains(address);
}
