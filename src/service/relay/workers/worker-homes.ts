import type { PullSource } from '../../../config/stream-settings.ts';
import { type Clock, every } from '../../../stream/clock.ts';
import type { LiveStreamSettings } from '../../../stream/live-stream-settings.ts';
import type { Source } from '../../../stream/source.ts';
import type { Publication, PublishConflict, StreamRegistry } from '../../../stream/stream-registry.ts';
import type { LocalHomes, StreamHome, StreamHomes } from '../stream-homes.ts';
import type { PeerWorker } from './peer-worker.ts';
import { RemotePublication } from './remote-publication.ts';
import { StreamCopy } from './stream-copy.ts';

/** How often streams are looked at that nobody here may want any more, milliseconds. */
const SWEEP_MS = 250;

/** A copy of a stream is kept for this long after its last player, milliseconds. */
const LINGER_MS = 1000;

/** Players of a stream whose home was lost get at least this long until it comes from elsewhere, milliseconds. */
const MOVE_MS = 2000;

/** What the homes of a worker need of it. */
export interface WorkerHomesHost {
  readonly index: number;
  readonly clock: Clock;
  registry(): StreamRegistry;
  /** How long a stream waits for a publisher that was lost, and what may be kept of one. */
  settings(): Pick<LiveStreamSettings, 'cache' | 'graceMs'>;
  local(): LocalHomes;
  /** The way to another worker; undefined while there is none. */
  peer(index: number): PeerWorker | undefined;
  /** Asks the main thread for the home of one of these streams. */
  find(keys: readonly string[]): Promise<{ readonly key: string; readonly home: number }>;
  /** Tells the main thread that nothing here has to do with the stream any more. */
  done(key: string): void;
  pullOf(key: string): PullSource | undefined;
}

/** The homes of streams in a relay of several workers: each stream is kept by one of them, its home. */
export class WorkerHomes implements StreamHomes {
  readonly #host: WorkerHomesHost;
  readonly #copies = new Map<string, StreamCopy>();
  readonly #publications = new Set<RemotePublication>();
  /** The homes of the streams that the main thread counts this worker for. */
  readonly #homeOf = new Map<string, number>();
  /** By key, how many questions are under way, or were answered so lately that whoever asked may not have begun. */
  readonly #questions = new Map<string, number>();

  constructor(host: WorkerHomesHost) {
    this.#host = host;
    every(host.clock, SWEEP_MS, () => this.#sweep(host.clock.now()));
  }

  /** The main thread is asked only where it has not told yet, or has to choose. */
  async find(keys: readonly string[]): Promise<StreamHome> {
    const [only = ''] = keys;
    const known = keys.length === 1 ? this.#homeOf.get(only) : undefined;
    for (const key of keys) this.#count(key, 1);
    const found = known === undefined ? await this.#host.find(keys) : { key: only, home: known };
    this.#found(keys, found.key, found.home);
    return this.at(found.key);
  }

  /**
   * The main thread was asked something this moment, and may say along with the answer where a stream is kept.
   * @returns the answer, once that is known
   */
  async learn<T extends object>(key: string, asked: Promise<T>): Promise<T> {
    this.#count(key, 1);
    const answer = await asked;
    if ('home' in answer && typeof answer.home === 'number') this.#found([key], key, answer.home);
    else this.#count(key, -1);
    return answer;
  }

  at(key: string): StreamHome {
    return this.#homeOf.get(key) === this.#host.index ? this.#host.local().at(key) : this.#remoteHome(key);
  }

  /** A stream whose home is here is used from another worker: it stays here until that is over. */
  use(key: string): void {
    if (!this.#homeOf.has(key)) void this.find([key]);
  }

  /** The worker that was home to a stream is gone, this is its home now. */
  onHome(key: string, home: number): void {
    this.#lose(key);
    this.#homeOf.set(key, home);
    this.#reach(key, home);
  }

  /** There is a way to another worker. */
  onPeer(index: number): void {
    for (const [key, home] of this.#homeOf) if (home === index) this.#reach(key, home);
  }

  /** A worker is gone; the main thread will tell who takes over. */
  onPeerGone(index: number): void {
    for (const [key, home] of this.#homeOf) if (home === index) this.#lose(key);
  }

  /** By the time of the next sweep whoever asked has published or played, or was refused. */
  #found(asked: readonly string[], key: string, home: number): void {
    this.#homeOf.set(key, home);
    this.#host.clock.after(SWEEP_MS, () => {
      for (const one of asked) this.#count(one, -1);
    });
  }

  #remoteHome(key: string): StreamHome {
    return {
      key,
      publish: (source, signal) => this.#publish(key, source, signal),
      demand: () => this.#copy(key),
    };
  }

