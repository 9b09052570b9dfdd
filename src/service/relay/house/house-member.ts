import type { Ban } from '../../access/bans/ban-ledger.ts';
import type { Departure, PlayerReport, StreamReport } from '../../fleet-link/relay-message.ts';

/** A stream in one thread or over all of them. */
export interface MemberStream extends StreamReport {
  /** Whether another thread keeps it. */
  readonly isCopy: boolean;
}

/** How a relay does, and which players have come and gone. */
export interface MemberReport {
  /** Plays, those of relays downstream and those that wait included. */
  readonly players: number;
  readonly publishers: number;
  readonly sentBitsPerSecond: number;
  readonly receivedBitsPerSecond: number;
  readonly streams: readonly MemberStream[];
  /** Whether `joined` are all who are there, and not only those who have come since the report before. */
  readonly isWhole: boolean;
  /** Without relays downstream. */
  readonly joined: readonly PlayerReport[];
  readonly left: readonly Departure[];
}

/** Whom a relay lets in besides those who are there: everybody, or only relays that pull from it. */
export type Welcome = 'everybody' | 'relays';

/** Somebody who is kept out, and for how many milliseconds more. */
export type LastingBan = readonly [ban: Ban, ms: number];

/** What a house asks of a relay, be that one thread or several, or of one of its threads. */
export interface HouseMember {
  /** @param isWhole - all players are wanted, whatever was reported before */
  report(isWhole: boolean): Promise<MemberReport>;
  /** These are kept out besides those whom operators keep out, and nobody else. */
  keepOut(bans: readonly LastingBan[]): void;
  /** Lets in only these from now on. @param reconnectUrl - where those are asked to go who can; null: elsewhere. Of `relays` only */
  welcome(whom: Welcome, reconnectUrl: string | null): void;
}
