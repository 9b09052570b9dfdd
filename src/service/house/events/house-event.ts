import type { EventFacts, GapNews, ServiceEventData } from '../../admin/events/service-event.ts';
import type { FleetPlayerStatus, FleetRelayState, FleetTotals } from '../overview/fleet-status.ts';
import type { FleetBan } from '../store/house-store.ts';

/** A player has come to a relay. */
export interface JoinedNews extends EventFacts<'joined'> {
  readonly player: FleetPlayerStatus;
}

/** A player has left its relay. */
export interface LeftNews extends EventFacts<'left'> {
  readonly player: FleetPlayerStatus;
  /** What it was sent. */
  readonly bytes: number;
  readonly seconds: number;
  readonly reason: string;
}

/** Something has become of a relay. */
export interface RelayFate<What extends string> extends EventFacts<What> {
  /** Its id. */
  readonly relay: string;
}

/** Somebody is kept out, or let in again. */
export interface BanNews<What extends string>
  extends EventFacts<What>,
    Pick<FleetBan, 'id' | 'kind' | 'value' | 'reason'> {
  /** ISO 8601. */
  readonly until: string;
}

/** A relay goes by another config of the house, or cannot. */
export interface ConfigNews extends EventFacts<'applied' | 'failed' | 'staged' | 'rolled-back'> {
  /** Null where it is about all of them. */
  readonly relay: string | null;
  readonly revision: string | null;
  /** What is wrong with it; null where nothing is. */
  readonly problem: string | null;
}

/** How a relay does, in few words. */
export interface RelayFigures {
  readonly id: string;
  readonly state: FleetRelayState;
  readonly players: number | null;
  readonly sentBitsPerSecond: number | null;
  readonly receivedBitsPerSecond: number | null;
  readonly streams: number | null;
  /** When it has reported last, ISO 8601; null where it never has. */
  readonly reportedAt: string | null;
}

/** How the fleet does. */
export interface FleetNews extends EventFacts<'status'> {
  readonly totals: FleetTotals;
  /** Those with the most players. */
  readonly relays: readonly RelayFigures[];
}

/** What each type of event of a house says. */
export interface HouseEventData extends Omit<ServiceEventData, 'gap'> {
  readonly joined: JoinedNews;
  readonly left: LeftNews;
  readonly 'relay-up': RelayFate<'relay-up'>;
  readonly 'relay-down': RelayFate<'relay-down'>;
  readonly drained: RelayFate<'drained'>;
  readonly undrained: RelayFate<'undrained'>;
  readonly invited: RelayFate<'invited'>;
  readonly provisioned: RelayFate<'provisioned'>;
  readonly approved: RelayFate<'approved'>;
  readonly removed: RelayFate<'removed'>;
  readonly banned: BanNews<'banned'>;
  readonly unbanned: BanNews<'unbanned'>;
  readonly config: ConfigNews;
  readonly status: FleetNews;
  readonly gap: GapNews<HouseEventType>;
}

/** What an event of a house is about. */
export type HouseEventType = keyof HouseEventData;

/** Something that has happened in a fleet, as those are told who follow the events of a house. */
export type HouseEvent = {
  readonly [T in HouseEventType]: { readonly type: T; readonly data: HouseEventData[T] };
}[HouseEventType];