  #publish(key: string, source: Source, signal: AbortSignal): Promise<Publication | PublishConflict> {
    const { cache } = this.#host.settings();
    const publication = new RemotePublication(key, source, cache, (over) => this.#publications.delete(over));
    this.#publications.add(publication);
    this.#connect(publication);
    signal.addEventListener('abort', () => publication.giveUp());
    return publication.answer;
  }

  /** Leads a publication to the home of its stream, if there is a way. */
  #connect(publication: RemotePublication): void {
    const { key } = publication;
    const home = this.#homeOf.get(key);
    if (home === undefined || publication.isConnected) return;
    if (home === this.#host.index)
      publication.publishHere((source) => this.#host.registry().publish(key, source));
    else {
      const peer = this.#host.peer(home);
      if (peer !== undefined) publication.publishTo(peer);
    }
  }

  /** Sees to it that players here get a stream that another worker keeps, if there is a way. */
  #copy(key: string): void {
    const copy = this.#copies.get(key);
    const home = this.#homeOf.get(key);
    if (copy !== undefined) copy.demand();
    else if (home === this.#host.index) this.#demandHere(key);
    else if (home !== undefined) {
      const peer = this.#host.peer(home);
      if (peer !== undefined) this.#copies.set(key, new StreamCopy(key, home, peer, this.#host.registry()));
    }
  }

  /** The home of a stream is gone: players stay until it comes from elsewhere. */
  #lose(key: string): void {
    const copy = this.#copies.get(key);
    this.#copies.delete(key);
    copy?.onAway();
    for (const publication of this.#publications) if (publication.key === key) publication.disconnect();
    // a pull ends its stream by itself
    if (copy === undefined || this.#host.pullOf(key) !== undefined) return;
    this.#host.registry().get(key)?.awaitSource(Math.max(this.#host.settings().graceMs, MOVE_MS));
  }

  /** The home of a stream is known, and maybe the way to it. */
  #reach(key: string, home: number): void {
    for (const publication of [...this.#publications]) {
      if (publication.key === key) this.#connect(publication);
    }
    if ((this.#host.registry().get(key)?.audience ?? 0) === 0) return;
    if (home !== this.#host.index) this.#copy(key);
    else if (!this.#host.registry().isPublished(key)) this.#demandHere(key);
  }

  #demandHere(key: string): void {
    this.#host.local().at(key).demand(this.#host.pullOf(key));
  }

  #count(key: string, change: number): void {
    const count = (this.#questions.get(key) ?? 0) + change;
    if (count === 0) this.#questions.delete(key);
    else this.#questions.set(key, count);
  }

  #sweep(now: number): void {
    const registry = this.#host.registry();
    for (const [key, copy] of this.#copies) {
      copy.checkWaiting();
      const isWanted = (registry.get(key)?.audience ?? 0) > 0;
      copy.idleSince = isWanted ? undefined : (copy.idleSince ?? now);
      if (copy.idleSince === undefined || now - copy.idleSince < LINGER_MS) continue;
      this.#copies.delete(key);
      copy.close();
    }
    const published = new Set([...this.#publications].map(({ key }) => key));
    for (const key of [...this.#homeOf.keys()]) {
      if (registry.get(key) !== undefined || this.#copies.has(key)) continue;
      if (published.has(key) || this.#questions.has(key)) continue;
      this.#homeOf.delete(key);
      this.#host.done(key);
    }
  }
}
