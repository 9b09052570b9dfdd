import { normalizeAddress } from '../../config/networks.ts';
import type { Refusal } from '../../session/access.ts';
import type { PeerFacts, Session, SessionContext } from '../../session/session.ts';
import type { PeerSocket } from '../../session/socket/peer-socket.ts';
import { endpoint } from './listener.ts';
import type { Denial } from './session-limits.ts';
import type { SessionTable } from './session-table.ts';

/** Counts the connections of all threads. */
export interface Admissions {
  /** What this thread's session ids begin with. */
  readonly prefix: string;
  /** Whether a connection may come in. @param address - null where it counts to none */
  admit(session: string, address: string | null): Promise<Denial | undefined>;
  /** Counts a connection to another address, or to none, if it may come in from there. */
  move(session: string, address: string | null): Promise<Denial | undefined>;
}

/** Who has come on a connection, where that is not for the connection to say. */
export interface Arrival extends PeerFacts {
  /** Whether it is a proxy that may bring many: its own address limits nothing. */
  readonly isProxy: boolean;
  /** Whether it is the relay that takes this one's place: it comes in however full it is. */
  readonly isSuccessor?: boolean;
}

/** What a door needs: most of it goes to the sessions. */
export type DoorParts = Omit<SessionContext, 'id' | 'countFor' | 'refusal' | keyof PeerFacts> & {
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
   * @param arrival - who has come, where it is not whom the connection is with
   * @returns undefined when it was cut
   */
  admit<S extends Session>(
    socket: PeerSocket,
    begin: (context: SessionContext) => S,
    arrival?: Arrival,
  ): S | undefined {
    const { table, admissions, ...common } = this.#parts;
    const { isSuccessor = false } = arrival ?? {};
    const { remoteAddress, remotePort = 0 } = socket;
    if (remoteAddress === undefined && !isSuccessor) {
      socket.destroy(); // gone before it was here
      return undefined;
    }
    socket.on('error', () => {}); // 'close' follows
    const address = arrival?.address ?? normalizeAddress(remoteAddress ?? '');
    const counted = arrival?.isProxy || isSuccessor ? null : address;
    const id = `${admissions?.prefix ?? ''}c${++this.#lastSession}`;
    const refusal = isSuccessor ? undefined : (admissions?.admit(id, counted) ?? table.admit(counted));
    if (refusal instanceof Promise) {
      refusal.then(
        (denial) => denial?.isCut && this.turnAway(socket, address, denial),
        () => socket.destroy(),
      );
    } else if (refusal?.isCut) {
      this.turnAway(socket, address, refusal);
      return undefined;
    }
    const peer = endpoint(address, remotePort);
    const context: SessionContext = { ...common, id, address, peer, refusal };
    const session = begin(arrival === undefined ? context : this.#arrived(context, arrival));
    const isGuest = refusal !== undefined && !(refusal instanceof Promise);
    table.add(session, counted, isGuest);
    return session;
  }

  /** A connection goes on as another session, under the same id. */
  replace(session: Session): void {
    this.#parts.table.replace(session);
  }

  /** Cuts a session that has to make room. */
  evict(session: Session, why: Refusal): void {
    this.turnAway(session, session.address, why);
  }

  #arrived(context: SessionContext, { isProxy, isSuccessor: _, ...facts }: Arrival): SessionContext {
    if (!isProxy) return { ...context, ...facts };
    const { table, admissions } = this.#parts;
    const countFor = (address: string | null) =>
      admissions?.move(context.id, address) ?? table.move(context.id, address);
    return { ...context, ...facts, countFor };
  }

  /** Cuts a connection that may not come in, or not stay. A flood of them costs a line of log a second, not one each. */
  turnAway(connection: { destroy(): unknown }, address: string, { refused, description }: Refusal): void {
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
