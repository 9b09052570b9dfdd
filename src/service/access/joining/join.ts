import type { Refusal } from '../../../session/access.ts';

/** A request to publish or play against which nothing speaks, with all that decides what it takes of what threads share. */
export interface Join {
  readonly verb: 'publish' | 'play';
  readonly key: string;
  readonly session: string;
  /** The peer's, normalized. */
  readonly address: string;
  /** Who the credentials say it is. */
  readonly identity: string | undefined;
  /** The client-id by which an MMS player is known: one player of an address plays by it at a time. */
  readonly clientId?: number | undefined;
  /** By name, how much the credentials let it have. */
  readonly limits: Readonly<Record<string, number>>;
  /** It plays for players of its own, whose waiting is counted where they play. */
  readonly isRelay: boolean;
  /** Its stream is pulled on demand: it holds the slot. */
  readonly isPulled: boolean;
  /** Its stream is not in the thread that asks, so that it waits unless the stream is in another. */
  readonly mayWait: boolean;
}

/** What a join has taken. */
export interface Joined {
  /** Whether there is anything to be given back. */
  readonly isHeld: boolean;
  /** It has a place among those who wait for their stream. */
  readonly isWaiting: boolean;
  /** What its stream has now, as far as that is measured, bits per second. */
  readonly streamBits: number;
}

/** What the players of one thread are sent, and what its streams have, bits per second. */
export interface SentReport {
  /** Joins of this id and before are in it: those too young to be measured with what their stream has. */
  readonly upTo: number;
  /** By the name of the share. */
  readonly shares: ReadonlyMap<string, number>;
  /** By key, those that this thread is home to. */
  readonly streams: ReadonlyMap<string, number>;
}

/** What all threads of a relay share: slots, places and shares of limits. A join takes all it needs at once, or nothing. */
export interface JoinPlaces {
  /** @param id - names what it takes; larger than any before it */
  take(id: number, join: Join): Joined | Refusal | Promise<Joined | Refusal>;
  /** The stream has come that it has waited for. */
  endWait(id: number): void;
  /** Gives everything back. */
  release(id: number): void;
  /** What those are sent who hold shares. */
  onSent(report: SentReport): void;
}
