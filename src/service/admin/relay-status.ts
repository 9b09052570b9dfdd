/** How a pull is doing, for people and metrics. */
export interface PullStatus {
  readonly stream: string;
  /** Without credentials. */
  readonly url: string;
  readonly state: 'connecting' | 'flowing' | 'waiting';
  /** Seconds in this connection. */
  readonly seconds: number;
  readonly lastError: string | undefined;
  readonly reconnects: number;
  readonly frames: number;
  readonly delayMs: number;
  /** Ids of the relays that bring the stream, nearest first. */
  readonly path: readonly string[];
}

/** How a forward is doing, for people and metrics. */
export interface ForwardStatus {
  readonly stream: string;
  /** Without anything that may be secret. */
  readonly url: string;
  readonly state: 'connecting' | 'flowing' | 'waiting';
  readonly lastError: string | undefined;
  readonly reconnects: number;
  readonly sentBytes: number;
}
