import type { ByteBudget } from '../../protocol/capture/byte-budget.ts';
import type { FlowContentReader } from '../flow-content-reader.ts';
import type { CapturedFlow } from '../record.ts';
import { NumberedBodies } from './numbered-bodies.ts';

/** So many tunnels are read at a time; of more, the one that was quiet for longest counts as ended. */
const MAX_TUNNELS = 256;

/** Both directions of a tunnel. */
export interface TunnelReaders {
  readonly toServer: FlowContentReader;
  readonly toClient: FlowContentReader;
}

/** Addresses of a client and a server, where they are known. */
export type Ends = Pick<CapturedFlow, 'from' | 'to'>;

/** Makes what reads a tunnel, of which nothing is known but its id and the ends of one connection that carries it. */
export type TunnelOpener = (id: string, ends: Ends) => TunnelReaders;

/** What came of one tunnel, by whatever connections. */
export class CapturedTunnel {
  readonly toServer: NumberedBodies;
  readonly toClient: NumberedBodies;

  constructor({ toServer, toClient }: TunnelReaders) {
    this.toServer = new NumberedBodies(toServer);
    this.toClient = new NumberedBodies(toClient);
  }

  end(): void {
    this.toServer.end();
    this.toClient.end();
  }
}

/** The tunnels of RTMPT in a source, by their ids. */
export class CapturedTunnels {
  /** Of bodies that are kept until their turn. */
  readonly budget: ByteBudget;
  readonly #open: TunnelOpener;
  /** Those that were heard of last come last. */
  readonly #tunnels = new Map<string, CapturedTunnel>();

  constructor(budget: ByteBudget, open: TunnelOpener) {
    this.budget = budget;
    this.#open = open;
  }

  /** The tunnel with this id. @param ends - of a connection that carries it */
  of(id: string, ends: Ends): CapturedTunnel {
    let tunnel = this.#tunnels.get(id);
    this.#tunnels.delete(id);
    if (tunnel === undefined) {
      this.#makeRoom();
      tunnel = new CapturedTunnel(this.#open(id, ends));
    }
    this.#tunnels.set(id, tunnel);
    return tunnel;
  }

  /** Nothing more comes. */
  end(): void {
    for (const tunnel of this.#tunnels.values()) tunnel.end();
    this.#tunnels.clear();
  }

  #makeRoom(): void {
    if (this.#tunnels.size < MAX_TUNNELS) return;
    for (const [id, oldest] of this.#tunnels) {
      oldest.end();
      this.#tunnels.delete(id);
      return;
    }
  }
}
