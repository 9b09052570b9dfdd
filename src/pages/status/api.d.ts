/** What carries a stream or session, as far as the page shows it. */
interface Carried {
  readonly sentBitsPerSecond: number | null;
  readonly receivedBitsPerSecond: number | null;
}

/** One kind of room that the relay has. */
export interface LoadEntry {
  readonly name: string;
  readonly now: number;
  readonly limit: number | null;
}

/** The answer of `GET relay`. */
export interface RelayEntry {
  readonly id: string;
  readonly name: string;
  readonly version: string;
  readonly node: string;
  readonly pid: number;
  readonly startedAt: string;
  readonly uptimeSeconds: number;
  readonly readiness: string;
  readonly workers: number;
  readonly logLevel: string;
  readonly listeners: readonly {
    readonly listener: string;
    readonly host: string;
    readonly port: number | null;
    readonly tls: boolean;
  }[];
  readonly load: readonly LoadEntry[];
  readonly certificates: readonly {
    readonly listener: string;
    readonly subject: string;
    readonly notAfter: string;
  }[];
  readonly reload: { readonly succeeded: boolean; readonly at: string } | null;
}

/** An entry of `GET streams`. */
export interface StreamEntry extends Carried {
  readonly stream: string;
  readonly state: string;
  readonly source:
    | { readonly type: 'push'; readonly protocol: string; readonly peer: string; readonly client: string }
    | { readonly type: 'pull'; readonly protocol: string; readonly url: string }
    | null;
  readonly family: string | null;
  readonly tracks: readonly { readonly kind: string; readonly codec: string }[];
  readonly players: number;
  readonly waitingPlayers: number;
  readonly laggingPlayers: number;
  readonly droppedFrames: number;
  readonly keyframeAgeSeconds: number | null;
  readonly keyframeIntervalSeconds: number | null;
  readonly videoFramesPerSecond: number | null;
}

/** An entry of `GET sessions`. */
export interface SessionEntry extends Carried {
  readonly id: string;
  readonly role: string;
  readonly protocol: string;
  readonly tls: boolean;
  readonly stream: string | null;
  readonly address: string;
  readonly client: string;
  readonly identity: string | null;
  readonly since: string;
  readonly lagging: boolean;
  readonly droppedFrames: number;
}

/** An entry of `GET upstreams` or `GET forwards`. */
export interface ConnectionEntry {
  readonly id: string;
  readonly stream: string;
  readonly url: string;
  readonly state: string;
  readonly lastError: string | null;
  readonly reconnects: number;
  readonly origin: string;
}

/** An entry of `GET hooks`. */
export interface HookEntry {
  readonly hook: string;
  readonly kind: string;
  readonly match: string;
  readonly events: readonly string[];
  readonly target: string;
  readonly breaker: string;
  readonly waiting: number;
  readonly lastProblem: { readonly problem: string } | null;
}

/** An event of `GET events` as it is sent every other second. */
export interface StatusEvent {
  readonly relay: RelayEntry;
  readonly streams: readonly StreamEntry[];
}
