import type { AmfValue } from '../protocol/amf/amf-value.ts';
import type { WaitOptions } from './waiting.ts';

/** A call to the peer: its name, and how long to wait for the answer. */
export interface SessionCallRequest extends WaitOptions {
  readonly name: string;
}

/** A call of the peer. */
export interface SessionCall {
  readonly name: string;
  /** As they were sent. Peers can build cyclic values: walk them with care. */
  readonly args: readonly AmfValue[];
  /** Null from nearly all peers. */
  readonly commandObject: AmfValue;
  /** Whether the peer wants an answer; of a notification it wants none. */
  readonly wantsAnswer: boolean;
  /** Aborts when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

/** Answers calls of the peer. What it throws is told to the peer if it is a `CallFault`; of anything else only that the call failed. */
export type SessionCallHandler = (call: SessionCall) => AmfValue | Promise<AmfValue>;
