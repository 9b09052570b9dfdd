import type { Frame } from '../../../stream/frame.ts';

/** What a stream that is kept by another worker tells the worker that subscribed to it. */
export interface SubscriptionEvents {
  /** @param isCatchUp - whether frames follow that were there before; {@link onCaughtUp} comes behind them */
  onBegin(path: readonly string[], isCatchUp: boolean): void;
  onCaughtUp(): void;
  onFrame(frame: Frame): void;
  onPath(path: readonly string[]): void;
  /** The stream has lost its source; it begins again, or ends. */
  onAway(): void;
  onNotFound(): void;
  onEnd(): void;
}

/** What a copy of a stream has sent its players. */
export interface CarriedTotals {
  readonly sentBytes: number;
  readonly droppedFrames: number;
}

/** A hold on a stream that another worker keeps. */
export interface Subscription {
  /** Somebody else wants the stream. @param path - ids of the relays that wait for it here */
  demand(path: readonly string[]): void;
  /** Ends the subscription. @param totals - what it came to, for the home to go on counting */
  end(totals: CarriedTotals): void;
}
