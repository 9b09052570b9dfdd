import type { RecordableHistogram } from 'node:perf_hooks';
import { Distribution } from './distribution.ts';

/** One kind of failure. */
export interface Failure {
  readonly reason: string;
  /** How often it happened. */
  readonly count: number;
  /** What was said the first time. */
  readonly example: string;
}

const countNames = [
  'opened',
  'played',
  'playing',
  'failed',
  'left',
  'slowEnded',
  'receivedBytes',
  'measuredBytes',
  'audioMessages',
  'videoMessages',
  'packets',
  'stampedMessages',
  'mediaBytes',
  'mediaMs',
  'missingMessages',
  'strangeStamps',
] as const;
export type Count = (typeof countNames)[number];
export type Counts = Record<Count, number>;

const distributionNames = ['connectMs', 'firstFrameMs', 'latencyMs', 'longestGapMs', 'bitRateMbps'] as const;
export type DistributionName = (typeof distributionNames)[number];

/** What one thread posts to another. */
export interface TallySnapshot {
  readonly counts: Counts;
  readonly recorded: Readonly<Record<DistributionName, RecordableHistogram>>;
  readonly failures: readonly Failure[];
}

/** A server that words every failure differently is not given memory without end. */
const MAX_REASONS = 40;
const MAX_TEXT = 160;

/** All that is counted and measured in one run or in one thread of it. */
export class Tally {
  readonly counts: Counts = emptyCounts();
  readonly distributions: Readonly<Record<DistributionName, Distribution>> = eachName(
    distributionNames,
    () => new Distribution(),
  );
  readonly #failures = new Map<string, { count: number; readonly example: string }>();

  /** Most frequent first. */
  get failures(): Failure[] {
    return [...this.#failures]
      .map(([reason, { count, example }]) => ({ reason, count, example }))
      .sort((a, b) => b.count - a.count || (a.reason < b.reason ? -1 : 1));
  }

  /** @param reason - the same for all that are alike; @param example - what was said this time */
  fail(reason: string, example: string, count = 1): void {
    const shown = printable(reason);
    const known = this.#failures.get(shown);
    if (known !== undefined) known.count += count;
    else if (this.#failures.size < MAX_REASONS) {
      this.#failures.set(shown, { count, example: printable(example) });
    } else {
      const other = this.#failures.get('other') ?? { count: 0, example: printable(`${reason}: ${example}`) };
      other.count += count;
      this.#failures.set('other', other);
    }
  }

  snapshot(): TallySnapshot {
    const recorded = eachName(distributionNames, (name) => this.distributions[name].recorded);
    return { counts: { ...this.counts }, recorded, failures: this.failures };
  }

  add({ counts, recorded, failures }: TallySnapshot): void {
    for (const name of countNames) this.counts[name] += counts[name];
    for (const name of distributionNames) this.distributions[name].add(recorded[name]);
    for (const { reason, count, example } of failures) this.fail(reason, example, count);
  }
}

export function emptyCounts(): Counts {
  return eachName(countNames, () => 0);
}

/** The sum of what several threads have counted. */
export function sumCounts(all: Iterable<Counts>): Counts {
  const sum = emptyCounts();
  for (const counts of all) for (const name of countNames) sum[name] += counts[name];
  return sum;
}

function eachName<Name extends string, Value>(
  names: readonly Name[],
  value: (name: Name) => Value,
): Record<Name, Value> {
  return Object.fromEntries(names.map((name) => [name, value(name)])) as Record<Name, Value>;
}

/** What a server said may stand on a terminal: nothing in it moves the cursor, and it is not endless. */
function printable(text: string): string {
  return text.slice(0, MAX_TEXT).replace(/[^\x20-\x7e\u00a1-\uffff]/g, '?');
}
