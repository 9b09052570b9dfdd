import type { Holdings } from './relay-watch.ts';
import { HEAP_MIB, type WatchedRelay } from './watched-relay.ts';

const mib = 2 ** 20;

/** No turn of a relay's event loop takes longer, milliseconds of processor time. */
const MAX_TURN_MS = 100;

/**
 * So many times that where the thread had to wait for a core: its caches were used by others, and the same work takes longer; and at
 * the start, where code runs for the first time and is compiled.
 */
const COLD_OR_INTERRUPTED = 3;
const COLD_MS = 3000;

/**
 * Memory of a relay besides its heaps and what it accounts for: code, stacks, 50 MiB of it Node's own pages; and buffers that are
 * garbage already, of which V8 lets 64 MiB gather before it collects them (kExternalAllocationSoftLimit in include/v8-internal.h).
 */
const MAX_OTHER_BYTES = (80 + 64) * mib;

/** What lives of a relay, once garbage is gone, besides what it accounts for: more than before anybody came by so much, bytes. */
const MAX_LIVE_BYTES = 32 * mib;
const COLLECT_EVERY_MS = 5000;

/** What a relay writes to its log in any ten seconds of a swarm, bytes a second. */
const MAX_LOG_BYTES_PER_SECOND = 96 * 1024;
const LOG_WINDOW_MS = 10_000;

/** A relay that everybody has left may hold so much more than before anybody came, bytes. */
const MAX_LEFT_HEAP_BYTES = 16 * mib;
const MAX_LEFT_EXTERNAL_BYTES = 8 * mib;

const LOOK_EVERY_MS = 500;

/** What was held in so many looks before may not be collected yet: memory follows what is held, not the other way round. */
const LOOKS_UNTIL_COLLECTED = 4;

/** The bytes that a relay says it holds for its peers, by the names of their metrics. */
const accounted = ['streampump_cache_bytes', 'streampump_backlog_bytes', 'streampump_partial_bytes'];

/** Watches two relays while much goes on there, and says which budgets they have broken. */
export class Vigil implements AsyncDisposable {
  readonly #relay: WatchedRelay;
  readonly #neighbour: WatchedRelay;
  readonly #threads: number;
  readonly #before: Holdings;
  readonly #broken = new AbortController();
  readonly #faults = new Set<string>();
  readonly #logs: { readonly at: number; readonly bytes: number }[] = [];
  readonly #peaks = new Map<string, number>();
  /** What was accounted for lately, bytes, a look each. */
  #heldLately: readonly number[] = [];
  readonly #begun = performance.now();
  #collectedAt = performance.now();
  #looking: Promise<void> = Promise.resolve();
  readonly #timer: NodeJS.Timeout;

