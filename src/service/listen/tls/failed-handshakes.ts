import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Log } from '../../../log.ts';
import type { Clock } from '../../../stream/clock.ts';

/** Failed handshakes cost a line of log in so many milliseconds, not one each. */
const FAILURES_MS = 1000;

/** Why a handshake has failed. */
export interface HandshakeFault {
  /** For people. */
  readonly reason: string;
  /** As Node gives it, perhaps empty. */
  readonly code: string;
}

/** @param socket - as node:tls gives it */
export function faultOf(error: Error, socket: Socket): HandshakeFault {
  const { code = '', reason } = error as NodeJS.ErrnoException & { readonly reason?: string };
  return { code, reason: reason ?? causeOf(error, socket) };
}

/** A client's certificate that is refused ends the connection without a word of why. */
function causeOf({ message }: Error, socket: Socket): string {
  const { authorizationError } = socket as Partial<TLSSocket>;
  if (!authorizationError) return message;
  return `the client shows no certificate of an authority of clientCaFile: ${String(authorizationError)}`;
}

/** The handshakes of one listener that have failed, as its log has them. */
export class FailedHandshakes {
  readonly #clock: Clock;
  readonly #log: Log;
  #count = 0;

  /** @param log - the listener's */
  constructor(clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
  }

  /** One more has failed. @param address - of the client, normalized; undefined where nobody knows it any more */
  note(address: string | undefined, { reason, code }: HandshakeFault): void {
    if (this.#count++ > 0) return;
    this.#clock.after(FAILURES_MS, () => {
      const text = `TLS handshakes failed: ${this.#count}, the first one with ${address ?? 'a client'}: ${reason}`;
      this.#log.warn('tls', text, { handshakes: this.#count, address: address ?? null, code });
      this.#count = 0;
    });
  }
}
