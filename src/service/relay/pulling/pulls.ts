import type { PullSource, StreamSettings } from '../../../config/stream-settings.ts';
import { every } from '../../../stream/clock.ts';
import type { StreamRegistry } from '../../../stream/stream-registry.ts';
import type { PullSlots } from '../../access/joining/pull-slots.ts';
import { Pull, type PullHost } from './pull.ts';
import type { PullOverReason, PullStop } from './pull-end.ts';

/** How often pulls are looked at that nobody may want any more, milliseconds. */
const SWEEP_MS = 250;

/** All pulls of a relay: starts them when they are wanted and stops them when they are not. */
export class Pulls {
  readonly #registry: StreamRegistry;
  readonly #host: PullHost;
  readonly #slots: PullSlots;
  readonly #pulls = new Map<string, Pull>();
  /** Since when a pull has had no players, milliseconds of the clock. */
  readonly #idleSince = new Map<string, number>();
  readonly #stopSweeping: () => void;

  /** @param slots - where each pull on demand has its slot while it runs */
  constructor(registry: StreamRegistry, host: Omit<PullHost, 'onOver'>, slots: PullSlots) {
    this.#registry = registry;
    this.#slots = slots;
    this.#host = { ...host, onOver: (pull, reason) => this.#onOver(pull, reason) };
    this.#stopSweeping = every(host.clock, SWEEP_MS, () => this.#sweep(host.clock.now()));
  }

  [Symbol.iterator](): IterableIterator<Pull> {
    return this.#pulls.values();
  }

  /**
   * Goes by other settings: streams that are always wanted begin, those that run are pulled as the settings now say, and those that
   * they do not pull any more end.
   * @param streams - those of the settings of which this thread pulls what is always wanted
   * @param sourceOf - how any stream is pulled, if it is
   */
  configure(streams: readonly StreamSettings[], sourceOf: (key: string) => PullSource | undefined): void {
    const wanted = new Map<string, PullSource>();
    for (const { match, source } of streams) {
      if (source.type === 'pull' && source.start === 'always' && !wanted.has(match))
        wanted.set(match, source);
    }
    for (const pull of [...this.#pulls.values()]) {
      const source = wanted.get(pull.key) ?? sourceOf(pull.key);
      if (source !== undefined) this.#reconfigure(pull, source);
      else this.#stop(pull, 'reconfigured');
    }
    for (const [key, source] of wanted) this.demand(key, source);
  }

  /** A player is there for this key: fetches the stream unless that is done already. */
  demand(key: string, source: PullSource): void {
    this.#idleSince.delete(key);
    if (!this.#pulls.has(key)) this.#start(key, source);
  }

  /** Stops all of them. */
  close(): void {
    this.#stopSweeping();
    for (const pull of [...this.#pulls.values()]) this.#stop(pull, 'shutdown');
  }

  #start(key: string, source: PullSource): void {
    if (source.start === 'onDemand') this.#slots.note(key, 'held');
    this.#pulls.set(key, new Pull(key, source, this.#host));
  }

  #reconfigure(pull: Pull, source: PullSource): void {
    const { start } = pull.source;
    if (source.start !== start) this.#slots.note(pull.key, start === 'always' ? 'held' : 'released');
    pull.configure(source);
  }

  #stop(pull: Pull, why: PullStop): void {
    this.#forget(pull);
    pull.stop(why);
    const stream = this.#registry.get(pull.key);
    if (stream?.state === 'grace') stream.end('ended'); // nobody looks for another source any more
  }

  #forget(pull: Pull): void {
    if (this.#pulls.get(pull.key) !== pull) return;
    this.#pulls.delete(pull.key);
    this.#idleSince.delete(pull.key);
    if (pull.source.start === 'onDemand') this.#slots.note(pull.key, 'released');
  }

  #onOver(pull: Pull, reason: PullOverReason): void {
    this.#forget(pull);
    const stream = this.#registry.get(pull.key);
    if (reason === 'not-found') this.#slots.note(pull.key, 'not-found');
    if (reason !== 'ended') stream?.refuseWaiting();
    stream?.end('ended');
  }

  #sweep(now: number): void {
    for (const pull of [...this.#pulls.values()]) {
      if (pull.source.start === 'always') continue;
      if ((this.#registry.get(pull.key)?.audience ?? 0) > 0) {
        this.#idleSince.delete(pull.key);
        continue;
      }
      const since = this.#idleSince.get(pull.key) ?? now;
      this.#idleSince.set(pull.key, since);
      // one that has no answer yet goes on, so that whoever asks next finds it: hops behind hops wait no longer each
      if (pull.hasAnswer && now - since >= pull.source.lingerMs) this.#stop(pull, 'unwanted');
    }
  }
}
