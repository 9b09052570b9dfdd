import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '../../test/support/packages.ts';
import { RestartingServer } from '../soak/restarting-server.ts';
import { type ChainEnd, ChainNetwork, type Neighbour, type RelayPorts } from './chain-network.ts';
import type { ChainProtocol } from './fault-options.ts';
import { linksOf, planChain, type RelayPlan, STUDIO } from './topology.ts';

/** An upstream that sends nothing for so long is given up, milliseconds. */
export const SILENCE_MS = 1500;

/** How a chain is made. */
export interface ChainWish {
  readonly hops: number;
  readonly protocol: ChainProtocol;
  /** Relays pull all the time, also what nobody plays there. */
  readonly isAlways: boolean;
  /** All on one machine, without networks between them: links cannot be broken. */
  readonly isPlain: boolean;
  /** Where logs are written; undefined: nowhere. */
  readonly logFolder: string | undefined;
}

/** A chain of relays that run, each a process on a machine of its own. */
export class Chain implements AsyncDisposable {
  readonly plan: readonly RelayPlan[];
  readonly network: ChainNetwork;
  readonly relays: ReadonlyMap<string, RestartingServer>;
  readonly #protocol: ChainProtocol;
  readonly #stack: AsyncDisposableStack;

  private constructor(
    plan: readonly RelayPlan[],
    network: ChainNetwork,
    relays: ReadonlyMap<string, RestartingServer>,
    protocol: ChainProtocol,
    stack: AsyncDisposableStack,
  ) {
    this.plan = plan;
    this.network = network;
    this.relays = relays;
    this.#protocol = protocol;
    this.#stack = stack;
  }

  /** Resolves when all relays listen. */
  static async open({ hops, protocol, isAlways, isPlain, logFolder }: ChainWish): Promise<Chain> {
    await using stack = new AsyncDisposableStack();
    const plan = planChain(hops);
    const folder = stack.use(await temporaryFolder());
    const network = stack.use(await ChainNetwork.open(plan, isPlain));
    const relays = new Map<string, RestartingServer>();
    const start = async (relay: RelayPlan): Promise<void> => {
      const { name } = relay;
      const urls = linksOf(relay).map((link) => urlAt(network.neighbour(link.name), protocol));
      const config = relayConfig(network.portsOf(name), urls, keyOf(protocol), isAlways);
      const file = join(folder.path, `${name}.config.json`);
      await writeFile(file, JSON.stringify(config));
      const args = ['relay', '--config', file];
      const logFile = logFolder === undefined ? undefined : join(logFolder, `${hops}-hops-${name}.log`);
      const listeners = ['rtmp', 'http'];
      const server = await RestartingServer.start(name, args, listeners, logFile, network.within(name));
      relays.set(name, stack.use(server));
    };
    await Promise.all(plan.map(start));
    return new Chain(plan, network, relays, protocol, stack.move());
  }

  /** Where a player plays at one of the ends. */
  urlAt(end: ChainEnd, protocol: ChainProtocol): string {
    return urlAt(this.network.neighbour(end), protocol);
  }

  /** Where the stream is published. */
  get publishUrl(): string {
    return this.#protocol === 'mmsh'
      ? `${this.urlAt(STUDIO, 'mmsh').replace(/^mmsh/, 'http')}_push`
      : this.urlAt(STUDIO, 'rtmp');
  }

  /** What relays have said that they should not, one of each event. */
  get complaints(): readonly string[] {
    return [...this.relays].flatMap(([name, { complaints }]) =>
      [...complaints].map(([event, message]) => `${name} says ${event}: ${message}`),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}

function keyOf(protocol: ChainProtocol): string {
  return protocol === 'mmsh' ? 'streams/faults' : 'live/faults';
}

function urlAt({ address, ports }: Neighbour, protocol: ChainProtocol): string {
  const isRtmp = protocol === 'rtmp';
  const ending = isRtmp || protocol === 'mmsh' ? '' : '.flv';
  return `${protocol}://${address}:${isRtmp ? ports.rtmp : ports.http}/${keyOf(protocol)}${ending}`;
}

function relayConfig(
  { rtmp, http }: RelayPorts,
  urls: readonly string[],
  key: string,
  isAlways: boolean,
): Readonly<Record<string, unknown>> {
  const host = '0.0.0.0';
  const pull = { type: 'pull', urls, silenceMs: SILENCE_MS, start: isAlways ? 'always' : 'onDemand' };
  return {
    listen: { rtmp: { host, port: rtmp }, http: { host, port: http }, admin: null },
    admin: { socket: null },
    log: { level: 'debug', format: 'json', linesPerSecond: 10_000, linesPerSecondPerAddress: 10_000 },
    streams: [{ match: key, source: urls.length === 0 ? { type: 'push' } : pull }],
  };
}