  private constructor(relay: WatchedRelay, neighbour: WatchedRelay, threads: number, before: Holdings) {
    this.#threads = threads;
    this.#relay = relay;
    this.#neighbour = neighbour;
    this.#before = before;
    this.#timer = setInterval(() => {
      this.#looking = this.#looking.then(() => this.#look());
    }, LOOK_EVERY_MS);
  }

  /** Begins: what the relays have done so far does not count. @param threads - of the first relay, each with a heap */
  static async begin(relay: WatchedRelay, neighbour: WatchedRelay, threads: number): Promise<Vigil> {
    const before = await relay.holdings();
    relay.takeLongTurns();
    neighbour.takeLongTurns();
    return new Vigil(relay, neighbour, threads, before);
  }

  /** Aborted as soon as a relay is gone: nothing more can be learned. */
  get broken(): AbortSignal {
    return this.#broken.signal;
  }

  /** What was broken, each kind once. */
  get faults(): readonly string[] {
    return [...this.#faults];
  }

  /** The most of everything that was seen, for people. */
  get summary(): string {
    return [...this.#peaks].map(([name, value]) => `${name} ${Math.round(value)}`).join(', ');
  }

  /** Ends the watch once everybody has left. @returns what is still held */
  async end(withinMs: number): Promise<string[]> {
    clearInterval(this.#timer);
    await this.#looking;
    await this.#look();
    if (this.#broken.signal.aborted) return [];
    const until = performance.now() + withinMs;
    let left: string[];
    do left = await this.#left();
    while (left.length > 0 && performance.now() < until);
    const { heap, external } = await this.#relay.holdings();
    if (heap - this.#before.heap > MAX_LEFT_HEAP_BYTES)
      left.push(`the heap has grown by ${inMib(heap - this.#before.heap)} though everybody has left`);
    if (external - this.#before.external > MAX_LEFT_EXTERNAL_BYTES)
      left.push(`${inMib(external - this.#before.external)} of buffers are held though everybody has left`);
    this.#note('left heap MiB', (heap - this.#before.heap) / mib);
    this.#note('left external MiB', (external - this.#before.external) / mib);
    return left;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await this.#looking;
  }

  async #look(): Promise<void> {
    if (this.#broken.signal.aborted) return;
    try {
      this.#judgeMemory(await this.#relay.metrics());
      await this.#judgeLive();
      await this.#neighbour.metrics();
    } catch (error) {
      const { stderr } = this.#relay.relay.tool;
      this.#faults.add(`a relay is gone: ${String(error)}\n${stderr.slice(-3000)}`);
      this.#broken.abort();
    }
    this.#judgeTurns();
    this.#judgeLog();
  }

  #judgeMemory(metrics: ReadonlyMap<string, number>): void {
    const metricOf = (name: string): number => metrics.get(name) ?? 0;
    const held = accounted.reduce((sum, name) => sum + metricOf(name), 0);
    const resident = metricOf('process_resident_memory_bytes');
    const external = metricOf('nodejs_external_memory_bytes');
    for (const name of accounted) this.#note(`${name} kB`, metricOf(name) / 1024);
    this.#note('resident MiB', resident / mib);
    this.#note('heap MiB', metricOf('nodejs_heap_size_used_bytes') / mib);
    this.#note('external MiB', external / mib);
    this.#heldLately = [...this.#heldLately, held].slice(-LOOKS_UNTIL_COLLECTED);
    const allowed = this.#threads * HEAP_MIB * mib + Math.max(...this.#heldLately) + MAX_OTHER_BYTES;
    if (resident > allowed)
      this.#fault('memory', `${inMib(resident)} of memory are resident, ${inMib(allowed)} are accounted for`);
  }

  /** Now and then all garbage of the main thread is collected: what is left of it is held. */
  async #judgeLive(): Promise<void> {
    if (performance.now() - this.#collectedAt < COLLECT_EVERY_MS) return;
    const { heap, external } = await this.#relay.holdings();
    this.#collectedAt = performance.now();
    const live = heap + external - this.#before.heap - this.#before.external;
    this.#note('live MiB', live / mib);
    const allowed = Math.max(...this.#heldLately) + MAX_LIVE_BYTES;
    if (live > allowed)
      this.#fault('live', `${inMib(live)} of memory are held, ${inMib(allowed)} are accounted for`);
  }

  #judgeTurns(): void {
    const cold = performance.now() - this.#begun < COLD_MS;
    for (const relay of [this.#relay, this.#neighbour]) {
      for (const { cpuMs, wallMs, thread, at } of relay.takeLongTurns()) {
        this.#note('longest turn ms', cpuMs);
        if (cpuMs > MAX_TURN_MS * (cold || wallMs > 2 * cpuMs ? COLD_OR_INTERRUPTED : 1))
          this.#fault(
            'turn',
            `thread ${thread} took a turn of ${cpuMs} ms of processor time, ${wallMs} ms in all, till ${at}`,
          );
      }
    }
  }

  #judgeLog(): void {
    const logs = this.#logs;
    const latest = { at: performance.now(), bytes: this.#relay.logBytes };
    logs.push(latest);
    while (latest.at - (logs[1]?.at ?? latest.at) > LOG_WINDOW_MS) logs.shift();
    const [first] = logs;
    if (first === undefined || latest.at - first.at < LOG_WINDOW_MS / 2) return;
    const perSecond = ((latest.bytes - first.bytes) * 1000) / (latest.at - first.at);
    this.#note('log kB/s', perSecond / 1024);
    if (perSecond > MAX_LOG_BYTES_PER_SECOND)
      this.#fault('log', `${Math.round(perSecond)} bytes of log a second`);
  }

  /** What the relay says that it still has of anybody. */
  async #left(): Promise<string[]> {
    const metrics = await this.#relay.metrics();
    return [...metrics]
      .filter(
        ([name, value]) =>
          /^streampump_(?:sessions|streams|cache_bytes|backlog_bytes|partial_bytes)\b/.test(name) &&
          value > 0,
      )
      .map(([name, value]) => `${name} is ${value} though everybody has left`);
  }

  #note(name: string, value: number): void {
    this.#peaks.set(name, Math.max(value, this.#peaks.get(name) ?? Number.NEGATIVE_INFINITY));
  }

  #fault(kind: string, text: string): void {
    if (![...this.#faults].some((fault) => fault.startsWith(`${kind}: `)))
      this.#faults.add(`${kind}: ${text}`);
  }
}

function inMib(bytes: number): string {
  return `${(bytes / mib).toFixed(1)} MiB`;
}
