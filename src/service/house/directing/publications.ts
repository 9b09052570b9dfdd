import { KeyPattern } from '../../../config/key-pattern.ts';
import type { RelayReport } from '../fleet/fleet.ts';

/** So many streams are known by where they are published. */
const MAX_STREAMS = 10_000;

/** Where streams are published now, as relays report it. */
export class Publications {
  /** The relay that each stream is published to, by key; of several the first, as long as it has it. */
  readonly at: Map<string, string> = new Map();
  readonly #of = new Map<string, ReadonlySet<string>>();

  /**
   * Takes what a relay reports.
   * @param takes - whether it takes publishers of a stream at all: what else it says is published there is not believed
   * @returns whether anything has changed
   */
  take({ relay, streams }: RelayReport, takes: (key: string) => boolean): boolean {
    const before = this.#of.get(relay);
    const now = new Set<string>();
    for (const { key, source } of streams.values())
      if (source === 'publisher' && takes(key) && isPattern(key)) now.add(key);
    if (now.size === 0) this.#of.delete(relay);
    else this.#of.set(relay, now);
    let hasChanged = false;
    for (const key of before ?? []) if (!now.has(key) && this.#leave(key, relay)) hasChanged = true;
    for (const key of now) {
      if (this.at.has(key) || this.at.size >= MAX_STREAMS) continue;
      this.at.set(key, relay);
      hasChanged = true;
    }
    return hasChanged;
  }

  /** Nothing is published there any more, as far as anybody knows. @returns whether anything has changed */
  drop(relay: string): boolean {
    const keys = this.#of.get(relay);
    this.#of.delete(relay);
    let hasChanged = false;
    for (const key of keys ?? []) if (this.#leave(key, relay)) hasChanged = true;
    return hasChanged;
  }

  /** Another one that has it takes its place. */
  #leave(key: string, relay: string): boolean {
    if (this.at.get(key) !== relay) return false;
    this.at.delete(key);
    for (const [other, keys] of this.#of) {
      if (other === relay || !keys.has(key)) continue;
      this.at.set(key, other);
      break;
    }
    return true;
  }
}

/** Whether a key can stand for itself alone in an entry: one with a wildcard would take others' streams. */
function isPattern(key: string): boolean {
  return !key.includes('*') && KeyPattern.problem(key) === undefined;
}
