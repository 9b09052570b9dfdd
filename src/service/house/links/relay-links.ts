import type { Instruction } from '../../fleet-link/house-message.ts';
import type { Acknowledgement } from '../../fleet-link/relay-message.ts';

/** What a relay is told to do; its id is given when it goes out. */
export type Order = Instruction extends infer I ? (I extends Instruction ? Omit<I, 'id'> : never) : never;

/** The links of all relays, whichever house has them. */
export interface RelayLinks {
  /**
   * Has a relay do something. Rejects with a {@link LinkError} where it is not linked, or says nothing in time.
   */
  order(relay: string, order: Order): Promise<Acknowledgement>;
  /** The relays that are linked to this house. */
  readonly here: Iterable<string>;
}

/** A relay could not be told; the message is a sentence for people. */
export class LinkError extends Error {
  override readonly name = 'LinkError';
}

/** An instruction is larger than a message may be: no link can take it. */
export class OrderSizeError extends LinkError {}
