/** What the API answers, as far as it is read here. */

export interface LoadFigure {
  readonly name: string;
  readonly now: number;
  readonly limit: number | null;
}

export interface RelayAnswer {
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
  readonly load: readonly LoadFigure[];
  readonly certificates: readonly {
    readonly listener: string;
    readonly subject: string;
    readonly notAfter: string;
  }[];
  readonly reload: { readonly succeeded: boolean; readonly at: string };
}

export interface StreamAnswer {
  readonly stream: string;
  readonly state: string;
  readonly source: {
    readonly type: string;
    readonly protocol?: string;
    readonly peer?: string;
    readonly url?: string;
  } | null;
  readonly since: string | null;
  readonly tracks: readonly { readonly codec: string }[];
  readonly players: number;
  readonly waitingPlayers: number;
  readonly laggingPlayers: number;
  readonly droppedFrames: number;
  readonly backlogBytes: number;
  readonly keyframeAgeSeconds: number | null;
  readonly keyframeIntervalSeconds: number | null;
  readonly videoFramesPerSecond: number | null;
  readonly receivedBitsPerSecond: number | null;
  readonly sentBitsPerSecond: number | null;
}

export interface SessionAnswer {
  readonly id: string;
  readonly role: string;
  readonly protocol: string;
  readonly tls: boolean;
  readonly stream: string | null;
  readonly address: string;
  readonly identity: string | null;
  readonly client: string;
  readonly since: string;
  readonly lagging: boolean;
  readonly droppedFrames: number;
  readonly backlogBytes: number;
  readonly backlogMs: number;
  readonly sentBytes: number;
  readonly receivedBitsPerSecond: number | null;
  readonly sentBitsPerSecond: number | null;
}

export interface LinkAnswer {
  readonly id: string;
  readonly origin: string;
  readonly stream: string;
  readonly url: string;
  readonly state: string;
  readonly lastError?: string | null;
  readonly reconnects: number;
}

export interface UpstreamAnswer extends LinkAnswer {
  readonly seconds: number;
  readonly frames: number;
  readonly delayMs: number;
}

export interface ForwardAnswer extends LinkAnswer {
  readonly sentBytes: number;
}

export interface BanAnswer {
  readonly id: string;
  readonly kind: string;
  readonly value: string;
  readonly until: string;
}

export interface KeyExplanation {
  readonly stream: string;
  readonly verdict: string;
  readonly findings: readonly {
    readonly about: string;
    readonly ok: boolean | null;
    readonly text: string;
  }[];
}
