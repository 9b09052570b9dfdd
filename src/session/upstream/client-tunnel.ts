import { isIPv6, type Socket } from 'node:net';
import { ProtocolError } from '../../errors.ts';
import { RtmptClient, type RtmptClientHandler, restMsAfter } from '../../protocol/rtmpt/rtmpt-client.ts';
import type { Clock } from '../../stream/clock.ts';
import { TunnelSocket } from '../rtmpt/tunnel-socket.ts';
import type { Connect, ServerAddress } from './server-connector.ts';

/** A server has to open a tunnel within this time, milliseconds. */
const OPEN_MS = 10_000;

/** A server gets this long to take the last words, milliseconds. */
const FAREWELL_MS = 2000;

/** So often in a row a connection may be lost before an answer is whole. */
const MAX_LOSSES = 3;

/** Told once how it went: the tunnel as a socket, or an error whose message says it all. */
export type OnTunnelled = (connected: TunnelSocket | Error) => void;

/**
 * Opens a connection to a server that is carried by requests of HTTP, one behind the other. When the connection below is lost, or closed as
 * proxies do after so many requests, another takes its place.
 * @returns gives up; `onDone` is not called any more. Harmless once it was
 */
export function connectByTunnel(
  to: ServerAddress,
  connect: Connect,
  clock: Clock,
  onDone: OnTunnelled,
): () => void {
  return new ClientTunnel(to, connect, clock, onDone).giveUp;
}

class ClientTunnel implements RtmptClientHandler {
  readonly #to: ServerAddress;
  readonly #connect: Connect;
  readonly #clock: Clock;
  readonly #client: RtmptClient;
  readonly #socket: TunnelSocket;
  /** Undefined once it was called. */
  #onDone: OnTunnelled | undefined;
  /** What carries the requests; undefined while there is none. */
  #carrier: Socket | undefined;
  #giveUpConnecting: () => void = () => {};
  #cancelTimer: () => void;
  #askedAt = Number.NEGATIVE_INFINITY;
  #losses = 0;
  /** Whether the server was told that it is over. */
  #saidClose = false;

  constructor(to: ServerAddress, connect: Connect, clock: Clock, onDone: OnTunnelled) {
    this.#to = to;
    this.#connect = connect;
    this.#clock = clock;
    this.#onDone = onDone;
    const { host, port } = to;
    const name = isIPv6(host) ? `[${host}]` : host;
    this.#client = new RtmptClient(`${name}:${port}`, this);
    this.#socket = new TunnelSocket({
      remoteAddress: host,
      remotePort: port,
      onWaiting: () => clock.next(() => this.#ask()),
      onRoom: () => this.#carrier?.resume(),
    });
    this.#socket.on('close', () => this.#onClosed());
    this.#cancelTimer = clock.after(OPEN_MS, () =>
      this.#fail(`no session of RTMPT was opened for ${OPEN_MS} ms`),
    );
    this.#reconnect();
  }

  readonly giveUp = (): void => {
    if (this.#onDone === undefined) return;
    this.#onDone = undefined;
    this.#socket.destroy();
  };

  // --- what the client of the protocol tells

  send(bytes: Buffer): void {
    this.#askedAt = this.#clock.now();
    this.#carrier?.write(bytes);
  }

  takeWritten(maxBytes: number): Buffer[] {
    return this.#socket.takeWritten(maxBytes);
  }

  onOpen(): void {
    this.#cancelTimer();
    const onDone = this.#onDone;
    this.#onDone = undefined;
    this.#losses = 0;
    onDone?.(this.#socket);
    this.#goOn(false);
  }

  onBytes(bytes: Buffer): void {
    if (!this.#socket.destroyed && !this.#socket.deliver(bytes)) this.#carrier?.pause();
  }

  onAnswer(isEmpty: boolean): void {
    this.#losses = 0;
    if (this.#saidClose) this.#carrier?.destroy();
    else if (this.#socket.destroyed) this.#sayClose();
    else this.#goOn(isEmpty);
  }

  // --- the requests

  #goOn(isEmpty: boolean): void {
    if (this.#client.needsConnection) {
      this.#leaveCarrier();
      this.#reconnect();
      return;
    }
    const restMs = this.#askedAt + restMsAfter(isEmpty) - this.#clock.now();
    if (this.#socket.writableLength > 0 || restMs <= 0) this.#ask();
    else this.#cancelTimer = this.#clock.after(restMs, () => this.#ask());
  }

  #ask(): void {
    if (this.#socket.destroyed || this.#carrier === undefined || this.#client.isAsking) return;
    this.#cancelTimer();
    this.#client.ask();
  }

  // --- the connection below

  #reconnect(): void {
    this.#giveUpConnecting = this.#connect(this.#to, (connected) => {
      if (connected instanceof Error) this.#fail(connected.message, connected.cause);
      else this.#onConnected(connected);
    });
  }

  #onConnected(carrier: Socket): void {
    this.#carrier = carrier;
    carrier.on('data', (bytes: Buffer) => this.#receive(carrier, bytes));
    carrier.on('end', () => carrier.destroy());
    carrier.on('close', () => this.#onLost(carrier));
    this.#client.onConnected();
    if (this.#client.isAsking) return; // again
    if (this.#client.isOpen) this.#ask();
    else this.#client.open();
  }

  #receive(carrier: Socket, bytes: Buffer): void {
    if (carrier !== this.#carrier) return;
    try {
      this.#client.receive(bytes);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#leaveCarrier();
      this.#fail(`${error.message} (${error.code})`);
    }
  }

  #leaveCarrier(): void {
    const carrier = this.#carrier;
    this.#carrier = undefined;
    carrier?.destroy();
  }

  #onLost(carrier: Socket): void {
    if (carrier !== this.#carrier) return;
    this.#carrier = undefined;
    if (this.#socket.destroyed) return;
    if (++this.#losses > MAX_LOSSES) this.#fail('the server closed the connection');
    else this.#reconnect();
  }

  #fail(problem: string, cause?: unknown): void {
    const error = new Error(problem, { cause });
    const onDone = this.#onDone;
    this.#onDone = undefined;
    this.#socket.destroy(onDone === undefined ? error : undefined);
    onDone?.(error);
  }

  /** The session has left. */
  #onClosed(): void {
    this.#cancelTimer();
    this.#giveUpConnecting();
    const carrier = this.#carrier;
    if (carrier === undefined) return;
    carrier.once(
      'close',
      this.#clock.after(FAREWELL_MS, () => carrier.destroy()),
    );
    carrier.resume();
    if (!this.#client.isOpen) carrier.destroy();
    else if (!this.#client.isAsking) this.#sayClose();
  }

  #sayClose(): void {
    this.#saidClose = true;
    this.#client.close();
  }
}
