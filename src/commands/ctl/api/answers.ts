/** What the API answers, as far as it is read here. */

export interface BanAnswer {
  readonly id: string;
  readonly kind: string;
  readonly value: string;
  readonly until: string;
}
