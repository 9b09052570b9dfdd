import type { Refusal } from '../../../session/access.ts';
import type { PullLedger } from './pull-ledger.ts';
import type { PullNews } from './pull-slots.ts';

/** The slots among the pulls on demand that one worker holds, so that they can be given back when it dies. */
export class WorkerPulls {
  readonly #ledger: PullLedger;
  /** By key, how often it holds it. */
  readonly #held = new Map<string, number>();

  constructor(ledger: PullLedger) {
    this.#ledger = ledger;
  }

  take(key: string, address: string | undefined): Refusal | undefined {
    const refusal = this.#ledger.take(key, address);
    if (refusal === undefined) this.#count(key, 1);
    return refusal;
  }

  note(key: string, news: PullNews): void {
    this.#ledger.note(key, news);
    if (news === 'held') this.#count(key, 1);
    if (news === 'released') this.#count(key, -1);
  }

  /** The worker is gone. */
  close(): void {
    for (const [key, held] of this.#held) for (let i = 0; i < held; i++) this.#ledger.note(key, 'released');
    this.#held.clear();
  }

  #count(key: string, change: number): void {
    const held = (this.#held.get(key) ?? 0) + change;
    if (held === 0) this.#held.delete(key);
    else this.#held.set(key, held);
  }
}
