import { Allowance } from '../../../session/allowance.ts';
import type { Clock } from '../../../stream/clock.ts';
import { LINK_RATES } from '../../fleet-link/link-limits.ts';

/** What a relay may send, however often it links up again. */
export class LinkAllowance {
  readonly #messages: Allowance;
  readonly #bytes: Allowance;

  constructor(clock: Clock) {
    const { messages, bytes } = LINK_RATES;
    this.#messages = new Allowance(clock, messages.atOnce, messages.perSecond);
    this.#bytes = new Allowance(clock, bytes.atOnce, bytes.perSecond);
  }

  /** Takes a message. @returns whether it is no more than a relay may send */
  take(bytes: number): boolean {
    return this.#messages.take() && this.#bytes.take(bytes);
  }
}
