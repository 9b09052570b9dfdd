import { randomBytes } from 'node:crypto';
import type { RelaySettings } from '../../../config/relay-settings.ts';
import { bugText } from '../../../errors.ts';
import type { Log } from '../../../log.ts';
import { familyText, type MetricFamily } from '../../../metrics/metric-family.ts';
import { addUp } from '../../../metrics/metric-snapshot.ts';
import { type Clock, every, systemClock } from '../../../stream/clock.ts';
import { newChallengeSecret } from '../../access/credentials/issued-challenges.ts';
import type { Operators } from '../../access/operating/operators.ts';
import { AdminListeners } from '../../admin/admin-listeners.ts';
import { relayOperations } from '../../admin/api/relay-operations.ts';
import { relayNews } from '../../admin/events/relay-event.ts';
import { relayFeed } from '../../admin/events/relay-feed.ts';
import type { DrainWish, ProcessControl } from '../../admin/process-control.ts';
import type { RelayControl } from '../../admin/relay-control.ts';
import type { Readiness, RelayStatus, SessionStatus, StreamExplanation } from '../../admin/relay-status.ts';
import { Reloads } from '../../admin/reloads.ts';
import { announce, type Listener, type PortSharing } from '../../listen/listener.ts';
import { bindThenDrop, type PortsOfRoot } from '../../privileges/bind-then-drop.ts';
import { NoPortsLeftError, withSockets } from '../../privileges/kept-ports.ts';
import type { Changes } from '../changing/changes.ts';
import { changesOfWorkers } from '../changing/worker-threads.ts';
import type { Configurer } from '../configuring/proofs-alike.ts';
import { takeOver } from '../configuring/reload-table.ts';
import { explain } from '../explaining/explain.ts';
import { usedUpLimits } from '../explaining/used-up.ts';
import { sharedListen } from '../handover/shared-listen.ts';
import { HousePort } from '../house/house-port.ts';
import { WORKER_DIED } from '../measuring/label-values.ts';
import type { RelayExtras } from '../relay.ts';
import { relayStatus } from '../status/thread-status.ts';
import { CrewLists } from './asking/crew-lists.ts';
import { type ClusterParts, makeClusterParts } from './cluster-parts.ts';
import type { WorkerStart } from './messages.ts';
import { reservePorts } from './shared-ports.ts';
import { workerCount } from './worker-count.ts';
import { LIST_MS, type SharedState, startThread, WorkerHandle } from './worker-handle.ts';
import { logUnpublished } from './worker-log.ts';

/** A worker that dies is replaced at once if it has run for this long, else after the other time: one that dies again and again does not keep the machine busy. */
const STEADY_MS = 5000;
const REPLACE_MS = 500;

/** How often the counters of the workers are fetched, so that those of one that dies are not lost, milliseconds. */
const MEASURE_MS = 2000;

/** A worker that was told to stop and does not is stopped after this time, milliseconds. */
const STOP_MS = 3000;

type ClusterExtras = Pick<RelayExtras, 'accessLog' | 'process'> & { readonly house: HousePort };

/** A relay of several threads that share its ports: the main thread counts and decides, the workers serve. */
export class Cluster extends CrewLists implements RelayControl {
  readonly reloads: Reloads = new Reloads();
  /** As it is configured now, with the ports that were asked for. */
  #settings: RelaySettings;
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #relayId = randomBytes(9).toString('base64url');
  readonly #challengeSecret = newChallengeSecret();
  readonly #count: number;
  readonly events: RelayControl['events'];
  readonly #parts: ClusterParts;
  readonly changes: Changes;
  readonly recordings: ClusterParts['recordings'];
  readonly process: ProcessControl | undefined;
  readonly #shared: SharedState;
  readonly #house: HousePort;
  /** What a house asks of it. */
  readonly member: ClusterParts['member'];
  readonly #listeners: Listener[] = [];
  readonly #admin = new AdminListeners();
  /** How many workers were started so far. */
  #started = 0;
  /** The same with the ports that it got. */
  #workerSettings: RelaySettings;
  /** What it has bound as root, where it has given that up. */
  #ports: PortsOfRoot | undefined;
  #state: 'running' | 'draining' | 'closed' = 'running';
  #stopMeasuring: () => void = () => {};
  #onHandedOver: RelayExtras['onHandedOver'];

