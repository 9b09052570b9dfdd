/** What one stream shows. */
export interface StreamSample {
  readonly key: string;
  readonly players: ReadonlyMap<string, number>;
  /** Whether another thread keeps the stream: what comes in is counted there. */
  readonly isCopy: boolean;
  readonly receivedBytes: number;
  readonly sentBytes: number;
  readonly droppedFrames: number;
  readonly receivedFrames: number;
  readonly videoFrames: number;
  readonly laggingPlayers: number;
  readonly cacheBytes: number;
  /** Undefined before the first keyframe. */
  readonly keyframeAgeSeconds: number | undefined;
  /** Undefined before the second keyframe. */
  readonly keyframeIntervalSeconds: number | undefined;
}

/** What an upstream or a forward shows. */
export interface LinkSample {
  readonly stream: string;
  /** Of the other server, without anything that may be secret. */
  readonly url: string;
  /** Whether media flows. */
  readonly isUp: boolean;
  readonly connects: Iterable<{ readonly url: string; readonly outcome: string; readonly count: number }>;
}

/** All sessions at one moment. */
export interface SessionsSample {
  readonly counts: Iterable<{ readonly role: string; readonly protocol: string; readonly count: number }>;
  /** By protocol, since the start, those that are gone included. */
  readonly bytes: Iterable<readonly [string, { readonly received: number; readonly sent: number }]>;
  /** Bytes held for them: sent and not taken yet, received and not acted on yet. */
  readonly held: { readonly backlog: number; readonly partial: number };
}

/** What a hook was told. */
export interface ToldHookSample {
  /** As the configuration calls it, such as `hooks.0`. */
  readonly hook: string;
  /** Events, by what became of them. */
  readonly counts: Readonly<Record<'told' | 'failed' | 'lost', number>>;
  /** Events that wait to be told. */
  readonly queueLength: number;
}

/** How much of a limit is in use. */
export interface ShareSample {
  /** Of which streams, and whose. */
  readonly match: string;
  readonly per: string;
  /** The name of its setting, such as `players`. */
  readonly limit: string;
  /** Of whoever has most of it: 1 is all. */
  readonly usedRatio: number;
}

/** What a relay has limits of: the settings of `limits`, and besides what is kept, V8's heap and the memory of a container. */
export const limitNames = [
  'sessions',
  'sessionsPerAddress',
  'pendingSessions',
  'pendingSessionsPerAddress',
  'pendingBytes',
  'pendingBytesPerAddress',
  'waitingPlayersPerAddress',
  'onDemandPulls',
  'pendingPullsPerAddress',
  'cacheBytes',
  'heapBytes',
  'residentBytes',
] as const;

/** How far a limit is used; where it is one per address, by whoever uses most of it. */
export interface LimitSample {
  readonly limit: (typeof limitNames)[number];
  readonly used: number;
  /** Infinite where nothing limits it. */
  readonly most: number;
}

/** How it went to read the configuration again. */
export interface ReloadSample {
  readonly counts: Readonly<Record<'success' | 'failure', number>>;
  /** Whether it could be used when it was last read, at the start or since. */
  readonly isSuccessful: boolean;
  /** When it was last read and could be used, seconds since 1970. */
  readonly succeededAtSeconds: number;
}

/** The link of a relay to its house. */
export interface HouseSample {
  readonly isUp: boolean;
  /** Tries to link, by what became of them. */
  readonly connects: Iterable<readonly [outcome: string, count: number]>;
  /** Links that were lost. */
  readonly lost: number;
  /** Whether the relay goes by the last config that it was given. */
  readonly isConfigGood: boolean;
}

/** The certificate of a listener. */
export interface CertificateSample {
  /** As the configuration calls it. */
  readonly listener: string;
  /** Seconds since 1970. */
  readonly expiresAtSeconds: number;
}

/** What a hook that is asked shows. */
export interface AskedHookSample {
  /** As the configuration calls it, such as `hooks.0`. */
  readonly hook: string;
  /** One of {@link LabelValues.breakerStates}. */
  readonly breaker: string;
  /** Questions that wait for their turn. */
  readonly waiting: number;
}

