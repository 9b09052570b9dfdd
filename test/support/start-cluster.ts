import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { PermitSettings } from '../../src/config/access/access-settings.ts';
import { type RelaySettings, relaySettings } from '../../src/config/relay-settings.ts';
import { Cluster } from '../../src/service/relay/workers/cluster.ts';
import type { ToMain } from '../../src/service/relay/workers/messages.ts';
import type { WorkerHandle } from '../../src/service/relay/workers/worker-handle.ts';
import { type Clock, systemClock } from '../../src/stream/clock.ts';
import { RecordingLog } from './recording-log.ts';
import { flvPath } from './start-relay.ts';
import { TestPlayer } from './test-player.ts';
import { TestPublisher } from './test-publisher.ts';

/** Connections that the kernel gave to another worker than the one that is wanted: so many in a row are no chance. */
const MAX_TRIES = 100;

/** A relay of several workers of its own for one test, on free ports. */
export class TestCluster implements AsyncDisposable {
  readonly cluster: Cluster;
  readonly log: RecordingLog;
  readonly #seen = new Set<WorkerHandle>();
  readonly #admitted: { readonly worker: number; readonly session: string }[] = [];
  readonly #closed = new Set<string>();
  #wake: () => void = () => {};

  private constructor(cluster: Cluster, log: RecordingLog) {
    this.cluster = cluster;
    this.log = log;
  }

  /**
   * @param config - as in a config file; listeners are on free ports of 127.0.0.1 unless named
   * @param permits - that it believes as if a house had said so
   * @param clock - of the main thread
   */
  static async start(
    config: Record<string, unknown> = {},
    permits: PermitSettings | null = null,
    clock: Clock = systemClock,
  ): Promise<TestCluster> {
    const { listen, ...rest } = config as { listen?: Record<string, unknown> };
    const local = { host: '127.0.0.1', port: 0 };
    const own: RelaySettings = relaySettings.parse({
      admin: { socket: null },
      workers: 2,
      log: { level: 'silent' }, // the workers write to standard output
      ...rest,
      listen: { rtmp: local, http: local, admin: local, ...listen },
    });
    const settings = { ...own, access: { ...own.access, permits } };
    const log = new RecordingLog();
    return new TestCluster(await Cluster.start(settings, log, clock), log);
  }

  port(protocol: string): number {
    const listener = this.cluster.listeners.find((candidate) => candidate.protocol === protocol);
    if (listener === undefined) throw new Error(`the relay does not listen for ${protocol}`);
    return listener.address.port;
  }

  /** URL of a stream as HTTP-FLV. @param key - stream key, perhaps with a query */
  flvUrl(key: string): string {
    return `http://127.0.0.1:${this.port('http')}/${flvPath(key)}`;
  }

  /** URL of a stream as FLV over WebSocket. */
  wsUrl(key: string): string {
    return `ws://127.0.0.1:${this.port('http')}/${flvPath(key)}`;
  }

  adminUrl(path: string): string {
    return `http://127.0.0.1:${this.port('admin')}${path}`;
  }

  /** A connection that this worker serves. @param protocol - of the listener */
  async connect(worker: number, protocol = 'rtmp'): Promise<Socket> {
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      this.#watchWorkers();
      const socket = connect(this.port(protocol), '127.0.0.1');
      await once(socket, 'connect');
      const admitted = await this.#until(() => this.#admitted.shift());
      if (admitted.worker === worker) return socket;
      socket.destroy();
      await this.#until(() => this.#closed.has(admitted.session) || undefined); // counts no more
    }
    throw new Error(`worker ${worker} gets no connections`);
  }

  async play(worker: number, key: string): Promise<TestPlayer> {
    return new TestPlayer(this.port('rtmp'), 'play', key, await this.connect(worker));
  }

  async publish(worker: number, key: string): Promise<TestPublisher> {
    const publisher = new TestPublisher(this.port('rtmp'), 'publish', key, await this.connect(worker));
    await publisher.started;
    return publisher;
  }

  /** Ends a worker at once; resolves when the main thread knows. */
  async kill(worker: number): Promise<void> {
    const thread = this.cluster.workers.get(worker)?.worker;
    if (thread === undefined) throw new Error(`there is no worker ${worker}`);
    const ended = once(thread, 'exit');
    await thread.terminate();
    await ended;
  }

  async metrics(): Promise<string[]> {
    return (await (await fetch(this.adminUrl('/metrics'))).text()).split('\n');
  }

  /** The value of a metric; 0 when it is not there. */
  async metric(name: string): Promise<number> {
    const line = (await this.metrics()).find((candidate) => candidate.startsWith(`${name} `));
    return line === undefined ? 0 : Number(line.slice(name.length + 1));
  }

  /** Resolves when a metric has this value. */
  async reaches(name: string, value: number): Promise<void> {
    const deadline = performance.now() + 10_000;
    let last: number;
    do {
      last = await this.metric(name);
      if (last === value) return;
    } while (performance.now() < deadline);
    throw new Error(`${name} is ${last}, not ${value}`);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.cluster.close();
  }

  #watchWorkers(): void {
    for (const [index, handle] of this.cluster.workers) {
      if (this.#seen.has(handle)) continue;
      this.#seen.add(handle);
      handle.worker.on('message', (message: ToMain) => {
        if (message.say === 'ask' && message.question === 'admit')
          this.#admitted.push({ worker: index, session: String(message.details[0]) });
        else if (message.say === 'closed') this.#closed.add(message.session);
        else return;
        this.#wake();
      });
    }
  }

  async #until<T>(look: () => T | undefined): Promise<T> {
    for (;;) {
      const found = look();
      if (found !== undefined) return found;
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      await promise;
    }
  }
}
