/** How often something came, by what it was. */
export class NamedCounts {
  readonly #counts: Map<string, number>;

  /** @param names - those that are there from the start, at 0 */
  constructor(names: Iterable<string> = []) {
    this.#counts = new Map(Array.from(names, (name) => [name, 0]));
  }

  has(name: string): boolean {
    return this.#counts.has(name);
  }

  /** Of how many there are counts. */
  get size(): number {
    return this.#counts.size;
  }

  add(name: string): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
  }

  /** Each with its label. */
  *shown<Label extends string>(label: Label): Generator<[Partial<Record<Label, string>>, number]> {
    for (const [name, count] of this.#counts) yield [{ [label]: name } as Record<Label, string>, count];
  }
}
