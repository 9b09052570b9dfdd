import type { RosterEntry } from '../../../config/house/roster-settings.ts';

/** The relays of a fleet as they are now: those of the roster file, then those that were provisioned and approved. */
export interface Roster {
  /**
   * By id, in the order of the file. Their parents are those that hold now, whoever has decided on them. The same map, with the same
   * entries, for as long as none of them changes.
   */
  readonly entries: ReadonlyMap<string, RosterEntry>;
  /** Whether a relay takes no new players, because somebody has decided so. */
  isDraining(relay: string): boolean;
  /** Other entries or decisions hold from now on. @returns ends it */
  onChange(tell: () => void): () => void;
}
