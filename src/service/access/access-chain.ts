import { bugText } from '../../errors.ts';
import type { Log } from '../../log.ts';
import {
  type AccessGate,
  type AccessRequest,
  type AskedAgain,
  isChallenge,
  isRefusal,
  type Refusal,
  type Verdict,
} from '../../session/access.ts';
import type { StreamKeyReading } from '../../stream/stream-key.ts';
import { combineVerdicts, isOpinion } from './combine-verdicts.ts';
import { Judging } from './judging.ts';
import { type AccessRule, type Lease, noOpinion, type RuleVerdict } from './rule.ts';

/** Says which of several readings of a client's words is meant. @param readings - at least two, the likeliest first */
export type ChooseReading = (
  readings: readonly StreamKeyReading[],
) => StreamKeyReading | Promise<StreamKeyReading>;

/**
 * Asks one rule after the other until one says no or asks for credentials, and combines what they say. A name that is for all rules
 * is judged by all of them, once.
 * @see combineVerdicts
 */
export class AccessChain implements AccessGate {
  #rules: readonly AccessRule[];
  readonly #choose: ChooseReading;
  readonly #log: Log;

  constructor(rules: readonly AccessRule[], choose: ChooseReading, log: Log) {
    this.#rules = rules;
    this.#choose = choose;
    this.#log = log;
  }

  /** Takes other rules from now on; what was granted stays granted. */
  configure(rules: readonly AccessRule[]): void {
    this.#rules = rules;
  }

  async ask(request: AccessRequest, signal: AbortSignal): Promise<Verdict> {
    const rules = this.#rules;
    const leases: Lease[] = [];
    let asked = 'choosing a reading';
    try {
      signal.throwIfAborted();
      const found = this.#readingOf(request, signal);
      const reading: StreamKeyReading = found instanceof Promise ? await found : found; // a turn for nothing costs each join
      const judging = new Judging(rules, request, reading);
      for (let rule = judging.next(); rule !== undefined; rule = judging.next()) {
        asked = `access rule ${rule.name}`;
        const said = rule.judge(judging.question, signal);
        const verdict = said instanceof Promise ? await this.#wait(said, signal) : said;
        if (verdict === noOpinion) continue;
        if (isOpinion(verdict) && verdict.lease !== undefined) leases.push(verdict.lease);
        signal.throwIfAborted();
        if (judging.take(rule, verdict)) this.#giveBack(leases);
      }
      const answer = combineVerdicts(judging.verdicts);
      if (isRefusal(answer) || isChallenge(answer)) {
        this.#giveBack(leases);
        return answer;
      }
      const { key, query, path } = judging.question;
      const { until, identity, limits, recheckMs } = answer;
      return {
        ...{ key, query, until, identity, limits, path },
        again: recheckMs === undefined ? undefined : askedAgain(request, reading, recheckMs),
        endWait: () => {
          for (const lease of leases) this.#tell(lease, 'endWait');
        },
        release: () => this.#giveBack(leases),
      };
    } catch (error) {
      this.#giveBack(leases);
      signal.throwIfAborted();
      this.#logBug(asked, error);
      return undecided; // what fails allows nothing
    }
  }

  /** The verdict, unless the signal comes first; then what comes late is given back. */
  #wait(verdict: Promise<RuleVerdict>, signal: AbortSignal): Promise<RuleVerdict> {
    return unlessAborted(verdict, signal, (late) => {
      if (isOpinion(late) && late.lease !== undefined) this.#giveBack([late.lease]);
    });
  }

  #readingOf({ readings }: AccessRequest, signal: AbortSignal): StreamKeyReading | Promise<StreamKeyReading> {
    if (readings.length < 2) return readings[0] ?? { key: '', query: '' };
    const chosen = this.#choose(readings);
    return chosen instanceof Promise ? unlessAborted(chosen, signal, () => {}) : chosen;
  }

  /** Gives each lease back, once, the latest first. */
  #giveBack(leases: Lease[]): void {
    for (let lease = leases.pop(); lease !== undefined; lease = leases.pop()) this.#tell(lease, 'release');
  }

  #tell(lease: Lease, what: keyof Lease): void {
    try {
      lease[what]?.();
    } catch (error) {
      this.#logBug('access lease', error);
    }
  }

  #logBug(where: string, error: unknown): void {
    this.#log.error('bug', `${where}: ${bugText(error)}`);
  }
}

const undecided: Refusal = {
  refused: 'access',
  description: 'the server could not decide whether this is allowed',
};

/** Of several readings the one that was chosen is asked about again. */
function askedAgain(request: AccessRequest, reading: StreamKeyReading, everyMs: number): AskedAgain {
  return { request: { ...request, readings: [reading], intent: 'again' }, everyMs };
}

/** The value, unless the signal comes first; then a value that comes late is handed to `onLate`, and to nobody else. */
function unlessAborted<T>(value: Promise<T>, signal: AbortSignal, onLate: (value: T) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      reject(signal.reason);
      take = onLate;
    };
    let take = (arrived: T): void => {
      signal.removeEventListener('abort', onAbort);
      resolve(arrived);
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
    value
      .then((arrived) => take(arrived))
      .catch((error: unknown) => {
        signal.removeEventListener('abort', onAbort);
        reject(error);
      });
  });
}
