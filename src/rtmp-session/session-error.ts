import type { AmfObject } from '../protocol/amf/amf-value.ts';
import type { ServerRefusal } from '../protocol/rtmp/dialogue/net-stream.ts';

/** A call that the peer has answered with `_error`. */
export class RtmpCallError extends Error {
  override readonly name = 'RtmpCallError';
  /** As the peer says it, such as `NetConnection.Call.Failed`; empty when it says none. */
  readonly code: string;
  /** All that the peer says. */
  readonly information: AmfObject;
  constructor(code: string, description: string, information: AmfObject) {
    super(description);
    this.code = code;
    this.information = information;
  }
}

/** The server has refused to connect, to play or to publish, or has ended what it had accepted. */
export class RtmpRefusedError extends Error {
  override readonly name = 'RtmpRefusedError';
  /** As the server says it, such as `NetStream.Publish.BadName`. */
  readonly code: string;
  /** All that the server says: `ex` in it may name another server. */
  readonly information: AmfObject;
  constructor({ code, description, information }: ServerRefusal) {
    super(description);
    this.code = code;
    this.information = information;
  }
}

/** The connection is closed: by whom, and why, stands in the message and the cause. */
export class SessionClosedError extends Error {
  override readonly name = 'SessionClosedError';
}

/** Something took longer than it may. */
export class SessionTimeoutError extends Error {
  override readonly name = 'TimeoutError';
  /** What was waited for, such as `handshake`. */
  readonly what: string;
  readonly timeoutMs: number;
  constructor(what: string, timeoutMs: number) {
    super(`${what}: not within ${timeoutMs} ms`);
    this.what = what;
    this.timeoutMs = timeoutMs;
  }
}
