import type { RosterEntry } from '../../../config/house/roster-settings.ts';
import type { PlayerReport, StreamReport } from '../../fleet-link/relay-message.ts';

/**
 * How a relay stands, the first that holds: brought by an invitation and not approved yet, switched off, unheard of for too long, taking
 * no new players by decision or by itself, full, or ready for more.
 */
export const fleetRelayStates = ['unapproved', 'disabled', 'offline', 'draining', 'full', 'ready'] as const;

/** One of {@link fleetRelayStates}. */
export type FleetRelayState = (typeof fleetRelayStates)[number];

/** What a relay has said of itself last. */
export interface LastReport {
  /** ISO 8601. */
  readonly at: string;
  /** The name and version of its program. */
  readonly software: string;
  /** Of the house that it is linked to. */
  readonly house: string;
  /** The config that it has tried last; null without one. */
  readonly revision: string | null;
  /** Why that could not be used; null where it is. */
  readonly problem: string | null;
}

/** A relay of the fleet and how it does. */
export interface FleetRelayStatus extends Pick<RosterEntry, 'id' | 'title' | 'networks' | 'limits' | 'urls'> {
  readonly state: FleetRelayState;
  /** Null where it gets the original sources. */
  readonly parent: string | null;
  /** Whether somebody has decided that it takes no new players. */
  readonly draining: boolean;
  /** Whether it has come by an invitation, and is not in the roster's file. */
  readonly provisioned: boolean;
  /** These four are null as long as nothing is known. */
  readonly players: number | null;
  readonly publishers: number | null;
  readonly sentBitsPerSecond: number | null;
  readonly receivedBitsPerSecond: number | null;
  /** How many streams it has. */
  readonly streams: number | null;
  /** Null where it has never reported. */
  readonly report: LastReport | null;
}

/** A stream at one of its relays. */
export interface StreamAtRelay
  extends Pick<
    StreamReport,
    'state' | 'players' | 'receivedBitsPerSecond' | 'keyframeAgeSeconds' | 'source'
  > {
  readonly relay: string;
}

/** A stream of the fleet. */
export interface FleetStreamStatus {
  readonly stream: string;
  /** Live where it is so at one relay. */
  readonly state: StreamReport['state'];
  /** At all relays. */
  readonly players: number;
  /** Where it is published; null where no relay says so. */
  readonly publishedAt: string | null;
  /** How many relays have it. */
  readonly relayCount: number;
  /** Those of them with the most players. */
  readonly relays: readonly StreamAtRelay[];
}

/** A player somewhere in the fleet. */
export interface FleetPlayerStatus extends Omit<PlayerReport, 'id' | 'since'> {
  /** `relay/session`. */
  readonly id: string;
  readonly relay: string;
  /** At its relay. */
  readonly session: string;
  /** ISO 8601. */
  readonly since: string;
}

/** The fleet as a whole. */
export interface FleetTotals {
  /** How many relays are in each state. */
  readonly relays: Readonly<Record<FleetRelayState, number>>;
  readonly players: number;
  readonly publishers: number;
  readonly sentBitsPerSecond: number;
  readonly receivedBitsPerSecond: number;
}
