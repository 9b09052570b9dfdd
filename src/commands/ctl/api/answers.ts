/** What the API answers, as far as it is read here. */

export interface BanAnswer {
  readonly id: string;
  readonly kind: string;
  readonly value: string;
  readonly until: string;
}

export interface KeyExplanation {
  readonly stream: string;
  readonly verdict: string;
  readonly findings: readonly {
    readonly about: string;
    readonly ok: boolean | null;
    readonly text: string;
  }[];
}
