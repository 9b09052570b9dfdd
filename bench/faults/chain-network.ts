import { connect } from 'node:net';
import { freePorts } from '../../test/support/free-port.ts';
import { Machine } from '../../test/support/networks/machine.ts';
import { type RunningTool, runTool } from '../../test/support/run-tool.ts';
import type { Connect } from './recording-player.ts';
import { LAST, linksOf, type RelayPlan, STUDIO } from './topology.ts';
import { Wire } from './wire.ts';

/** What runs until its scope ends. */
const NO_LIMIT_MS = 2 ** 31 - 1;

/** Where a relay listens. */
export interface RelayPorts {
  readonly rtmp: number;
  readonly http: number;
}

/** A relay as it is reached over one link. */
export interface Neighbour {
  readonly address: string;
  readonly ports: RelayPorts;
}

/** One of the ends of a chain, which players reach. */
export type ChainEnd = typeof STUDIO | typeof LAST;

/** A machine for each relay of a chain, one for players and publisher, and the wires between them; or all on this machine. */
export class ChainNetwork implements AsyncDisposable {
  /** By the names of the links; none where all is on this machine. */
  readonly wires: ReadonlyMap<string, Wire>;
  readonly #machines: ReadonlyMap<string, Machine>;
  readonly #ports: ReadonlyMap<string, RelayPorts>;
  /** By the names of the links, and of the ends. */
  readonly #neighbours: ReadonlyMap<string, Neighbour>;
  readonly #viewer: Machine | undefined;
  readonly #stack: AsyncDisposableStack;

  private constructor(
    machines: ReadonlyMap<string, Machine>,
    ports: ReadonlyMap<string, RelayPorts>,
    viewer: Machine | undefined,
    plan: readonly RelayPlan[],
    stack: AsyncDisposableStack,
  ) {
    const wires = new Map<string, Wire>();
    const neighbours = new Map<string, Neighbour>();
    const lay = (name: string, upper: string, lower: Machine | undefined): void => {
      const machine = machines.get(upper);
      if (machine !== undefined && lower !== undefined)
        wires.set(name, new Wire(machine, lower, neighbours.size));
      const address = wires.get(name)?.address ?? '127.0.0.1';
      neighbours.set(name, { address, ports: ports.get(upper) as RelayPorts });
    };
    for (const { name, upper, lower } of plan.flatMap(linksOf)) lay(name, upper, machines.get(lower));
    for (const end of [STUDIO, LAST]) lay(end, end, viewer);
    this.wires = wires;
    this.#machines = machines;
    this.#ports = ports;
    this.#neighbours = neighbours;
    this.#viewer = viewer;
    this.#stack = stack;
  }

  /** @param isPlain - all on this machine, without networks: links cannot be broken */
  static async open(plan: readonly RelayPlan[], isPlain: boolean): Promise<ChainNetwork> {
    await using stack = new AsyncDisposableStack();
    const machines = new Map<string, Machine>();
    const free = isPlain ? await freePorts(2 * plan.length) : [];
    const ports = plan.map(({ name }, at) => {
      const own = { rtmp: free[2 * at] ?? 1935, http: free[2 * at + 1] ?? 8080 };
      return [name, own] as const;
    });
    if (!isPlain) for (const { name } of plan) machines.set(name, stack.use(await Machine.start()));
    const viewer = isPlain ? undefined : stack.use(await Machine.start());
    return new ChainNetwork(machines, new Map(ports), viewer, plan, stack.move());
  }

  /** Words before a command that have it run where a relay is. */
  within(relay: string): readonly string[] {
    return this.#machines.get(relay)?.within ?? [];
  }

  portsOf(relay: string): RelayPorts {
    return existing(this.#ports.get(relay), relay);
  }

  /** What is at the upper end of a link, or where players find an end of the chain. */
  neighbour(link: string): Neighbour {
    return existing(this.#neighbours.get(link), link);
  }

  /** Opens a connection from where players are. */
  readonly connect: Connect = async ({ host, port }) =>
    this.#viewer === undefined ? connect({ host, port }) : await this.#viewer.connect({ host, port });

  /** Starts a program where players are; it ends with its scope. */
  run(program: string, args: readonly string[]): RunningTool {
    const options = { timeLimitMs: NO_LIMIT_MS };
    return this.#viewer?.run(program, args, options) ?? runTool(program, args, options);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }
}

/** @throws Error when there is none */
export function existing<T>(found: T | undefined, name: string): T {
  if (found === undefined) throw new Error(`there is no ${name} in this chain`);
  return found;
}
