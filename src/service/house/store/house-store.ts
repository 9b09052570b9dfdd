import type { RosterEntry } from '../../../config/house/roster-settings.ts';
import { PlainError } from '../../../errors.ts';
import type { Ban } from '../../access/bans/ban-ledger.ts';
import type { Telemetry } from '../../fleet-link/relay-message.ts';

/** Somebody who is kept out of the whole fleet. */
export interface FleetBan extends Ban {
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly until: number;
  readonly reason: string;
}

/** A relay that may bring its own key, once. */
export interface Invitation {
  /** What is fixed beforehand; its `key` is null. */
  readonly entry: RosterEntry;
  /** SHA-256 of the token, hex. */
  readonly tokenHash: string;
  /** Milliseconds since 1970. */
  readonly until: number;
}

/** A relay that has made itself known with an invitation. */
export interface ProvisionedRelay {
  readonly entry: RosterEntry;
  /** Until then it gets no config and no players. */
  readonly isApproved: boolean;
}

/** What houses have decided, together: it outlasts them. */
export interface Decisions {
  /** Ids of relays that take no new players. */
  readonly draining: readonly string[];
  readonly bans: readonly FleetBan[];
  readonly invitations: readonly Invitation[];
  readonly provisioned: readonly ProvisionedRelay[];
  /** Parents that the shortest routes gave, by relay; null: the original source. */
  readonly routes: Readonly<Record<string, string | null>>;
  /** Ed25519 public keys of the houses' permits, base64url, by id, and when each was last used. */
  readonly permitKeys: Readonly<Record<string, { readonly publicKey: string; readonly at: number }>>;
}

/** Without any decision. */
export const undecided: Decisions = {
  ...{ draining: [], bans: [], invitations: [], provisioned: [] },
  ...{ routes: {}, permitKeys: {} },
};

/** What houses tell each other; what is lost is made good by the next report. */
export type HouseNews =
  /** A house has just come, or come back, and wants to know what the others know: its store says so by itself. */
  | { readonly what: 'arrived' }
  | {
      readonly what: 'report';
      readonly relay: string;
      readonly software: string;
      readonly instance: string;
      /** When its link was made, milliseconds since 1970: of two houses with a link of one relay the later has it. */
      readonly linkedAt: number;
      readonly telemetry: Telemetry;
    }
  | { readonly what: 'unlinked'; readonly relay: string }
  /** So many players were sent to each relay. */
  | { readonly what: 'reserved'; readonly relays: Readonly<Record<string, number>> }
  /** Who was sent where, by client and stream, until when (milliseconds since 1970). */
  | {
      readonly what: 'placed';
      readonly places: readonly (readonly [who: string, relay: string, until: number])[];
    }
  /** How long the ways from a relay to others are, milliseconds; null where it cannot get there. */
  | {
      readonly what: 'measured';
      readonly relay: string;
      readonly roundTrips: Readonly<Record<string, number | null>>;
    }
  /** For the house that the relay is linked to; `answer` goes back to the one that asks. */
  | { readonly what: 'instruct'; readonly id: string; readonly relay: string; readonly instruction: unknown }
  | { readonly what: 'answer'; readonly id: string; readonly answer: unknown };

/** Where houses keep what they decide, and hear from each other. */
export interface HouseStore {
  /** Of this house: another one after each start. */
  readonly house: string;
  /** As they are now. */
  readonly decisions: Decisions;
  /** Whether others can be told and what is decided can be kept now. */
  readonly isThere: boolean;
  /**
   * Changes what is decided, on top of what the others have decided meanwhile: `by` may be called more than once.
   * @throws StoreError when it could not be kept: then nothing has changed
   */
  decide(by: (decisions: Decisions) => Decisions): Promise<void>;
  /** Other decisions hold from now on. @returns ends it */
  onDecisions(tell: (decisions: Decisions) => void): () => void;
  /** Tells the other houses, if it can. */
  tell(news: HouseNews): void;
  /** News of the other houses; `arrived` of this one, too, when it has come back. @returns ends it */
  hear(take: (news: HouseNews, from: string) => void): () => void;
  close(): Promise<void>;
}

/** What was decided could not be kept; the message is a sentence for people. */
export class StoreError extends PlainError {
  override readonly name = 'StoreError';
}
