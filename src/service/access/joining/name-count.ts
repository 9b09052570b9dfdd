/** Counts different names, each of them as one however often it was added. */
export class NameCount {
  readonly #times = new Map<string, number>();

  /** How many different names there are. */
  get size(): number {
    return this.#times.size;
  }

  has(name: string): boolean {
    return this.#times.has(name);
  }

  add(name: string): void {
    this.#times.set(name, (this.#times.get(name) ?? 0) + 1);
  }

  /** Takes one time back that it was added. */
  remove(name: string): void {
    const times = this.#times.get(name) ?? 0;
    if (times > 1) this.#times.set(name, times - 1);
    else this.#times.delete(name);
  }
}
