import { randomBytes } from 'node:crypto';
import { createServer } from 'node:net';
import { availableParallelism } from 'node:os';
import { MessageChannel, Worker } from 'node:worker_threads';
import { type ListenSettings, withCertificatesOf } from '../../../config/listen-settings.ts';
import type { RelaySettings } from '../../../config/relay-settings.ts';
import type { Log } from '../../../log.ts';
import { addUp, countsOf, type MetricSnapshot, Metrics, toText } from '../../../metrics.ts';
import { type Clock, every, systemClock } from '../../../stream/clock.ts';
import type { ActivityFilter } from '../../access/access-sweep.ts';
import { PullLedger } from '../../access/pull-ledger.ts';
import { WorkerPulls } from '../../access/worker-pulls.ts';
import { createAdminServer } from '../../admin/admin.ts';
import type { RelayControl } from '../../admin/relay-control.ts';
import type { ForwardStatus, PullStatus } from '../../admin/relay-status.ts';
import { announce, bind, ListenError, type Listener, type ListenPlace } from '../../listen/listener.ts';
import { sessionsAllowedByOpenFiles } from '../../listen/open-files.ts';
import { type Counted, type Denial, SessionLimits } from '../../listen/session-limits.ts';
import { Directory } from './directory.ts';
import { Member } from './member.ts';
import type { ToMain, ToWorker, WorkerStart } from './messages.ts';
import { StreamLabels } from './stream-labels.ts';

/** A worker that dies is replaced after this time, milliseconds: one that dies at once does not keep the machine busy. */
const REPLACE_MS = 500;

/** How often the counters of the workers are fetched, so that those of one that dies are not lost, milliseconds. */
const MEASURE_MS = 2000;

/** A worker that was told to stop and does not is stopped after this time, milliseconds. */
const STOP_MS = 3000;

/** How many workers `auto` stands for. */
export function workerCount(workers: RelaySettings['workers']): number {
  return workers === 'auto' ? availableParallelism() : workers;
}

/** A relay of several threads that share its ports: the main thread counts and decides, the workers serve. */
export class Cluster implements RelayControl {
  readonly #settings: RelaySettings;
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #relayId = randomBytes(9).toString('base64url');
  readonly #count: number;
  readonly #directory = new Directory();
  readonly #pullLedger: PullLedger;
  readonly #table: SessionLimits<Counted>;
  readonly #metrics: Metrics;
  readonly #members = new Map<number, Member>();
  readonly #listeners: Listener[] = [];
  /** Counters of workers that are gone. */
  #goneCounts: MetricSnapshot = [];
  readonly #streamLabels: StreamLabels;
  #workerSettings: RelaySettings;
  #state: 'running' | 'draining' | 'closed' = 'running';
  #stopMeasuring: () => void = () => {};

  private constructor(settings: RelaySettings, log: Log, clock: Clock) {
    this.#settings = settings;
    this.#log = log;
    this.#clock = clock;
    this.#count = workerCount(settings.workers);
    this.#workerSettings = settings;
    const { limits } = settings;
    this.#pullLedger = new PullLedger(limits, clock);
    this.#table = new SessionLimits(limits, limits.sessions ?? sessionsAllowedByOpenFiles());
    this.#streamLabels = new StreamLabels(limits.streamLabels);
    const nothing = { streams: () => [], sessions: () => [], bytes: () => [], upstreams: () => [] };
    this.#metrics = new Metrics(nothing, 0);
  }

  /** Starts a relay of several threads; it listens when the promise resolves. @throws ListenError when a port cannot be had */
  static async start(settings: RelaySettings, log: Log, clock: Clock = systemClock): Promise<Cluster> {
    const cluster = new Cluster(settings, log, clock);
    try {
      await cluster.#open();
    } catch (error) {
      await cluster.#terminate();
      throw error;
    }
    return cluster;
  }

  get listeners(): readonly Listener[] {
    return this.#listeners;
  }

  /** The workers that run, by index; for tests that end one. */
  get members(): ReadonlyMap<number, Member> {
    return this.#members;
  }

  get isReady(): boolean {
    return this.#state === 'running';
  }

