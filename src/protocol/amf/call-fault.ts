import type { AmfValue } from './amf-value.ts';

/** The code of a call that has failed, where the handler says no other. */
export const CALL_FAILED = 'NetConnection.Call.Failed';

/** What a client is told instead of a result. */
export class CallFault extends Error {
  override readonly name = 'CallFault';
  /** In the manner of RTMP, such as `NetConnection.Call.Failed`. */
  readonly code: string;
  /** Whatever else the client is to know; undefined for nothing. */
  readonly details: AmfValue;

  /** @param description - a sentence for the person at the other end */
  constructor(code: string, description: string, details?: AmfValue) {
    super(description);
    this.code = code;
    this.details = details;
  }

  /** A sentence for the person at the other end. */
  get description(): string {
    return this.message;
  }
}

/** What a client is told of whatever a handler has thrown: of faults of the inside nothing. */
export function faultOf(error: unknown): CallFault {
  return error instanceof CallFault ? error : new CallFault(CALL_FAILED, 'the call has failed');
}