/** What is recorded in a thread. */
export interface RecordingSample {
  /** Streams that are recorded, or are to be. */
  readonly open: number;
  /** Files, by how they have ended. */
  readonly ends: Readonly<Record<'finished' | 'full' | 'failed' | 'lost', number>>;
  /** Frames that are missing in recordings. */
  readonly droppedFrames: number;
  /** Media that was handed to the store. */
  readonly bytes: number;
  /** What waits for it. */
  readonly queueBytes: number;
  /** Whether it takes something. */
  readonly isStoreUp: boolean;
}

/** How uploads of recordings stand, since their store was started. */
export interface UploadSample {
  /** Recordings that wait, with those that are being uploaded. */
  readonly waiting: number;
  readonly done: number;
  readonly doneBytes: number;
  /** Tries that have failed. */
  readonly failed: number;
}

/** What the process takes that writes recordings. */
export interface StoreSample {
  /** Since it was started. */
  readonly cpuSeconds: number;
  readonly residentBytes: number;
}

/** Where the numbers come from when Prometheus asks. */
export interface MetricsSource {
  streams(): Iterable<StreamSample>;
  /** How many streams have a source here that is no copy. */
  liveStreams(): number;
  /** What is kept for players that join late and for publishers that are to take over, bytes. */
  cacheBytes(): number;
  /** How often what was kept of a stream gave way to what was kept of others. */
  cacheEvictions(): number;
  sessions(): SessionsSample;
  upstreams(): Iterable<LinkSample>;
  forwards(): Iterable<LinkSample & { readonly sentBytes: number }>;
  askedHooks(): Iterable<AskedHookSample>;
  /** Lines that the log has left out, by what they were about. */
  leftOutLines(): Iterable<[string, number]>;
  /** Lines that the log has lost because nobody took them. */
  lostLines(): number;
  /** Those that are told what happens. */
  toldHooks(): Iterable<ToldHookSample>;
  /** None in a thread that does not count them. */
  shares(): Iterable<ShareSample>;
  /** Those that this thread knows. */
  limits(): Iterable<LimitSample>;
  /** How many bans hold now, by whom they keep out; none in a thread that does not count them. */
  bans(): Iterable<readonly [kind: string, count: number]>;
  /** From how many addresses no credentials are looked at now; 0 in a thread that does not count them. */
  blockedAddresses(): number;
  /** Undefined in a thread that does not count them. */
  reloads(): ReloadSample | undefined;
  /** Requests of SNMP, by what became of them; none in a thread that does not answer them. */
  snmp(): Iterable<[string, number]>;
  /** Undefined in a thread that has none, and where the relay belongs to no house. */
  house(): HouseSample | undefined;
  /** Undefined in a thread that records nothing. */
  recordings(): RecordingSample | undefined;
  /** Undefined in a thread that has no store, and where nothing is uploaded. */
  uploads(): UploadSample | undefined;
  /** Undefined in a thread that has no store. */
  store(): StoreSample | undefined;
  /** Those that new connections get. */
  certificates(): Iterable<CertificateSample>;
}

/** The values that labels can have where that is known: their series are there from the start. */
export interface LabelValues {
  readonly role: readonly string[];
  /** What sessions speak. */
  readonly protocol: readonly string[];
  /** What streams go out as. */
  readonly streamProtocols: readonly string[];
  /** What lines of the log are about. */
  readonly about: readonly string[];
  /** Why peers are refused. */
  readonly refusals: readonly string[];
  /** Why players leave. */
  readonly departures: readonly string[];
  /** What becomes of questions to hooks. */
  readonly questionOutcomes: readonly string[];
  /** Who calls whom. */
  readonly callDirections: readonly string[];
  /** What becomes of calls. */
  readonly callOutcomes: readonly string[];
  /** Whether a hook is asked. */
  readonly breakerStates: readonly string[];
}

/** How many series there may be; that may change. */
export interface LabelLimits {
  /** How many streams may have series of their own. */
  readonly streamLabels: number;
}

/** How metrics are shown. */
export interface MetricsOptions {
  readonly labels: LabelValues;
  readonly limits: LabelLimits;
  /** The name of the relay in the thread that shows the process, too: one of them does. */
  readonly relayName: string | undefined;
}
