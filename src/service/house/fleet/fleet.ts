import type { PlayerReport, StreamReport } from '../../fleet-link/relay-message.ts';

/** What a relay has said of itself last. */
export interface RelayReport {
  readonly relay: string;
  /** When, milliseconds of the clock; time in which the house that heard it could not be heard does not count. */
  readonly at: number;
  readonly state: 'ready' | 'full' | 'draining';
  readonly players: number;
  readonly publishers: number;
  readonly sentBitsPerSecond: number;
  readonly receivedBitsPerSecond: number;
  /** By key. */
  readonly streams: ReadonlyMap<string, StreamReport>;
  readonly software: string;
  /** Of the process: another one after each start. */
  readonly instance: string;
  /** The config that it has tried last; null without one. */
  readonly revision: string | null;
  /** Why that config could not be used; null where it is. */
  readonly problem: string | null;
  /** The house that it is linked to. */
  readonly house: string;
}

/** A player somewhere in the fleet. */
export interface FleetPlayer extends PlayerReport {
  /** `relay/session`, unique in the fleet. */
  readonly player: string;
  readonly relay: string;
}

/** Which players are meant. */
export interface PlayerFilter {
  readonly uid?: string | undefined;
  readonly identity?: string | undefined;
  /** Normalized. */
  readonly address?: string | undefined;
  readonly stream?: string | undefined;
  readonly relay?: string | undefined;
}

/** What happens in the fleet. Players of a relay that is down have left with the reason `relay-down`; they join again when it is back. */
export type FleetEvent =
  | { readonly what: 'relay-up' | 'relay-down'; readonly relay: string }
  | { readonly what: 'reported'; readonly relay: string }
  | { readonly what: 'joined'; readonly player: FleetPlayer }
  | {
      readonly what: 'left';
      readonly player: FleetPlayer;
      readonly bytes: number;
      readonly seconds: number;
      readonly reason: string;
    };

/** What is known of the relays now, whichever house they are linked to. */
export interface Fleet {
  /** Undefined where it has never reported, or is not in the roster any more. */
  report(relay: string): RelayReport | undefined;
  /** Whether its last report is younger than `offlineAfterMs`. */
  isOnline(relay: string): boolean;
  reports(): Iterable<RelayReport>;
  player(id: string): FleetPlayer | undefined;
  /** Those for whom all of it holds; without a filter all. */
  players(filter?: PlayerFilter): Iterable<FleetPlayer>;
  /** @returns ends it */
  follow(tell: (event: FleetEvent) => void): () => void;
}
