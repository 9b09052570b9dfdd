/** What becomes of requests of SNMP. */
export const snmpOutcomes = [
  'answered',
  'foreign',
  'too-many',
  'malformed',
  'unauthorized',
  'failed',
] as const;

/** One of {@link snmpOutcomes}. */
export type SnmpOutcome = (typeof snmpOutcomes)[number];

/** How many requests of SNMP there were, by what became of them. */
export class SnmpCounts {
  readonly #counts = new Map<SnmpOutcome, number>(snmpOutcomes.map((outcome) => [outcome, 0]));

  note(outcome: SnmpOutcome): void {
    this.#counts.set(outcome, (this.#counts.get(outcome) ?? 0) + 1);
  }

  [Symbol.iterator](): Iterator<[SnmpOutcome, number]> {
    return this.#counts.entries();
  }

  /** Those that were not answered. */
  get dropped(): number {
    let dropped = 0;
    for (const [outcome, count] of this) if (outcome !== 'answered') dropped += count;
    return dropped;
  }
}
