import type { Socket } from 'node:net';
import { NetworkList, normalizeAddress } from '../../config/networks.ts';
import type { DeadlineSettings, LimitSettings } from '../../config/relay-settings.ts';
import { ProtocolError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import { decodeProxyHeader } from '../../protocol/proxy/decode-proxy-header.ts';
import type { ProxyHeader } from '../../protocol/proxy/proxy-header.ts';
import type { Refusal } from '../../session/access.ts';
import { Deadline } from '../../session/deadline.ts';
import type { Clock } from '../../stream/clock.ts';
import type { Arrival, Door } from './door.ts';
import { endpoint } from './listener.ts';
import { PATIENCE_MS } from './session-limits.ts';

/** What an entrance needs. */
export interface ProxyEntranceParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly door: Pick<Door, 'turnAway'>;
  readonly deadlines: Pick<DeadlineSettings, 'handshakeMs'>;
  readonly limits: Pick<LimitSettings, 'pendingSessions'>;
}

/** Goes on with a connection whose bytes are the client's from then on. @param arrival - undefined where it came by itself */
export type OnArrived = (socket: Socket, arrival?: Arrival) => void;

/** A connection whose header has not come. */
interface Announced {
  readonly socket: Socket;
  /** The proxy's, normalized. */
  readonly address: string;
  readonly since: number;
}

/**
 * Where the connections of proxies say whom they bring, in the PROXY protocol and before anything else. Until then they are counted
 * here, and to no address: the oldest makes room for the next.
 */
export class ProxyEntrance {
  readonly #parts: ProxyEntranceParts;
  /** Undefined where there are none. */
  #proxies: NetworkList | undefined;
  /** In the order in which they came. */
  readonly #announced = new Set<Announced>();

  /** @param networks - of the proxies */
  constructor(networks: readonly string[], parts: ProxyEntranceParts) {
    this.#parts = parts;
    this.configure(networks);
  }

  /** Other networks are those of proxies, for connections to come. */
  configure(networks: readonly string[]): void {
    this.#proxies = networks.length === 0 ? undefined : new NetworkList(networks);
  }

  /** Takes a connection that was accepted: one of a proxy is handed on when its header is there, any other at once. */
  receive(socket: Socket, onArrived: OnArrived): void {
    const proxies = this.#proxies;
    if (proxies === undefined) {
      onArrived(socket);
      return;
    }
    const address = normalizeAddress(socket.remoteAddress ?? '');
    if (proxies.contains(address)) this.#await(socket, address, onArrived);
    else onArrived(socket);
  }

  /** Cuts the connections that have said nothing yet. */
  close(): void {
    for (const { socket } of this.#announced) socket.destroy();
  }

  #await(socket: Socket, address: string, onArrived: OnArrived): void {
    const { clock, deadlines } = this.#parts;
    socket.on('error', () => {}); // 'close' follows
    if (!this.#hasRoom(socket, address)) return;
    const announced: Announced = { socket, address, since: clock.now() };
    const log = this.#logOf(socket, address);
    let kept: Buffer = Buffer.alloc(0);
    const deadline = new Deadline(clock, (missed) => {
      log.warn('deadline', `timed out: no ${missed}`, { missed });
      socket.destroy();
    });
    const leave = (): void => {
      deadline.clear();
      this.#announced.delete(announced);
      socket.off('readable', onReadable).off('end', onEnd).off('close', leave);
    };
    const onEnd = (): void => void socket.destroy();
    const onReadable = (): void => {
      const bytes: Buffer | null = socket.read();
      if (bytes === null) return;
      kept = kept.length === 0 ? bytes : Buffer.concat([kept, bytes]);
      const header = decodeOrDestroy(kept, socket, log);
      if (header === undefined) return;
      leave();
      if (kept.length > header.bytes) socket.unshift(kept.subarray(header.bytes));
      onArrived(socket, arrivalOf(header, socket, address));
    };
    this.#announced.add(announced);
    deadline.expect('PROXY protocol header', deadlines.handshakeMs);
    socket.on('readable', onReadable).on('end', onEnd).on('close', leave);
  }

  /** Whether one more may wait: the one that came first has had its time, or the newcomer is cut. */
  #hasRoom(socket: Socket, address: string): boolean {
    const { clock, door, limits } = this.#parts;
    const { size } = this.#announced;
    if (size < limits.pendingSessions) return true;
    const description = `too many connections of proxies that have not said whom they bring: ${size} (limits.pendingSessions)`;
    const refusal: Refusal = { refused: 'pending-limit', description };
    const [oldest] = this.#announced;
    if (oldest === undefined || clock.now() - oldest.since < PATIENCE_MS) {
      door.turnAway(socket, address, refusal);
      return false;
    }
    this.#announced.delete(oldest);
    door.turnAway(oldest.socket, oldest.address, refusal);
    return true;
  }

  #logOf({ remotePort = 0 }: Socket, address: string): Log {
    const fields = { connection: null, peer: endpoint(address, remotePort), protocol: 'proxy', client: null };
    return this.#parts.log.of('peer', address, fields);
  }
}

/** @returns undefined while the header is not whole, or when it is none, which ends the connection */
function decodeOrDestroy(bytes: Buffer, socket: Socket, log: Log): ProxyHeader | undefined {
  try {
    return decodeProxyHeader(bytes);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    log.warn('protocol-error', `broke the protocol: ${error.message}`, { code: error.code });
    socket.destroy();
    return undefined;
  }
}

/** A proxy that speaks for itself, to look whether the relay is there, has no client. */
function arrivalOf(
  { source, isTls, authority }: ProxyHeader,
  { remotePort = 0 }: Socket,
  via: string,
): Arrival {
  if (source === undefined) return { address: via, peer: endpoint(via, remotePort), isProxy: true };
  const address = normalizeAddress(source.address);
  const peer = endpoint(address, source.port);
  return { address, peer, via, isTls: isTls || undefined, serverName: authority, isProxy: false };
}
