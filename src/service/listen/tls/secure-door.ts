import type { Socket } from 'node:net';
import type { Log } from '../../../log.ts';
import type { Session, SessionContext } from '../../../session/session.ts';
import { TlsHandshake } from '../../../session/tls-handshake.ts';
import type { Clock } from '../../../stream/clock.ts';
import type { Arrival, Door } from '../door.ts';
import type { HttpDoor } from '../http-listener.ts';
import { endsOf } from '../listener.ts';
import { FailedHandshakes, faultOf } from './failed-handshakes.ts';

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
  readonly #failed: FailedHandshakes;

  constructor(parts: SecureDoorParts) {
    this.#parts = parts;
    this.#failed = new FailedHandshakes(parts.clock, parts.log);
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
    const fault = faultOf(error, socket);
    const { reason, code } = fault;
    handshake.log.debug('tls', `failed the TLS handshake: ${reason}`, {
      handshakes: undefined,
      address: undefined,
      code,
    });
    handshake.destroy();
    if (handshake.hasSpoken) this.#failed.note(address, fault);
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
