/** What the base addresses of a relay are for: what is written before `://` follows from it. */
export const relayUrlKinds = ['rtmp', 'rtmps', 'http', 'https', 'mmsh'] as const;

/** One of {@link relayUrlKinds}. */
export type RelayUrlKind = (typeof relayUrlKinds)[number];

/** A network whose players a relay serves. */
export interface RelayNetwork {
  /** IPv4 or IPv6, without host bits. */
  readonly cidr: string;
  /** The highest priority wins, -1,000 to 1,000; default 0. */
  readonly priority: number;
}

/** One relay of a fleet. */
export interface RosterEntry {
  /** Unique: 1 to 64 letters, digits and `._-`. */
  readonly id: string;
  /** Shown to people; default: the id. */
  readonly title: string;
  /** Its secret, 16 characters or more, or `scrypt:...` as `streampump house hash-key` makes it; null where it has a certificate only. */
  readonly key: string | null;
  /** How it proves who it is: by its key (default), by a client certificate whose common name is its id, or by both. */
  readonly auth: 'key' | 'certificate' | 'both';
  /** The relay that it pulls from; null (default): the original sources, or whoever a stream is published to. */
  readonly parent: string | null;
  /** Whose players it serves; default: nobody's. */
  readonly networks: readonly RelayNetwork[];
  /** How much it may serve; null: no limit. */
  readonly limits: { readonly players: number | null; readonly sentBitsPerSecond: number | null };
  /** Base addresses that players, publishers and other relays are sent to; null: it cannot be reached that way. */
  readonly urls: { readonly [K in RelayUrlKind]: string | null };
  /** Patterns of the streams that may be published to it; null (default): all where it has no parent, else none. */
  readonly ingest: readonly string[] | null;
  /** Whether RTMP that the house brings to it begins with a PROXY protocol header; default: no. */
  readonly proxyProtocol: boolean;
  /** Default: yes. */
  readonly enabled: boolean;
}
