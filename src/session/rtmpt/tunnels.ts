import { readRtmptPath } from '../../protocol/rtmpt/rtmpt-path.ts';
import { newTunnelId, workerOf } from '../../protocol/rtmpt/tunnel-id.ts';
import type { Clock } from '../../stream/clock.ts';
import type { HttpExchange, HttpHost } from '../http/http-activity.ts';
import { answerShort } from '../http/http-routes.ts';
import { pathOf } from '../http/http-target.ts';
import type { PeerFacts } from '../session.ts';
import {
  type CarriedFacts,
  CarriedRequest,
  type TunnelEntrance,
  writeTunnelHead,
} from './carried-request.ts';
import { Tunnel, type TunnelledSession } from './tunnel.ts';
import type { TunnelSocket } from './tunnel-socket.ts';

const UNKNOWN = 'there is no such session here';

/** What tunnels need of the relay. */
export interface TunnelsParts {
  readonly clock: Clock;
  /** They may change. */
  readonly deadlines: { readonly idleMs: number };
  /** The number of this thread among those that listen together. */
  readonly worker: number;
  /** Whether all requests of a tunnel have to come from the address that has opened it; it may change. */
  isSameAddressOnly(): boolean;
  /** The way to a tunnel that another worker keeps; undefined where there is none. @param address - of whoever asks */
  elsewhere(worker: number, tunnel: string, address: string): TunnelEntrance | undefined;
  /** Lets a connection in that comes by a tunnel. @returns its session; undefined when it was cut */
  admit(socket: TunnelSocket, facts: PeerFacts): TunnelledSession | undefined;
}

/** A tunnel that is kept here. */
interface Kept {
  readonly tunnel: Tunnel;
  readonly address: string;
}

/** All tunnels that were opened on one thread, and the way to them. */
export class Tunnels {
  readonly #parts: TunnelsParts;
  /** By id. */
  readonly #kept = new Map<string, Kept>();

  constructor(parts: TunnelsParts) {
    this.#parts = parts;
  }

  /** Answers a request for a path of RTMPT. */
  answer(host: HttpHost, exchange: HttpExchange): void {
    const path = readRtmptPath(pathOf(exchange.request.url ?? ''));
    switch (path.is) {
      case 'ident': // whoever finds none goes on with the address that it has
        if (host.mayAsk()) answerShort(host, exchange, 404, 'this server goes by the address that you have');
        return;
      case 'malformed':
        if (host.mayAsk()) answerShort(host, exchange, 400, 'not a request of RTMPT');
        return;
      case 'open':
        if (host.mayAsk()) this.#open(host, exchange);
        return;
      default:
        this.#bring(host, exchange, path.tunnel, { verb: path.is, number: path.number });
    }
  }

  #open(host: HttpHost, exchange: HttpExchange): void {
    const { clock, deadlines, worker } = this.#parts;
    const { request, response } = exchange;
    const { remoteAddress, remotePort } = request.socket;
    const tunnel = new Tunnel({ clock, deadlines, peer: { remoteAddress, remotePort } });
    const { address, peer, via, isForwarded } = host.context;
    const session = this.#parts.admit(tunnel.socket, {
      ...{ address, peer, via, isTls: host.isTls, serverName: host.serverName },
      ...(isForwarded ? { isForwarded } : { certificate: host.certificate }),
    });
    if (session === undefined) {
      answerShort(host, exchange, 503, 'no more sessions are taken at the moment');
      return;
    }
    tunnel.serve(session);
    const id = newTunnelId(worker);
    this.#kept.set(id, { tunnel, address });
    tunnel.socket.once('close', () => this.#kept.delete(id));
    const body = `${id}\n`;
    writeTunnelHead(host, response, body.length);
    response.end(body);
    host.finish();
  }

  #bring(host: HttpHost, exchange: HttpExchange, id: string, facts: CarriedFacts): void {
    const tunnel = this.#find(id, host.address);
    if (tunnel === undefined) {
      if (host.mayAsk()) answerShort(host, exchange, 404, UNKNOWN);
      return;
    }
    host.carry(tunnel);
    host.start(new CarriedRequest(host, exchange, facts, tunnel));
  }

  #find(id: string, address: string): TunnelEntrance | undefined {
    const worker = workerOf(id);
    if (worker === undefined) return undefined;
    return worker === this.#parts.worker
      ? this.kept(id, address)
      : this.#parts.elsewhere(worker, id, address);
  }

  /** A tunnel that is kept here. @param address - of whoever asks, normalized */
  kept(id: string, address: string): TunnelEntrance | undefined {
    const kept = this.#kept.get(id);
    const isOther = this.#parts.isSameAddressOnly() && kept?.address !== address;
    return isOther ? undefined : kept?.tunnel;
  }
}
