import type { ByteBudget } from '../protocol/capture/byte-budget.ts';
import type { InspectSink } from './record.ts';

/** Reads what comes of one flow. */
export interface FlowContentReader {
  /** @param bytes - a view, which is the caller's again afterwards */
  push(bytes: Buffer, timeMs: number | undefined): void;
  /** So many bytes are missing; undefined for nobody knows how many. */
  gap(bytes: number | undefined): void;
  end(): void;
}

/** What all flows of an inspection have in common. */
export interface FlowOptions {
  readonly sink: InspectSink;
  /** Of all that waits for more bytes. */
  readonly budget: ByteBudget;
  /** Whether chunks are told of, besides the messages in them. */
  readonly tellsChunks: boolean;
}
