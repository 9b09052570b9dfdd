import { hash } from 'node:crypto';

/** Tokens that are remembered at most. */
const MAX_TOKENS = 10_000;

/** What is known of tokens that were checked before, until their end; of a token itself only its SHA-256 is kept. */
export class TokenCache<T extends { readonly untilMs: number }> {
  readonly #known = new Map<string, T>();

  /** @param nowMs - since 1970 */
  get(token: string, nowMs: number): T | undefined {
    const name = nameOf(token);
    const known = this.#known.get(name);
    if (known === undefined) return undefined;
    this.#known.delete(name);
    if (known.untilMs <= nowMs) return undefined;
    this.#known.set(name, known); // the latest again
    return known;
  }

  /** The one that was used longest ago makes room. */
  set(token: string, value: T): void {
    const [oldest] = this.#known.keys();
    if (this.#known.size >= MAX_TOKENS && oldest !== undefined) this.#known.delete(oldest);
    this.#known.set(nameOf(token), value);
  }

  /** Forgets all: the keys have changed. */
  clear(): void {
    this.#known.clear();
  }
}

function nameOf(token: string): string {
  return hash('sha256', token, 'base64');
}
