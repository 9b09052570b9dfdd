/** From where a relay pulls, and from where it had better. */
export interface RelayRoute {
  readonly relay: string;
  /** The parent that holds now; null: the original source, or publishers. */
  readonly parent: string | null;
  /** Whether people decide on its parent: it is written by hand, or the relay is where streams are published. */
  readonly isFixed: boolean;
  /** To that parent and back, milliseconds; null where it is not known. */
  readonly roundTripMs: number | null;
  /** The parent by the shortest routes; that which holds where nothing better is known. */
  readonly proposed: string | null;
  readonly proposedRoundTripMs: number | null;
}

/** The routes of a fleet. */
export interface Routes {
  /** Of each relay of the roster that is switched on, in its order. */
  all(): readonly RelayRoute[];
}