  private constructor(settings: RelaySettings, log: Log, clock: Clock, extras: ClusterExtras) {
    super(clock);
    const { accessLog, process, house } = extras;
    this.#house = house;
    this.#settings = settings;
    this.#log = log;
    this.process = process;
    this.#clock = clock;
    this.#count = workerCount(settings.workers);
    this.#workerSettings = settings;
    this.events = relayFeed(this, { clock, log, follow: () => this.crew.follow() });
    const { crew, reloads, events } = this;
    const own = { crew, reloads, events, challengeSecret: this.#challengeSecret };
    const listeners = (): readonly Listener[] => this.#listeners;
    this.#parts = makeClusterParts(settings, { ...own, log, accessLog, clock, house, listeners });
    this.#shared = this.#parts.shared;
    this.recordings = this.#parts.recordings;
    this.member = this.#parts.member;
    this.changes = changesOfWorkers({
      ...{ ...this.#parts, clock, log, relay: this, crew: this.crew },
      keepWanted: () => this.#keepAlwaysWanted(this.#settings),
    });
  }

  /** Starts a relay of several threads; it listens when the promise resolves. @throws ListenError when a port cannot be had */
  static async start(
    settings: RelaySettings,
    log: Log,
    clock: Clock = systemClock,
    { sharing = 'none', replaces, onHandedOver, ...extras }: Omit<RelayExtras, 'formats' | 'link'> = {},
  ): Promise<Cluster> {
    const house = new HousePort();
    const cluster = new Cluster(await house.open(settings, log), log, clock, { ...extras, house });
    cluster.#onHandedOver = onHandedOver;
    try {
      await cluster.#open(sharing, replaces);
      await house.join({ clock, log, relay: cluster, goBy: (wanted) => cluster.#goBy(wanted, 'house') });
    } catch (error) {
      await cluster.#terminate();
      throw error;
    }
    return cluster;
  }

  get listeners(): readonly Listener[] {
    return [...this.#listeners, ...this.#admin.all];
  }

  /** The workers that run, by index; for tests that end one. */
  get workers(): ReadonlyMap<number, WorkerHandle> {
    return this.crew.workers;
  }

  get readiness(): Readiness {
    if (this.#state !== 'running' || this.member.welcomes === 'relays') return 'draining';
    return this.#shared.sessions.hasRoom ? 'ready' : 'full';
  }

  get operators(): Operators {
    return this.#parts.operators;
  }

  get settings(): RelaySettings {
    return this.#settings;
  }

  async metrics(): Promise<{ readonly contentType: string; readonly text: string }> {
    const families = await this.figures();
    const { contentType } = this.#parts.metrics;
    return { contentType, text: `${families.map(familyText).join('\n\n')}\n` };
  }

  async figures(): Promise<readonly MetricFamily[]> {
    const { metrics, streamLabels } = this.#parts;
    const reports = await this.crew.measure('all');
    const own = await metrics.snapshot();
    const workers = streamLabels.limit(reports.map(({ snapshot }) => snapshot));
    return addUp([own.families, ...workers, this.crew.goneCounts]);
  }

  async status(): Promise<RelayStatus> {
    const { readiness, listeners, reloads } = this;
    const { limit: maxSessions } = this.#shared.sessions;
    const { socketPath: adminSocket } = this.#admin;
    const relay = { id: this.#relayId, settings: this.#settings, readiness, reloads, maxSessions };
    const { logLevel } = this.changes;
    const more = { logLevel, listeners, adminSocket, house: this.#house.status };
    return relayStatus({ ...relay, ...more }, await this.crew.ask('threadStatus'));
  }

  async session(id: string): Promise<SessionStatus | undefined> {
    return this.#shared.sessions.get(id)?.worker.ask(this.#clock, LIST_MS, 'session', id);
  }

  async why(key: string): Promise<StreamExplanation> {
    const { shares, pulls, sessions, directory } = this.#shared;
    return explain(key, await this.crew.ask('factsOf', key), {
      isDraining: this.readiness === 'draining',
      house: this.#house.status,
      usedUp: usedUpLimits(key, { shares, pulls, hasRoom: sessions.hasRoom }),
      bans: this.changes.bans().length,
      live: directory.published(),
      warnings: this.#log.warnings.all,
      cacheMs: this.#settings.cache.maxDurationMs,
    });
  }

  async liveStreams(): Promise<readonly string[]> {
    return this.#shared.directory.published();
  }

  configure(wanted: RelaySettings): Promise<readonly string[]> {
    return this.#house.configure(wanted, (all) => this.#goBy(all, 'operator'));
  }

  async #goBy(wanted: RelaySettings, by: Configurer): Promise<readonly string[]> {
    if (this.#state !== 'running') throw new Error('the relay is about to stop');
    const former = this.#workerSettings;
    const wished = takeOver(former, wanted).settings;
    const problem = (await this.#configureWorkers(wished, by)) ?? this.#configureOperators(wanted);
    if (problem !== undefined) {
      await this.#configureWorkers(former, by);
      throw new Error(problem);
    }
    const { settings, waiting } = takeOver(this.#settings, wanted);
    this.#settings = settings;
    this.#parts.configure(settings);
    this.changes.onConfigured();
    this.#log.configure(settings.log);
    this.#admin.renew(settings.listen.admin);
    this.events.tell(relayNews('reloaded', waiting));
    this.events.recheck();
    return waiting;
  }

  async drain(wish: DrainWish = {}): Promise<number> {
    if (this.#state === 'closed') return 0;
    this.#state = 'draining';
    this.#ports?.workers.close();
    this.events.tell(relayNews('draining'));
    const { timeoutMs = this.#settings.drain.timeoutMs } = wish;
    const endsAt = this.#clock.now() + timeoutMs;
    // a worker whose sessions have all left may be home to streams that the others still play
    const drained = Promise.all(this.crew.all.map((worker) => worker.drain(wish)));
    await this.#within(timeoutMs + STOP_MS, drained);
    const { size: left } = this.#shared.sessions;
    await this.#closeWorkers(Math.max(0, endsAt - this.#clock.now()));
    return left;
  }

  async handOver(path: string): Promise<readonly string[]> {
    if (this.#state !== 'running') throw new Error('the relay is about to stop');
    const sockets = await this.crew.ask('handOver', path); // else it goes on
    this.#state = 'draining';
    this.crew.tell({ say: 'invite' });
    this.#parts.snmp.close(); // who asks is answered by the successor
    this.#house.close(); // whose link is the successor's
    await this.#admin.leave();
    this.#onHandedOver?.();
    return sockets.flat();
  }

  inherit(sockets: readonly string[]): void {
    this.crew.tell({ say: 'inherit', sockets });
  }

  async close(): Promise<void> {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    await this.#closeWorkers();
  }

  async #open(sharing: PortSharing, replaces: RelayExtras['replaces']): Promise<void> {
    const { listen, listeners, release } = await reservePorts(this.#settings.listen, sharing);
    this.#listeners.push(...listeners);
    this.#workerSettings = { ...this.#settings, listen };
    this.#keepAlwaysWanted(this.#settings);
    const { admin } = sharedListen(this.#settings.listen, sharing);
    const indexes = Array.from({ length: this.#count }, (_, index) => index);
    const adminParts = { clock: this.#clock, log: this.#log, service: this, operations: relayOperations };
    try {
      await this.#parts.snmp.open(this.#settings.snmp, adminParts, sharing !== 'none');
      await this.#admin.openSocket(this.#settings.admin.socket, adminParts, replaces);
      const { socketPath } = this.#admin;
      this.#ports = await bindThenDrop(
        this.#settings,
        { ...listen, admin },
        this.#count,
        this.#log,
        socketPath,
      );
      await this.#parts.store.open(this.#settings.recordings); // not as root
      await Promise.all(indexes.map((index) => this.#spawn(index)));
    } finally {
      release();
    }
    await this.#admin.open(withSockets({ ...listen, admin }, this.#ports?.admin).admin, adminParts);
    this.#stopMeasuring = every(this.#clock, MEASURE_MS, () => void this.crew.measure('counts'));
    announce(this.listeners, this.#log);
    this.#admin.announceSocket();
  }

  /** @returns why they cannot go by these settings, if they cannot: then the old ones hold */
  #configureOperators(settings: RelaySettings): string | undefined {
    try {
      this.#parts.snmp.configure(settings.snmp);
      this.#parts.operators.configure(settings);
      return undefined;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  /** Has all workers take settings over, those to come too. @returns why one of them cannot, if one cannot */
  #configureWorkers(settings: RelaySettings, by: Configurer): Promise<string | undefined> {
    this.#workerSettings = settings;
    this.#keepAlwaysWanted(settings);
    return this.crew.configure(settings, by, (index) => this.#shared.directory.keptBy(index));
  }

  /** Streams that are always wanted are spread over the workers. */
  #keepAlwaysWanted({ streams }: RelaySettings): void {
    const always = this.#parts.additions
      .before(streams)
      .filter(({ source }) => source.type === 'pull' && source.start === 'always');
    this.#shared.directory.keep([...new Set(always.map(({ match }) => match))], this.#count);
  }

  async #spawn(index: number): Promise<void> {
    const { sockets, transfer = [] } = this.#ports?.workers.take() ?? {};
    const settings = this.#workerSettings;
    const start: WorkerStart = {
      index,
      sockets,
      number: this.#started++,
      count: this.#count,
      relayId: this.#relayId,
      challengeSecret: this.#challengeSecret,
      ticketKey: this.#parts.ticketKey.bytes,
      settings: { ...settings, log: { ...settings.log, level: this.changes.logLevel } },
      kept: this.#shared.directory.keptBy(index),
      blocked: [...this.#shared.failures.blocked.left()],
      bans: this.#parts.bans.left(),
      welcomes: this.member.welcomes,
      storeSocket: this.#parts.store.socketPath,
      additions: this.#parts.additions.all,
    };
    const thread = startThread(start, transfer);
    const worker = new WorkerHandle(index, start.number, thread, this.#shared);
    this.crew.add(worker);
    thread.on('error', (error: Error) => this.#logWorker('error', index, `failed: ${bugText(error)}`));
    thread.on('exit', (code) => this.#onExit(worker, code));
    await worker.started;
    if (this.events.isAwake) worker.tell({ say: 'follow', isFollowed: true });
    this.crew.introduce(worker);
  }

  #onExit(worker: WorkerHandle, code: number): void {
    const { index } = worker;
    const lost = this.crew.remove(worker, code);
    if (lost === undefined) return;
    const { sessions, players, publications, ranMs } = lost;
    logUnpublished(this.#log, index, publications);
    if (this.#state !== 'running' || !worker.isReady) return;
    const text = `died with all of its sessions: ${sessions}; starting another one`;
    this.#logWorker('error', index, text, code, sessions);
    for (let i = 0; i < players; i++) this.#parts.metrics.onPlayerLeft(WORKER_DIED);
    const others = this.crew.ready.map((other) => other.index);
    for (const { users, ...stream } of this.#shared.directory.lose(index, others)) {
      for (const user of users) this.crew.workers.get(user)?.tell({ say: 'home', ...stream });
    }
    this.#replace(index, ranMs < STEADY_MS ? REPLACE_MS : 0);
  }

  #replace(index: number, waitMs = REPLACE_MS): void {
    this.#clock.after(waitMs, () => {
      if (this.#state !== 'running') return;
      this.#spawn(index).then(
        () => this.#logWorker('info', index, 'is running again'),
        (error: unknown) => {
          if (this.#state !== 'running') return;
          this.#logWorker('error', index, `could not be started: ${String(error)}`);
          if (error instanceof NoPortsLeftError && this.crew.all.length === 0) throw error; // whoever watches the process starts another
          if (!(error instanceof NoPortsLeftError)) this.#replace(index);
        },
      );
    });
  }

  #logWorker(level: 'info' | 'error', worker: number, text: string, code?: number, sessions?: number): void {
    this.#log[level]('worker', `worker ${worker} ${text}`, { worker, code, sessions });
  }

  /** @param drainMs - what hooks may still be told in, milliseconds */
  async #closeWorkers(drainMs = 0): Promise<void> {
    const ended = Promise.all(this.crew.all.map((worker) => worker.close()));
    await this.#within(drainMs + STOP_MS, ended);
    await this.#terminate();
  }

  /** Resolves with the promise, or at the latest after this time: a worker may hang. */
  async #within(ms: number, promise: Promise<unknown>): Promise<void> {
    await Promise.race([promise, new Promise<void>((resolve) => this.#clock.after(ms, resolve))]);
  }

  async #terminate(): Promise<void> {
    this.#state = 'closed';
    this.#house.close();
    this.#ports?.workers.close();
    this.#stopMeasuring();
    this.events.close();
    this.#admin.close();
    await Promise.all(this.crew.all.map(({ worker }) => worker.terminate()));
    await this.#parts.close();
  }
}
