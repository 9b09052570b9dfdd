import type {
  CertificateSample,
  LabelValues,
  LimitSample,
  ReloadSample,
  SessionsSample,
} from '../metrics-source.ts';

/** What one relay of a fleet shows. */
export interface RelaySample {
  readonly id: string;
  /** One of {@link HouseLabels.states}. */
  readonly state: string;
  /** Whether it reports. */
  readonly isUp: boolean;
  /** Whether it says that it is full. */
  readonly isFull: boolean;
  readonly players: number;
  readonly publishers: number;
  readonly sentBitsPerSecond: number;
  readonly receivedBitsPerSecond: number;
  /** How much of its limits is in use, of several the fullest: 1 is all; undefined where it has none. */
  readonly usedRatio: number | undefined;
  /** Whether it goes by the config that it is to go by; undefined where that is not known. */
  readonly isUpToDate: boolean | undefined;
  /** How often it has opened its link again to this house. */
  readonly reconnects: number;
}

/** Where the numbers of a house come from when Prometheus asks. */
export interface HouseMetricsSource {
  /** In the order of the roster. */
  relays(): Iterable<RelaySample>;
  /** How many are linked to this house. */
  links(): number;
  /** Whether what is decided can be kept, and other houses can be told. */
  isStoreThere(): boolean;
  /** Bans of the whole fleet that hold now, by whom they keep out. */
  bans(): Iterable<readonly [kind: string, count: number]>;
  /** How often a config was taken back because the relay that had it first did worse. */
  rollbacks(): number;
  sessions(): SessionsSample;
  limits(): Iterable<LimitSample>;
  blockedAddresses(): number;
  leftOutLines(): Iterable<[string, number]>;
  lostLines(): number;
  reloads(): ReloadSample | undefined;
  certificates(): Iterable<CertificateSample>;
}

/** The values that labels of a house's metrics can have: their series are there from the start. */
export interface HouseLabels extends Pick<LabelValues, 'role' | 'protocol' | 'about' | 'refusals'> {
  /** How a relay can stand. */
  readonly states: readonly string[];
  /** Why nobody can be chosen. */
  readonly noChoices: readonly string[];
}
