import type { Socket } from 'node:net';
import type { Log } from '../log.ts';
import { peerLog } from './connection.ts';
import { Deadline } from './deadline.ts';
import type { Session, SessionContext } from './session.ts';

/** A connection that was let in and is not encrypted yet: it counts as one, and has the time of a handshake. */
export class TlsHandshake implements Session {
  readonly id: string;
  readonly protocol: string;
  readonly address: string;
  readonly role = 'pending';
  readonly isTls = true;
  readonly via: string | undefined;
  readonly serverName = undefined;
  readonly client = '';
  readonly since: number;
  /** What is spoken here is nobody's: bytes are counted behind it. */
  readonly receivedBytes = 0;
  readonly sentBytes = 0;
  readonly partialBytes = 0;
  readonly backlogBytes = 0;
  readonly context: SessionContext;
  readonly log: Log;
  readonly #socket: Socket;
  readonly #deadline: Deadline;
  /** What the connection had received before the client's first byte. */
  readonly #receivedBefore: number;
  #isLetGo = false;
  readonly #onClose = (): void => this.#onClosed();

  /** @param protocol - what will be spoken over TLS */
  constructor(socket: Socket, protocol: string, context: SessionContext) {
    this.id = context.id;
    this.protocol = protocol;
    this.address = context.address;
    this.via = context.via;
    this.since = context.clock.now();
    this.context = context;
    this.log = peerLog(context, protocol);
    this.#socket = socket;
    this.#receivedBefore = socket.bytesRead - socket.readableLength;
    this.#deadline = new Deadline(context.clock, (what) => this.#onMissed(what));
    this.#deadline.expect('TLS handshake', context.deadlines.handshakeMs);
    socket.on('error', ({ message }) => this.log.debug('socket-error', `lost its connection: ${message}`));
    socket.on('close', this.#onClose);
  }

  /** Whether the peer has sent anything: one that only looks whether the port is open has not. */
  get hasSpoken(): boolean {
    return this.#socket.bytesRead > this.#receivedBefore;
  }

  /** Whether its end comes from here, and is no fault of the handshake. */
  get isLetGo(): boolean {
    return this.#isLetGo;
  }

  get isOpen(): boolean {
    return !this.#isLetGo;
  }

  activities(): [] {
    return [];
  }

  askToReconnect(): boolean {
    return false;
  }

  dismiss(): void {
    this.destroy();
  }

  destroy(): void {
    this.#isLetGo = true;
    this.#socket.destroy();
  }

  /** The handshake is done: another session goes on and tells the connection's end. */
  release(): void {
    this.#deadline.clear();
    this.#socket.off('close', this.#onClose);
  }

  #onMissed(what: string): void {
    this.log.warn('deadline', `timed out: no ${what}`, { missed: what });
    this.destroy();
  }

  #onClosed(): void {
    this.#deadline.clear();
    this.context.events.onClosed(this);
  }
}
