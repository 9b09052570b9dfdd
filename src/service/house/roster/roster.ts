import type { RosterEntry } from '../../../config/house/roster-settings.ts';

/** The relays of a fleet as they are now: those of the roster file, then those that were provisioned and approved. */
export interface Roster {
  /** By id, in the order of the file. Their parents are those that hold now, whoever has decided on them. */
  readonly entries: ReadonlyMap<string, RosterEntry>;
  /** Whether a relay takes no new players, because somebody has decided so. */
  isDraining(relay: string): boolean;
  /** Other entries or decisions hold from now on. @returns ends it */
  onChange(tell: () => void): () => void;
}
