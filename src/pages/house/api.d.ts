/** The answer of `GET house`, as far as the page shows it. */
export interface HouseEntry {
  readonly id: string;
  readonly name: string;
  readonly version: string;
  readonly node: string;
  readonly pid: number;
  readonly uptimeSeconds: number;
  readonly readiness: string;
  readonly listeners: readonly {
    readonly listener: string;
    readonly host: string;
    readonly port: number | null;
    readonly tls: boolean;
  }[];
  readonly links: number;
  readonly config: { readonly at: string; readonly relay: string | null; readonly reason: string | null };
  readonly store: { readonly type: string; readonly isThere: boolean };
}

/** What is told of a relay every other second. */
export interface FiguresEntry {
  readonly id: string;
  readonly state: string;
  readonly players: number | null;
  readonly sentBitsPerSecond: number | null;
  readonly receivedBitsPerSecond: number | null;
  readonly streams: number | null;
  readonly reportedAt: string | null;
}

/** An entry of `GET relays`, as far as the page shows it. */
export interface FleetRelayEntry {
  readonly id: string;
  readonly title: string;
  readonly state: string;
  readonly parent: string | null;
  readonly draining: boolean;
  readonly players: number | null;
  readonly sentBitsPerSecond: number | null;
  readonly receivedBitsPerSecond: number | null;
  readonly streams: number | null;
  readonly limits: { readonly players: number | null; readonly sentBitsPerSecond: number | null };
  readonly report: { readonly at: string; readonly software: string; readonly problem: string | null } | null;
}

/** An entry of `GET streams`, as far as the page shows it. */
export interface FleetStreamEntry {
  readonly stream: string;
  readonly state: string;
  readonly players: number;
  readonly publishedAt: string | null;
  readonly relayCount: number;
}

/** An entry of `GET players`. */
export interface PlayerEntry {
  readonly id: string;
  readonly relay: string;
  readonly session: string;
  readonly uid: string | null;
  readonly identity: string | null;
  readonly address: string;
  readonly protocol: string;
  readonly stream: string;
  readonly since: string;
}

/** An event of `GET events` as it is sent every other second. */
export interface FleetEntry {
  readonly totals: {
    readonly relays: Readonly<Record<string, number>>;
    readonly players: number;
    readonly publishers: number;
    readonly sentBitsPerSecond: number;
    readonly receivedBitsPerSecond: number;
  };
  readonly relays: readonly FiguresEntry[];
}

/** An entry of `GET routes`, as far as the page shows it. */
export interface RouteEntry {
  readonly relay: string;
  readonly parent: string | null;
  readonly proposed: string | null;
}

/** The answer of `GET why`, as far as the page shows it. */
export interface ChoiceAnswer {
  readonly verdict: string;
  readonly relays: readonly { readonly relay: string; readonly verdict: string; readonly text: string }[];
}
