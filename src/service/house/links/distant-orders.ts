import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { Clock } from '../../../stream/clock.ts';
import { houseMessage } from '../../fleet-link/house-message.ts';
import { LINK_DEADLINES } from '../../fleet-link/link-limits.ts';
import { type Acknowledgement, acknowledgement } from '../../fleet-link/relay-message.ts';
import type { HouseNews, HouseStore } from '../store/house-store.ts';
import { LinkError, type Order, type RelayLinks } from './relay-links.ts';

/** What is needed to reach relays of other houses. */
export interface DistantOrdersParts {
  readonly store: HouseStore;
  readonly clock: Clock;
  /** The house that has the link of a relay, as far as is known. */
  houseOf(relay: string): string | undefined;
}

/** The way to another house and back, on top of what its relay takes, milliseconds. */
const WAY_MS = 2000;

/** So many orders wait for their answers at a time. */
const MAX_WAITING = 10_000;

const answerSchema = z.union([z.object({ acknowledgement }), z.object({ problem: z.string() })]);

/** Orders to relays that are linked to other houses, and those that other houses have for this one's. */
export class DistantOrders {
  readonly #parts: DistantOrdersParts;
  readonly #own: RelayLinks;
  readonly #waiting = new Map<string, (answer: unknown) => void>();
  readonly #stop: () => void;

  /** @param own - has the links of this house */
  constructor(parts: DistantOrdersParts, own: RelayLinks) {
    this.#parts = parts;
    this.#own = own;
    this.#stop = parts.store.hear((news) => this.#hear(news));
  }

  order(relay: string, order: Order): Promise<Acknowledgement> {
    const { store, clock, houseOf } = this.#parts;
    return new Promise((resolve, reject) => {
      const house = houseOf(relay);
      if (house === undefined || house === store.house) reject(new LinkError(`relay ${relay} is not linked`));
      else if (!store.isThere)
        reject(new LinkError(`relay ${relay} is linked to another house, which cannot be reached`));
      else if (this.#waiting.size >= MAX_WAITING) reject(new LinkError('too many instructions wait'));
      else {
        const id = randomBytes(12).toString('base64url');
        const { longAcknowledgeMs, acknowledgeMs } = LINK_DEADLINES;
        const isLong = order.type === 'config' || order.type === 'measure';
        const ms = (isLong ? longAcknowledgeMs : acknowledgeMs) + WAY_MS;
        const stop = clock.after(ms, () => {
          this.#waiting.delete(id);
          reject(new LinkError(`the house of relay ${relay} has not answered in ${ms} ms`));
        });
        this.#waiting.set(id, (given) => {
          stop();
          this.#waiting.delete(id);
          const { data } = answerSchema.safeParse(given);
          if (data === undefined) reject(new LinkError(`the house of relay ${relay} has answered nothing`));
          else if ('problem' in data) reject(new LinkError(data.problem));
          else resolve(data.acknowledgement);
        });
        store.tell({ what: 'instruct', id, relay, instruction: order });
      }
    });
  }

  close(): void {
    this.#stop();
    for (const answer of [...this.#waiting.values()]) answer({ problem: 'the house stops' });
  }

  #hear(news: HouseNews): void {
    if (news.what === 'answer') this.#waiting.get(news.id)?.(news.answer);
    else if (news.what === 'instruct' && [...this.#own.here].includes(news.relay)) void this.#carryOut(news);
  }

  async #carryOut({ id, relay, instruction }: HouseNews & { readonly what: 'instruct' }): Promise<void> {
    const { store } = this.#parts;
    const { data } = houseMessage.safeParse({ ...Object(instruction), id });
    if (data === undefined || data.type === 'welcome') return;
    const { id: _id, ...order } = data;
    const answer = await this.#own.order(relay, order).then(
      (given) => ({ acknowledgement: given }),
      (error: unknown) => ({ problem: error instanceof LinkError ? error.message : 'the house has failed' }),
    );
    store.tell({ what: 'answer', id, answer });
  }
}
