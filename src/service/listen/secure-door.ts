import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Log } from '../../log.ts';
import type { Session, SessionContext } from '../../session/session.ts';
import { TlsHandshake } from '../../session/tls-handshake.ts';
import type { Clock } from '../../stream/clock.ts';
import type { Arrival, Door } from './door.ts';
import type { HttpDoor } from './http-listener.ts';

/** Failed handshakes cost a line of log in so many milliseconds, not one each. */
const FAILURES_MS = 1000;

/** What a secure door needs. */
export interface SecureDoorParts {
  readonly door: Door;
  readonly clock: Clock;
  readonly log: Log;
  /** What is spoken over TLS, as sessions call it. */
  readonly protocol: string;
}

/**
 * The door of a TLS listener. A connection is let in, and counted, before its handshake; what comes in encrypted goes on
 * under the same id.
 */
export class SecureDoor implements HttpDoor {
  readonly #parts: SecureDoorParts;
  /** By the ends of their connections: node:tls gives a socket of its own to each and does not say for which. */
  readonly #handshakes = new Map<string, TlsHandshake>();
  #failures = 0;

  constructor(parts: SecureDoorParts) {
    this.#parts = parts;
  }

  /** Lets a connection in. @returns false when it was cut */
  begin(socket: Socket, arrival?: Arrival): boolean {
    const { door, protocol } = this.#parts;
    const handshake = door.admit(socket, (context) => new TlsHandshake(socket, protocol, context), arrival);
    if (handshake === undefined) return false;
    const ends = endsOf(socket);
    this.#handshakes.set(ends, handshake);
    socket.on('close', () => {
      if (this.#handshakes.get(ends) === handshake) this.#handshakes.delete(ends);
    });
    return true;
  }

  /** The handshake has failed; its connection is closed, or about to be. @param socket - as node:tls gives it */
  onFailed(socket: Socket, error: Error): void {
    const handshake = this.#handshakes.get(endsOf(socket));
    if (handshake === undefined || handshake.isLetGo) return; // reset, or cut from here
    const { address } = handshake;
    const { code = '', reason = causeOf(error, socket) } = error as NodeJS.ErrnoException & {
      readonly reason?: string;
    };
    handshake.log.debug('tls', `failed the TLS handshake: ${reason}`, {
      handshakes: undefined,
      address: undefined,
      code,
    });
    handshake.destroy();
    if (!handshake.hasSpoken || this.#failures++ > 0) return;
    const { clock, log } = this.#parts;
    clock.after(FAILURES_MS, () => {
      const text = `TLS handshakes failed: ${this.#failures}, the first one with ${address}: ${reason}`;
      log.warn('tls', text, { handshakes: this.#failures, address, code });
      this.#failures = 0;
    });
  }

  /** The connection is encrypted now; it was let in before. */
  admit<S extends Session>(socket: Socket, begin: (context: SessionContext) => S): S | undefined {
    const handshake = this.#handshakes.get(endsOf(socket));
    if (handshake === undefined || socket.destroyed) {
      socket.destroy(); // gone already
      return undefined;
    }
    const session = begin(handshake.context);
    handshake.release();
    this.#parts.door.replace(session);
    return session;
  }

  replace(session: Session): void {
    this.#parts.door.replace(session);
  }
}

/** A client's certificate that is refused ends the connection without a word of why. */
function causeOf({ message }: Error, socket: Socket): string {
  const { authorizationError } = socket as Partial<TLSSocket>;
  if (!authorizationError) return message;
  return `the client shows no certificate of an authority of clientCaFile: ${String(authorizationError)}`;
}

function endsOf({ remoteAddress, remotePort, localAddress }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress}`;
}
