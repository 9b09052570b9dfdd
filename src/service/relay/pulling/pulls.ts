import type { PullSource, StreamSettings } from '../../../config/stream-settings.ts';
import type { Refusal } from '../../../session/access.ts';
import { every } from '../../../stream/clock.ts';
import type { StreamRegistry } from '../../../stream/stream-registry.ts';
import { Pull, type PullHost, type PullOverReason } from './pull.ts';

/** A key that no upstream has is not asked for again for this long, milliseconds. */
const NOT_FOUND_MS = 5000;

/** How many such keys are remembered. */
const MAX_NOT_FOUND = 10_000;

/** How often pulls are looked at that nobody may want any more, milliseconds. */
const SWEEP_MS = 250;

/** All pulls of a relay: starts them when they are wanted and stops them when they are not. */
export class Pulls {
  readonly #registry: StreamRegistry;
  readonly #host: PullHost;
  readonly #maxOnDemand: number;
  readonly #pulls = new Map<string, Pull>();
  /** Since when a pull has had no players, milliseconds of the clock. */
  readonly #idleSince = new Map<string, number>();
  /** Until when a key counts as not found. */
  readonly #notFoundUntil = new Map<string, number>();
  readonly #stopSweeping: () => void;

  /** @param maxOnDemand - how many pulls on demand there may be at a time */
  constructor(registry: StreamRegistry, host: Omit<PullHost, 'onOver'>, maxOnDemand: number) {
    this.#registry = registry;
    this.#maxOnDemand = maxOnDemand;
    this.#host = { ...host, onOver: (pull, reason) => this.#onOver(pull, reason) };
    this.#stopSweeping = every(host.clock, SWEEP_MS, () => this.#sweep(host.clock.now()));
  }

  [Symbol.iterator](): IterableIterator<Pull> {
    return this.#pulls.values();
  }

  /** Keeps the streams going that are always wanted, and no others of that kind. */
  configure(streams: readonly StreamSettings[]): void {
    const wanted = new Map<string, PullSource>();
    for (const { match, source } of streams) {
      if (source.type === 'pull' && source.start === 'always' && !wanted.has(match))
        wanted.set(match, source);
    }
    for (const [key, pull] of [...this.#pulls]) {
      const source = wanted.get(key);
      const isSame = source !== undefined && JSON.stringify(source) === JSON.stringify(pull.source);
      if (pull.source.start === 'always' && !isSame) this.#stop(pull);
    }
    for (const [key, source] of wanted) {
      if (this.#pulls.get(key)?.source.start !== 'always') this.#start(key, source);
    }
  }

  /** Why a player of this key cannot be let in; undefined when its stream is there or can be fetched. */
  refusal(key: string): Refusal | undefined {
    if (this.#pulls.has(key)) return undefined;
    if ((this.#notFoundUntil.get(key) ?? 0) > this.#host.clock.now()) {
      return {
        refused: 'not-found',
        description: `there is no stream ${key}: its upstream was asked a moment ago`,
      };
    }
    if (this.#onDemandCount() >= this.#maxOnDemand) {
      return {
        refused: 'pull-limit',
        description: `too many streams are being pulled: ${key} cannot be fetched now`,
      };
    }
    return undefined;
  }

  /** A player is there for this key: fetches the stream unless that is done already. */
  demand(key: string, source: PullSource): void {
    this.#idleSince.delete(key);
    if (!this.#pulls.has(key)) this.#start(key, source);
  }

  /** Stops all of them. */
  close(): void {
    this.#stopSweeping();
    for (const pull of [...this.#pulls.values()]) this.#stop(pull);
  }

  #onDemandCount(): number {
    let count = 0;
    for (const { source } of this.#pulls.values()) if (source.start === 'onDemand') count++;
    return count;
  }

  #start(key: string, source: PullSource): void {
    this.#pulls.get(key)?.stop();
    this.#notFoundUntil.delete(key);
    this.#pulls.set(key, new Pull(key, source, this.#host));
  }

  #stop(pull: Pull): void {
    this.#forget(pull);
    pull.stop();
    const stream = this.#registry.get(pull.key);
    if (stream?.state === 'grace') stream.end('ended'); // nobody looks for another source any more
  }

  #forget(pull: Pull): void {
    if (this.#pulls.get(pull.key) !== pull) return;
    this.#pulls.delete(pull.key);
    this.#idleSince.delete(pull.key);
  }

  #onOver(pull: Pull, reason: PullOverReason): void {
    this.#forget(pull);
    const stream = this.#registry.get(pull.key);
    if (reason === 'not-found') {
      if (this.#notFoundUntil.size >= MAX_NOT_FOUND) this.#notFoundUntil.clear();
      this.#notFoundUntil.set(pull.key, this.#host.clock.now() + NOT_FOUND_MS);
    }
    if (reason !== 'ended') stream?.refuseWaiting();
    stream?.end('ended');
  }

  #sweep(now: number): void {
    for (const [key, until] of this.#notFoundUntil) if (until <= now) this.#notFoundUntil.delete(key);
    for (const pull of [...this.#pulls.values()]) {
      if (pull.source.start === 'always') continue;
      if ((this.#registry.get(pull.key)?.audience ?? 0) > 0) {
        this.#idleSince.delete(pull.key);
        continue;
      }
      const since = this.#idleSince.get(pull.key) ?? now;
      this.#idleSince.set(pull.key, since);
      // one that has no answer yet goes on, so that whoever asks next finds it: hops behind hops wait no longer each
      if (pull.hasAnswer && now - since >= pull.source.lingerMs) this.#stop(pull);
    }
  }
}
