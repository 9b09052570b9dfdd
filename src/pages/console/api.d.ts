/** An entry of `GET bans`. */
export interface BanEntry {
  readonly id: string;
  readonly kind: string;
  readonly value: string;
  readonly until: string;
}

/** A line of the log, as `GET events` sends it. */
export interface WarningEvent {
  readonly at: string;
  readonly what: string;
  readonly level: string;
  readonly text: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** What was found out, and one sentence. */
export interface WhyAnswer {
  readonly verdict: string;
  readonly findings: readonly {
    readonly about: string;
    readonly ok: boolean | null;
    readonly text: string;
  }[];
}
