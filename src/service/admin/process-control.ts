/** How a relay is to drain, where not as its settings say. */
export interface DrainWish {
  /** Where relays that can do so are asked to go; null: elsewhere, without saying where. */
  readonly reconnectUrl?: string | null | undefined;
  /** How long those who are there may stay, milliseconds. */
  readonly timeoutMs?: number | undefined;
}

/** What came of reading the configuration again: which settings wait for a restart, or what is wrong with it. */
export type ReloadOutcome =
  | { readonly restartNeeded: readonly string[] }
  | { readonly faults: readonly string[] };

/** What ends or reloads the process that a relay runs in, as its signals do. */
export interface ProcessControl {
  /** As SIGTERM does. @param by - who wishes so, for the log */
  drain(wish: DrainWish, by: string): void;
  /** As SIGHUP does. */
  reload(): Promise<ReloadOutcome>;
}
