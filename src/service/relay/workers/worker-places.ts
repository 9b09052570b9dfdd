import type { PullSource } from '../../../config/stream-settings.ts';
import type { Clock } from '../../../stream/clock.ts';
import type { StreamRegistry } from '../../../stream/stream-registry.ts';
import type { LocalPlaces, StreamPlace, StreamPlaces } from '../stream-places.ts';
import { Mirror } from './mirror.ts';
import type { PeerWorker } from './peer-worker.ts';
import { RemotePublication } from './remote-publication.ts';

/** How often streams are looked at that nobody here may want any more, milliseconds. */
const SWEEP_MS = 250;

/** A copy of a stream is kept for this long after its last player, milliseconds. */
const LINGER_MS = 1000;

/** What the places of a worker need of it. */
export interface WorkerPlacesHost {
  readonly index: number;
  readonly clock: Clock;
  registry(): StreamRegistry;
  local(): LocalPlaces;
  peer(index: number): PeerWorker | undefined;
  /** Asks the main thread for the home of one of these streams. */
  find(keys: readonly string[]): Promise<{ readonly key: string; readonly home: number }>;
  /** Tells the main thread that nothing here has to do with the stream any more. */
  done(key: string): void;
  pullOf(key: string): PullSource | undefined;
}

/** The places of streams in a relay of several workers: each stream is kept by one of them, its home. */
export class WorkerPlaces implements StreamPlaces {
  readonly #host: WorkerPlacesHost;
  readonly #mirrors = new Map<string, Mirror>();
  readonly #publications = new Set<RemotePublication>();
  /** Streams that the main thread was asked for, with the number of questions whose effect is not seen yet. */
  readonly #known = new Map<string, number>();

  constructor(host: WorkerPlacesHost) {
    this.#host = host;
    this.#scheduleSweep();
  }

  async find(keys: readonly string[]): Promise<StreamPlace> {
    const { key, home } = await this.#host.find(keys);
    this.#known.set(key, (this.#known.get(key) ?? 0) + 1);
    // by the time of the next sweep whoever asked has published or played, or was refused
    this.#host.clock.after(SWEEP_MS, () => this.#known.set(key, (this.#known.get(key) ?? 1) - 1));
    return home === this.#host.index ? this.#host.local().at(key) : this.#remotePlace(key, home);
  }

  /** The worker that was home to a stream is gone. */
  onHome(key: string, home: number): void {
    const mirror = this.#mirrors.get(key);
    this.#mirrors.delete(key);
    mirror?.lose();
    for (const publication of [...this.#publications]) {
      if (publication.key !== key) continue;
      const peer = this.#host.peer(home);
      if (home === this.#host.index)
        publication.moveHere((source) => this.#host.registry().publish(key, source));
      else if (peer !== undefined) publication.moveToPeer(peer);
    }
    if ((this.#host.registry().get(key)?.audience ?? 0) === 0) return;
    if (home !== this.#host.index) this.#mirror(key, home);
    else if (!this.#host.registry().isPublished(key))
      this.#host.local().at(key).demand(this.#host.pullOf(key));
  }

  #remotePlace(key: string, home: number): StreamPlace {
    return {
      key,
      publish: async (source) => {
        const peer = this.#host.peer(home);
        if (peer === undefined) return { conflict: `stream ${key} is moving to another worker: try again` };
        const onOver = (over: RemotePublication): void => {
          this.#publications.delete(over);
        };
        const published = await RemotePublication.open(key, home, peer, source, onOver);
        if (published instanceof RemotePublication) this.#publications.add(published);
        return published;
      },
      refusal: () => undefined, // the home knows, and says so
      demand: () => this.#mirror(key, home),
    };
  }

  #mirror(key: string, home: number): void {
    const peer = this.#host.peer(home);
    if (peer === undefined || this.#mirrors.has(key)) return;
    this.#mirrors.set(key, new Mirror(key, home, peer, this.#host.registry()));
  }

  #scheduleSweep(): void {
    this.#host.clock.after(SWEEP_MS, () => {
      this.#scheduleSweep();
      this.#sweep(this.#host.clock.now());
    });
  }

  #sweep(now: number): void {
    for (const [key, mirror] of this.#mirrors) {
      const isWanted = (this.#host.registry().get(key)?.audience ?? 0) > 0;
      mirror.idleSince = isWanted ? undefined : (mirror.idleSince ?? now);
      if (mirror.idleSince === undefined || now - mirror.idleSince < LINGER_MS) continue;
      this.#mirrors.delete(key);
      mirror.close();
    }
    const published = new Set([...this.#publications].map(({ key }) => key));
    for (const [key, questions] of this.#known) {
      const isUsed =
        this.#host.registry().get(key) !== undefined || this.#mirrors.has(key) || published.has(key);
      if (isUsed || questions > 0) continue;
      this.#known.delete(key);
      this.#host.done(key);
    }
  }
}