  async metrics(): Promise<{ readonly contentType: string; readonly text: string }> {
    const members = await this.#measureAll();
    const own = await this.#metrics.snapshot();
    const workers = this.#streamLabels.limit(members.map(({ snapshot }) => snapshot));
    const text = await toText(addUp([own, ...workers, this.#goneCounts]));
    return { contentType: this.#metrics.contentType, text };
  }

  async upstreams(): Promise<readonly PullStatus[]> {
    return (await this.#measureAll()).flatMap(({ status }) => status.upstreams);
  }

  async forwards(): Promise<readonly ForwardStatus[]> {
    return (await this.#measureAll()).flatMap(({ status }) => status.forwards);
  }

  async liveStreams(): Promise<readonly string[]> {
    return this.#directory.published();
  }

  configure(settings: RelaySettings): void {
    const listen = withCertificatesOf(this.#workerSettings.listen, settings.listen);
    this.#workerSettings = { ...settings, listen };
    this.#keepAlwaysWanted(settings);
    for (const [index, member] of this.#members) {
      const kept = this.#directory.keptBy(index);
      member.tell({ say: 'configure', settings: this.#workerSettings, kept });
    }
    this.#log.info('configured', 'configuration read again');
  }

  revoke(filter: ActivityFilter, reason: string): void {
    this.#tellAll({ say: 'revoke', filter, reason });
  }

  async drain(): Promise<void> {
    await this.#stop('drain');
  }

  async close(): Promise<void> {
    await this.#stop('close');
  }

  /** Whether the platform lets several threads listen on one port. */
  static async isSupported(): Promise<boolean> {
    const server = createServer();
    try {
      await bind(server, 'probe', { host: '127.0.0.1', port: 0, reusePort: true });
      return true;
    } catch {
      return false;
    } finally {
      server.close();
    }
  }

  // --- opening

  async #open(): Promise<void> {
    const { admin, ...shared } = this.#settings.listen;
    const listen = await this.#reserve(shared);
    this.#workerSettings = { ...this.#settings, listen: { ...listen, admin: [] } };
    this.#keepAlwaysWanted(this.#settings);
    const indexes = Array.from({ length: this.#count }, (_, index) => index);
    await Promise.all(indexes.map((index) => this.#spawn(index)));
    await this.#openAdmin(admin);
    this.#stopMeasuring = every(this.#clock, MEASURE_MS, () => void this.#measureAll());
    announce(this.#listeners, this.#log);
  }

  /** Binds every port plainly, so that one that is taken is an error and port 0 becomes one port, and lets it go for the workers. */
  async #reserve(shared: Omit<ListenSettings, 'admin'>): Promise<Omit<ListenSettings, 'admin'>> {
    const reserved: Record<string, readonly ListenPlace[]> = {};
    for (const [protocol, places] of Object.entries(shared) as [string, readonly ListenPlace[]][]) {
      const got: ListenPlace[] = [];
      for (const place of places) {
        const server = createServer();
        const address = await bind(server, protocol, place);
        await new Promise((resolve) => server.close(resolve));
        got.push({ ...place, port: address.port, reusePort: true });
        this.#listeners.push({ protocol, address, close: () => {} });
      }
      reserved[protocol] = got;
    }
    return reserved as unknown as Omit<ListenSettings, 'admin'>;
  }

  async #openAdmin(places: ListenSettings['admin']): Promise<void> {
    for (const place of places) {
      const server = createAdminServer(this, place.names);
      const address = await bind(server, 'admin', place);
      server.on('error', (error) => this.#log.error('accept', error.message, { listener: 'admin' }));
      this.#listeners.push({
        protocol: 'admin',
        address,
        close: () => server.close() && server.closeAllConnections(),
      });
    }
  }

  /** Streams that are always wanted are spread over the workers. */
  #keepAlwaysWanted({ streams }: RelaySettings): void {
    const always = streams.filter(({ source }) => source.type === 'pull' && source.start === 'always');
    this.#directory.keep([...new Set(always.map(({ match }) => match))], this.#count);
  }

  async #spawn(index: number): Promise<void> {
    const start: WorkerStart = {
      index,
      relayId: this.#relayId,
      settings: this.#workerSettings,
      kept: this.#directory.keptBy(index),
    };
    const file = import.meta.url.endsWith('.ts') ? './worker-thread.ts' : './worker-thread.js';
    const worker = new Worker(new URL(file, import.meta.url), { workerData: start });
    const member = new Member(worker, new WorkerPulls(this.#pullLedger));
    this.#members.set(index, member);
    worker.on('message', (message: ToMain) => this.#onMessage(index, member, message));
    worker.on('error', (error: Error) =>
      this.#log.error('worker', `worker ${index}: ${error.stack ?? error.message}`, { worker: index }),
    );
    worker.on('exit', (code) => this.#onExit(index, member, code));
    await member.started;
    for (const [other, peer] of this.#members) {
      if (other === index || !peer.isReady) continue;
      const { port1, port2 } = new MessageChannel();
      member.tell({ say: 'peer', index: other, port: port1 }, port1);
      peer.tell({ say: 'peer', index, port: port2 }, port2);
    }
  }

  // --- what the workers say

  #onMessage(index: number, member: Member, message: ToMain): void {
    switch (message.say) {
      case 'ready':
        member.onReady();
        return;
      case 'failed':
        member.onFailed(new ListenError(message.problem));
        return;
      case 'drained':
        member.onDrained();
        return;
      case 'stopped':
        void member.worker.terminate();
        return;
      case 'log': {
        const { kind, event, text, fields } = message.line;
        this.#log[kind](event, text, fields);
        member.tell({ say: 'logged', bytes: message.bytes });
        return;
      }
      case 'admit':
        member.tell({
          say: 'admitted',
          id: message.id,
          denial: this.#admit(member, message.session, message.address),
        });
        return;
      case 'settled':
        member.settle(this.#table, message.session, message.isPlayer);
        return;
      case 'closed':
        member.remove(this.#table, message.session);
        return;
      case 'find':
        member.tell({ say: 'found', id: message.id, ...this.#directory.find(message.keys, index) });
        return;
      case 'take-pull':
        member.tell({
          say: 'pull-taken',
          id: message.id,
          refusal: member.pulls.take(message.key, message.address),
        });
        return;
      case 'pull-news':
        member.pulls.note(message.key, message.news);
        return;
      case 'list':
        member.tell({ say: 'listed', id: message.id, keys: this.#directory.published() });
        return;
      case 'published':
        this.#directory.setPublished(message.key, index, message.isPublished);
        return;
      case 'done':
        this.#directory.done(message.key, index);
        return;
      case 'metrics':
        member.onMeasured(message.id, message.snapshot, message.status);
        return;
      default:
        message satisfies never;
    }
  }

  #admit(member: Member, session: string, address: string): Denial | undefined {
    const denial = this.#table.admit(address);
    if (!denial?.isCut) member.add(this.#table, session, address);
    return denial;
  }

  #onExit(index: number, member: Member, code: number): void {
    if (this.#members.get(index) !== member) return;
    this.#members.delete(index);
    const { sessions, players } = member.removeAll(this.#table);
    this.#goneCounts = addUp([this.#goneCounts, countsOf(member.snapshot)]);
    member.onFailed(new Error(`worker ${index} ended with code ${code}`));
    if (this.#state !== 'running' || !member.isReady) return;
    this.#log.error('worker', `worker ${index} died: ${sessions} sessions lost, it is replaced`, {
      worker: index,
      code,
      sessions,
    });
    for (let i = 0; i < players; i++) this.#metrics.onPlayerLeft('worker');
    const others = [...this.#members].filter(([, { isReady }]) => isReady).map(([other]) => other);
    for (const { users, ...stream } of this.#directory.lose(index, others)) {
      for (const user of users) this.#members.get(user)?.tell({ say: 'home', ...stream });
    }
    this.#replace(index);
  }

  #replace(index: number): void {
    this.#clock.after(REPLACE_MS, () => {
      if (this.#state !== 'running') return;
      this.#spawn(index).then(
        () => this.#log.info('worker', `worker ${index} runs again`, { worker: index }),
        (error: unknown) => {
          if (this.#state !== 'running') return;
          this.#log.error('worker', `worker ${index} cannot be started: ${String(error)}`, { worker: index });
          this.#replace(index);
        },
      );
    });
  }

  // --- metrics

  async #measureAll(): Promise<readonly Member[]> {
    const members = [...this.#members.values()].filter(({ isReady }) => isReady);
    await Promise.all(members.map((member) => member.measure(this.#clock)));
    return members;
  }

  // --- stopping

  #tellAll(message: ToWorker): void {
    for (const member of this.#members.values()) member.tell(message);
  }

  async #stop(how: 'drain' | 'close'): Promise<void> {
    if (this.#state === 'closed') return;
    this.#state = how === 'drain' ? 'draining' : 'closed';
    const members = [...this.#members.values()];
    if (how === 'drain') {
      this.#tellAll({ say: 'drain' });
      // a worker whose sessions have all left may be home to streams that the others still play
      await Promise.all(members.map(({ drained }) => drained));
    }
    this.#tellAll({ say: 'close' });
    await Promise.race([Promise.all(members.map(({ ended }) => ended)), this.#pause(STOP_MS)]);
    this.#state = 'closed';
    await this.#terminate();
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, ms).unref());
  }

  async #terminate(): Promise<void> {
    this.#state = 'closed';
    this.#stopMeasuring();
    for (const { close } of this.#listeners) close();
    await Promise.all([...this.#members.values()].map(({ worker }) => worker.terminate()));
  }
}
