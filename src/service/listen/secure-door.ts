import type { Socket } from 'node:net';
import type { Log } from '../../log.ts';
import type { Session, SessionContext } from '../../session/session.ts';
import { TlsHandshake } from '../../session/tls-handshake.ts';
import type { Clock } from '../../stream/clock.ts';
import type { Door } from './door.ts';
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
  /** Those whose encrypted connection has come, until their session begins. */
  readonly #done = new Map<string, TlsHandshake>();
  #failures = 0;

  constructor(parts: SecureDoorParts) {
    this.#parts = parts;
  }

  /** Lets a connection in. @returns false when it was cut */
  begin(socket: Socket): boolean {
    const { door, protocol } = this.#parts;
    const context = door.admit(socket);
    if (context === undefined) return false;
    const handshake = new TlsHandshake(socket, protocol, context);
    const ends = endsOf(socket);
    this.#handshakes.set(ends, handshake);
    socket.on('close', () => {
      if (this.#handshakes.get(ends) === handshake) this.#handshakes.delete(ends);
    });
    door.add(handshake);
    return true;
  }

  /** The handshake has failed; its connection is closed, or about to be. @param socket - as node:tls gives it */
  onFailed(socket: Socket, error: Error): void {
    const handshake = this.#handshakes.get(endsOf(socket));
    if (handshake === undefined) return; // reset, which is told by its close
    const { code = '', reason = error.message } = error as NodeJS.ErrnoException & {
      readonly reason?: string;
    };
    handshake.log.debug('tls', `the TLS handshake failed: ${reason}`, { code });
    handshake.destroy();
    if (!handshake.hasSpoken || this.#failures++ > 0) return;
    const { clock, log } = this.#parts;
    clock.after(FAILURES_MS, () => {
      const text = `${this.#failures} TLS handshakes failed, the first with ${handshake.address}: ${reason}`;
      log.warn('tls', text, { handshakes: this.#failures, address: handshake.address, code });
      this.#failures = 0;
    });
  }

  /** The connection is encrypted now; it was let in before. */
  admit(socket: Socket): SessionContext | undefined {
    const handshake = this.#handshakes.get(endsOf(socket));
    if (handshake === undefined || socket.destroyed) {
      socket.destroy(); // gone already
      return undefined;
    }
    this.#done.set(handshake.id, handshake);
    return handshake.context;
  }

  add(session: Session): void {
    const handshake = this.#done.get(session.id);
    if (handshake === undefined) throw new Error(`session ${session.id} begins without a handshake`);
    this.#done.delete(session.id);
    handshake.release();
    this.#parts.door.replace(handshake, session);
  }

  replace(former: Session, session: Session): void {
    this.#parts.door.replace(former, session);
  }
}

function endsOf({ remoteAddress, remotePort, localAddress }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress}`;
}
