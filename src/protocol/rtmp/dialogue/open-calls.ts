import type { AmfObject, AmfValue } from '../../amf/amf-value.ts';
import { propertiesOf } from '../message/command-message.ts';
import { StatusCode, statusObject } from './status.ts';

/** A command of the peer that is none of NetConnection's or NetStream's own. @see RTMP 1.0 section 7.2.1.2 */
export interface PeerCall {
  readonly name: string;
  /** What the answer refers to; 0 when none is expected. */
  readonly transactionId: number;
  /** Null from nearly all peers: what they mean stands in `args`. */
  readonly commandObject: AmfValue;
  readonly args: readonly AmfValue[];
  /** 0 when it concerns the connection. */
  readonly messageStreamId: number;
}

/** How a call to the peer ended: with `_result`, or with `_error` and its information object. */
export type CallAnswer = { readonly result: AmfValue } | { readonly error: AmfObject };

/** How many calls may wait for their answers on one connection. */
const MAX_OPEN_CALLS = 256;

/** The calls to a peer that it has not answered yet, by transaction id. */
export class OpenCalls {
  readonly #settles = new Map<number, (answer: CallAnswer) => void>();
  #nextId: number;

  /** @param firstId - of the transaction ids that it gives out */
  constructor(firstId: number) {
    this.#nextId = firstId;
  }

  /**
   * Opens a call.
   * @param settle - is called once, unless the call is cancelled
   * @param send - sends it; when that throws, there is no call
   * @returns its transaction id, or undefined when too many are open
   */
  open(settle: (answer: CallAnswer) => void, send: (transactionId: number) => void): number | undefined {
    if (this.#settles.size >= MAX_OPEN_CALLS) return undefined;
    const id = this.takeIds(1);
    this.#settles.set(id, settle);
    try {
      send(id);
    } catch (error) {
      this.cancel(id);
      throw error;
    }
    return id;
  }

  /** Takes transaction ids for calls whose answers somebody else waits for; the first of them. */
  takeIds(count: number): number {
    const first = this.#nextId;
    this.#nextId += count;
    return first;
  }

  /** Forgets a call: an answer that comes late says nothing to anybody. */
  cancel(id: number): void {
    this.#settles.delete(id);
  }

  /** Takes the arguments of a `_result` or `_error`; one that answers no open call is ignored. */
  answer(name: '_result' | '_error', id: number, args: readonly AmfValue[]): void {
    this.#settle(id, name === '_result' ? { result: args[1] } : { error: propertiesOf(args[1]) });
  }

  /** Ends all calls: the connection is gone. */
  close(): void {
    const description = 'the connection was closed before the call was answered';
    const error = statusObject({ level: 'error', code: StatusCode.connectClosed, description });
    for (const id of [...this.#settles.keys()]) this.#settle(id, { error });
  }

  #settle(id: number, answer: CallAnswer): void {
    const settle = this.#settles.get(id);
    this.#settles.delete(id);
    settle?.(answer);
  }
}
