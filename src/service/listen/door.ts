import type { Socket } from 'node:net';
import { normalizeAddress } from '../../config/networks.ts';
import type { Refusal } from '../../session/access.ts';
import type { Session, SessionContext } from '../../session/session.ts';
import { endpoint } from './listener.ts';
import type { Denial } from './session-limits.ts';
import type { SessionTable } from './session-table.ts';

/** Counts the connections of all threads. */
export interface Admissions {
  /** What this thread's session ids begin with. */
  readonly prefix: string;
  /** Whether a connection may come in. */
  admit(session: string, address: string): Promise<Denial | undefined>;
}

/** What a door needs: most of it goes to the sessions. */
export type DoorParts = Omit<SessionContext, 'id' | 'address' | 'peer' | 'refusal'> & {
  readonly table: SessionTable;
  /** Where connections are counted that come in by other threads too; undefined when there are none. */
  readonly admissions: Admissions | undefined;
};

/** Where connections come in, whatever they speak: lets them in, gives them what a session needs, or cuts them. */
export class Door {
  readonly #parts: DoorParts;
  #lastSession = 0;
  #cutCount = 0;

  constructor(parts: DoorParts) {
    this.#parts = parts;
  }

  /**
   * Lets a connection in, if only to be refused politely.
   * @param begin - makes its session, which counts from then on
   * @returns undefined when it was cut
   */
  admit<S extends Session>(socket: Socket, begin: (context: SessionContext) => S): S | undefined {
    const { table, admissions, ...context } = this.#parts;
    const { remoteAddress, remotePort } = socket;
    if (remoteAddress === undefined || remotePort === undefined) {
      socket.destroy(); // gone before it was here
      return undefined;
    }
    socket.on('error', () => {}); // 'close' follows
    const address = normalizeAddress(remoteAddress);
    const id = `${admissions?.prefix ?? ''}c${++this.#lastSession}`;
    const refusal = admissions?.admit(id, address) ?? table.admit(address);
    if (refusal instanceof Promise) {
      refusal.then(
        (denial) => denial?.isCut && this.#cut(socket, address, denial),
        () => socket.destroy(),
      );
    } else if (refusal?.isCut) {
      this.#cut(socket, address, refusal);
      return undefined;
    }
    const peer = endpoint(address, remotePort);
    const session = begin({ ...context, id, address, peer, refusal });
    const isGuest = refusal !== undefined && !(refusal instanceof Promise);
    table.add(session, isGuest);
    return session;
  }

  /** A connection goes on as another session, under the same id. */
  replace(session: Session): void {
    this.#parts.table.replace(session);
  }

  /** Cuts a session that has to make room. */
  evict(session: Session, why: Refusal): void {
    this.#cut(session, session.address, why);
  }

  /** A flood of connections costs a line of log a second, not one each. */
  #cut(connection: { destroy(): unknown }, address: string, { refused, description }: Refusal): void {
    const { clock, log, events } = this.#parts;
    connection.destroy();
    events.onRejected(refused);
    if (this.#cutCount++ > 0) return;
    clock.after(1000, () => {
      const text = `connections cut: ${this.#cutCount}, the first one from ${address}: ${description}`;
      log.warn('cut', text, { connections: this.#cutCount, address, reason: refused });
      this.#cutCount = 0;
    });
  }
}
