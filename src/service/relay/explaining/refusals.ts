import { printable } from '../../../log.ts';
import type { RefusalReason } from '../../../session/access.ts';
import type { RejectedRequest } from '../../../session/session.ts';
import type { Follower } from '../../followers.ts';

/** So many are remembered; those that are alike count as one. */
const MAX_REFUSALS = 256;

/** Longer sentences are cut, characters. */
const MAX_DESCRIPTION = 200;

/** What was refused to an address, perhaps again and again. */
export interface RefusedRequest extends RejectedRequest {
  readonly reason: RefusalReason;
  /** How often in a row. */
  readonly count: number;
  /** When it was the last time, milliseconds since 1970. */
  readonly at: number;
}

/** The latest requests about streams that a thread has refused. Nobody who is let in costs it anything. */
export class Refusals implements Follower {
  /** By what makes them alike, the latest last. */
  readonly #latest = new Map<string, RefusedRequest>();

  readonly onRejected = (reason: RefusalReason, request?: RejectedRequest): void => {
    if (request === undefined) return;
    const { stream, address } = request;
    const name = `${reason} ${address} ${stream}`;
    const count = (this.#latest.get(name)?.count ?? 0) + 1;
    const description = printable(request.description, MAX_DESCRIPTION);
    this.#latest.delete(name);
    this.#latest.set(name, { stream, address, description, reason, count, at: Date.now() });
    const [oldest] = this.#latest.keys();
    if (this.#latest.size > MAX_REFUSALS && oldest !== undefined) this.#latest.delete(oldest);
  };

  /** Those about a stream, the latest first. */
  of(stream: string): readonly RefusedRequest[] {
    return [...this.#latest.values()].filter((one) => one.stream === stream).reverse();
  }
}
