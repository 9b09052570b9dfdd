import { lookup } from 'node:dns/promises';
import net, { type BoundSocket } from 'node:net';
import type { Transferable } from 'node:worker_threads';
import type { ListenerSettings, ListenSettings } from '../../config/listen-settings.ts';
import { cannotListen, ListenError } from '../listen/listener.ts';

/** So many workers may die and be replaced; each costs an open file for each port. */
const SPARES = 16;

/** Sockets that are bound, by protocol and in the order of the settings. */
export type SocketsByProtocol = {
  readonly [Protocol in keyof ListenSettings]?: readonly BoundSocket[];
};

/** The ports of one worker, to be moved to its thread. */
export interface WorkerSockets {
  readonly sockets: SocketsByProtocol;
  readonly transfer: readonly Transferable[];
}

interface KeptPort {
  readonly protocol: string;
  readonly place: ListenerSettings;
  readonly sockets: BoundSocket[];
}

/** There are no ports left for one more worker. */
export class NoPortsLeftError extends ListenError {
  constructor() {
    super(
      `${SPARES} workers had to be replaced, and a relay that has given up root can bind no more ports: restart it`,
    );
  }
}

/**
 * Ports that are bound while the process is root, for who listens on them when it is not. Root shares a port, be it a low one or not,
 * with sockets of root only: a worker who replaces another could not bind it, and a successor that starts as root can.
 */
export class KeptPorts {
  readonly #ports: readonly KeptPort[];

  private constructor(listen: Partial<ListenSettings>) {
    this.#ports = Object.entries(listen).flatMap(([protocol, places]) =>
      places.map((place) => ({ protocol, place, sockets: [] })),
    );
  }

  /** Whether this Node can bind a port in one thread and listen on it in another: from 26.4 on. */
  static get isPossible(): boolean {
    return 'BoundSocket' in net && '_TransferredBoundSocket' in net;
  }

  /** Binds ports for so many workers, and for those that replace them. @throws ListenError when one cannot be had */
  static forWorkers(listen: Partial<ListenSettings>, workers: number): Promise<KeptPorts> {
    return KeptPorts.#bind(listen, workers + SPARES);
  }

  /** Binds ports once. @throws ListenError when one cannot be had */
  static async once(listen: Partial<ListenSettings>): Promise<SocketsByProtocol> {
    return (await KeptPorts.#bind(listen, 1)).take().sockets;
  }

  static async #bind(listen: Partial<ListenSettings>, copies: number): Promise<KeptPorts> {
    const kept = new KeptPorts(listen);
    try {
      for (const port of kept.#ports) await bindCopies(port, copies);
      return kept;
    } catch (error) {
      kept.close();
      throw error;
    }
  }

  /** Ports for one worker. @throws NoPortsLeftError */
  take(): WorkerSockets {
    if (this.#ports.some(({ sockets }) => sockets.length === 0)) throw new NoPortsLeftError();
    const taken = this.#ports.flatMap(({ protocol, sockets }) =>
      sockets.splice(-1).map((socket) => ({ protocol, socket })),
    );
    const sockets = [...Map.groupBy(taken, ({ protocol }) => protocol)].map(([protocol, own]) => [
      protocol,
      own.map(({ socket }) => socket),
    ]);
    // @types/node does not know yet that they can be moved
    const transfer = taken.map(({ socket }) => socket) as unknown as Transferable[];
    return { sockets: Object.fromEntries(sockets), transfer };
  }

  /** Lets go of those that nobody has taken: the ports are free then. */
  close(): void {
    for (const { sockets } of this.#ports) for (const socket of sockets.splice(0)) socket.close();
  }
}

async function bindCopies({ protocol, place, sockets }: KeptPort, copies: number): Promise<void> {
  const { host, port } = place;
  const bindOn = (address: string): void => {
    while (sockets.length < copies)
      sockets.push(new net.BoundSocket({ host: address, port, reusePort: true }));
  };
  try {
    bindOn((await lookup(host)).address);
  } catch (error) {
    // a machine without IPv6 has no `::`, which otherwise stands for both families
    const isWithoutIpv6 = (error as NodeJS.ErrnoException).code === 'EAFNOSUPPORT' && host === '::';
    if (!isWithoutIpv6) throw cannotListen(protocol, place, error);
    bindOn('0.0.0.0');
  }
}

/** The same places with the sockets that are bound there, if any are. */
export function withSockets(listen: ListenSettings, sockets: SocketsByProtocol | undefined): ListenSettings {
  if (sockets === undefined) return listen;
  const bound = Object.entries(listen).map(([protocol, places]: [string, readonly ListenerSettings[]]) => [
    protocol,
    places.map((place, index) => ({ ...place, socket: sockets[protocol as keyof ListenSettings]?.[index] })),
  ]);
  return Object.fromEntries(bound) as ListenSettings;
}
