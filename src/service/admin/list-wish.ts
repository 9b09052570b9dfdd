/** Which page of a list is asked for. */
export interface PageWish {
  /** How many items at most. */
  readonly limit: number;
  /** Only what comes behind this item. */
  readonly after?: string | undefined;
}

/** Which part of a list of a relay is asked for. */
export interface ListWish extends PageWish {
  /** Only what has to do with streams that match, see `KeyPattern`. */
  readonly stream?: string | undefined;
  /** Only sessions of this role. */
  readonly role?: string | undefined;
  /** Only sessions that speak this. */
  readonly protocol?: string | undefined;
  /** Only sessions from this address, or from a network in CIDR notation. */
  readonly address?: string | undefined;
  /** Only sessions of whoever has proven to be this. */
  readonly identity?: string | undefined;
}
