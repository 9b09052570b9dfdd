import type { ToldEvent } from './told-event.ts';

/** How it went to tell an event. `refused`: this one was not taken. `away`: nothing can be told now. */
export type DeliveryOutcome =
  | { readonly is: 'told' }
  | { readonly is: 'refused' | 'away'; readonly problem: string };

/** An event in the form in which it is told. */
export interface PreparedEvent<T> {
  readonly item: T;
  /** What it takes to keep it, bytes. */
  readonly bytes: number;
}

/** A way to tell events: a request to a server, or a run of a program. */
export interface Delivery<T> {
  /** So many may be under way at a time. */
  readonly parallel: number;
  /** How often an event is tried again that was refused. */
  readonly retries: number;
  /** @returns nothing where there are no words for the event; why it must not be told as `problem` */
  prepare(event: ToldEvent): PreparedEvent<T> | { readonly problem: string } | undefined;
  /**
   * Tells it. Never rejects but with the signal's reason.
   * @param lost - how many events were lost since one was told
   */
  deliver(item: T, lost: number, signal: AbortSignal): Promise<DeliveryOutcome>;
  /** Nothing is told any more. */
  close(): void;
}
