import { Allowance } from '../../../session/allowance.ts';
import type { Clock } from '../../../stream/clock.ts';
import type { GapEvent } from './service-event.ts';

/** How often it is told how many were left out, milliseconds. */
const LEFT_OUT_MS = 1000;

/** So many events of some types may be told in a second; what is left out is counted, and told as a gap. */
export class EventAllowances<Type extends string> {
  readonly #clock: Clock;
  readonly #tell: (gap: GapEvent<Type>) => void;
  readonly #allowances: ReadonlyMap<Type, Allowance>;
  readonly #leftOut = new Map<Type, number>();
  #stopCounting: (() => void) | undefined;

  /** @param most - in a second, by type; other types are not limited */
  constructor(clock: Clock, most: Partial<Record<Type, number>>, tell: (gap: GapEvent<Type>) => void) {
    this.#clock = clock;
    this.#tell = tell;
    const entries = Object.entries(most) as [Type, number][];
    this.#allowances = new Map(entries.map(([type, count]) => [type, new Allowance(clock, count, count)]));
  }

  /** Whether one more may be told; else it counts as left out. */
  take(type: Type): boolean {
    if (this.#allowances.get(type)?.take() !== false) return true;
    this.#leftOut.set(type, (this.#leftOut.get(type) ?? 0) + 1);
    this.#stopCounting ??= this.#clock.after(LEFT_OUT_MS, () => this.#tellLeftOut());
    return false;
  }

  /** Nobody follows any more: what was left out is not told. */
  close(): void {
    this.#stopCounting?.();
    this.#stopCounting = undefined;
    this.#leftOut.clear();
  }

  #tellLeftOut(): void {
    this.#stopCounting = undefined;
    const at = new Date().toISOString();
    for (const [of, count] of this.#leftOut)
      this.#tell({ type: 'gap', data: { at, what: 'left-out', of, count } });
    this.#leftOut.clear();
  }
}
