/** Numbers from 0 up to, but not including, 1. */
export type Randomness = () => number;

/** How much an item weighs; 0: it gets no turn. Infinite: as much as the heaviest that is not. */
export type WeightOf<Item> = (item: Item) => number;

/**
 * Gives each of its items a turn before any gets the next one, in random order; who weighs more gets more turns, who weighs less than
 * the mean not one in every round. Over many turns the shares follow the weights.
 */
export class ShuffledBag<Item> {
  readonly items: readonly Item[];
  readonly #random: Randomness;
  /** The turns left of this round, the next one last. */
  readonly #turns: Item[] = [];
  /** For each item the part of a turn that it has had no turn for yet. */
  readonly #due: Float64Array;
  /** As of when nobody weighed anything. */
  #emptyAsOf: number | undefined;

  constructor(items: readonly Item[], random: Randomness) {
    this.items = items;
    this.#random = random;
    this.#due = Float64Array.from(items, random);
  }

  /**
   * Whose turn it is, until it is taken; undefined where nobody weighs anything. Who weighs nothing when its turn comes loses it.
   * @param asOf - another number as soon as anything may weigh more than before
   */
  peek(weightOf: WeightOf<Item>, asOf: number): Item | undefined {
    if (this.#emptyAsOf === asOf) return undefined;
    for (let next = this.#turns.at(-1); next !== undefined; next = this.#turns.at(-1)) {
      if (weightOf(next) > 0) return next;
      this.#turns.pop();
    }
    this.#fill(weightOf);
    if (this.#turns.length === 0) this.#emptyAsOf = asOf;
    return this.#turns.at(-1);
  }

  /** The turn of whom {@link peek} gave is over. */
  take(): void {
    this.#turns.pop();
  }

  #fill(weightOf: WeightOf<Item>): void {
    const weights = this.items.map((item) => weightOf(item));
    const heaviest = weights.reduce((most, one) => (Number.isFinite(one) && one > most ? one : most), 0) || 1;
    let total = 0;
    let count = 0;
    for (const weight of weights) {
      total += Math.min(weight, heaviest);
      if (weight > 0) count++;
    }
    while (total > 0 && this.#turns.length === 0)
      for (const [at, item] of this.items.entries()) {
        const weight = Math.min(weights[at] ?? 0, heaviest);
        if (weight > 0) this.#give(at, item, (weight * count) / total);
      }
    this.#shuffle();
  }

  /** @param turns - a part of one is kept until it is a whole one */
  #give(at: number, item: Item, turns: number): void {
    const due = (this.#due[at] ?? 0) + turns;
    for (let turn = 1; turn <= due; turn++) this.#turns.push(item);
    this.#due[at] = due % 1;
  }

  /** Fisher and Yates. */
  #shuffle(): void {
    for (let last = this.#turns.length - 1; last > 0; last--) {
      const other = Math.floor(this.#random() * (last + 1));
      [this.#turns[last], this.#turns[other]] = [this.#turns[other] as Item, this.#turns[last] as Item];
    }
  }
}
