import { isDeepStrictEqual } from 'node:util';
import type { HookEvent, HookSettings } from '../../../config/hooks/hook-settings.ts';
import { KeyPattern } from '../../../config/key-pattern.ts';
import type { Log } from '../../../log.ts';
import type { ToldHookSample } from '../../../metrics/metrics-source.ts';
import type { Clock } from '../../../stream/clock.ts';
import { displayServerUrl } from '../../../url-secrets.ts';
import { ProgramDelivery } from '../exec/program-delivery.ts';
import { HookClient, type HookClientHost } from '../hook-client.ts';
import type { HookState } from '../hook-state.ts';
import { presetOf } from '../presets/presets.ts';
import type { EventListener } from './hook-news.ts';
import { type EventSender, RequestDelivery } from './request-delivery.ts';
import { Teller, type TellOutcome, tellOutcomes } from './teller.ts';
import type { ToldEvent } from './told-event.ts';

/** What waits for one hook may take so much, bytes. */
const MAX_QUEUE_BYTES = 16 * 2 ** 20;

/** What telling needs of the relay. */
export interface TellersHost extends HookClientHost {
  readonly clock: Clock;
  readonly log: Log;
  /** The name of the relay. */
  readonly relay: string;
}

/** A hook as the settings have it, with its secret as it was read. */
export interface HookToTell {
  /** As the configuration calls it, such as `hooks.0`. */
  readonly name: string;
  readonly settings: HookSettings;
  readonly secret: string | undefined;
  /** Takes the events in place of a server. */
  readonly sender?: EventSender;
}

interface ToldHook extends HookToTell {
  readonly pattern: KeyPattern;
  readonly events: ReadonlySet<HookEvent>;
  readonly teller: Pick<
    Teller<unknown>,
    'counts' | 'queueLength' | 'breaker' | 'lastProblem' | 'tell' | 'emptied' | 'close'
  >;
}

/** What a hook is told, in place of being asked. */
export function toldEventsOf({ events, asks, exec }: HookSettings): ReadonlySet<HookEvent> {
  const isAsked = exec === null && asks ? ['publish', 'play', 'playback'] : [];
  const questions = ['connect', 'record', 'call', ...isAsked];
  return new Set(events.filter((event) => !questions.includes(event)));
}

/** Tells all hooks of a thread what happens. */
export class Tellers implements EventListener {
  readonly #host: TellersHost;
  #hooks: readonly ToldHook[] = [];
  /** Those that the settings do not have any more, until they have told the rest. */
  readonly #leaving = new Set<ToldHook>();
  /** What hooks have counted that are gone, by name. */
  readonly #gone = new Map<string, Record<TellOutcome, number>>();

  constructor(host: TellersHost) {
    this.#host = host;
  }

  /** Whether there is nobody to be told anything. */
  get isIdle(): boolean {
    return this.#hooks.length === 0;
  }

  /** Tells these hooks from now on; what waits for one that is gone is still told. */
  configure(hooks: readonly HookToTell[]): void {
    const former = [...this.#hooks];
    this.#hooks = hooks.flatMap((hook) => {
      const events = toldEventsOf(hook.settings);
      if (events.size === 0) return [];
      const { name, settings, secret } = hook;
      const kept = former.findIndex((one) =>
        isDeepStrictEqual([one.name, one.settings, one.secret], [name, settings, secret]),
      );
      return kept === -1 ? [this.#open(hook, events)] : former.splice(kept, 1);
    });
    for (const hook of former) this.#retire(hook);
  }

  wants(event: HookEvent, key: string): boolean {
    return this.#hooks.some(({ events, pattern }) => events.has(event) && isFor(pattern, key));
  }

  tell(event: ToldEvent): void {
    for (const { events, pattern, teller } of this.#hooks)
      if (events.has(event.event) && isFor(pattern, event.stream)) teller.tell(event);
  }

  /** Tells what waits, as far as it can be told within `ms` milliseconds, and nothing more. */
  async finish(ms: number): Promise<void> {
    const hooks = [...this.#hooks, ...this.#leaving];
    const emptied = Promise.all(hooks.map(({ teller }) => teller.emptied()));
    let stopWaiting = (): void => {};
    const isLate = new Promise<void>((resolve) => {
      stopWaiting = this.#host.clock.after(ms, resolve);
    });
    await Promise.race([emptied, isLate]);
    stopWaiting();
    for (const { teller } of hooks) teller.close();
  }

  /** What each hook was told, and what waits. */
  *samples(): Generator<ToldHookSample> {
    for (const [hook, counts] of this.#gone) yield { hook, ...sampleOf(counts, 0) };
    for (const { name, teller } of [...this.#hooks, ...this.#leaving])
      yield { hook: name, ...sampleOf(teller.counts, teller.queueLength) };
  }

  /** How each of them does. */
  states(): readonly HookState[] {
    return this.#hooks.map(({ name: hook, settings: { match, url, exec }, events, teller, sender }) => {
      const { breaker, queueLength: waiting, counts, lastProblem } = teller;
      const kind = exec === null ? 'told' : 'exec';
      const target = sender === undefined ? (exec?.[0] ?? displayServerUrl(url ?? '')) : 'function';
      return { hook, kind, match, events: [...events], target, breaker, waiting, counts, lastProblem };
    });
  }

  #open(hook: HookToTell, events: ReadonlySet<HookEvent>): ToldHook {
    const { name, settings } = hook;
    const { clock } = this.#host;
    const log = this.#host.log.of('hook', name, { hook: name });
    const host = { name, clock, log };
    const limits = { events: settings.queueLength, bytes: MAX_QUEUE_BYTES };
    const teller =
      settings.exec === null
        ? new Teller(this.#requests(hook), limits, host)
        : new Teller(new ProgramDelivery(programOf(settings), clock, log), limits, host);
    return { ...hook, events, pattern: new KeyPattern(settings.match), teller };
  }

  #requests({ settings: { url, ...settings }, secret, sender }: HookToTell): RequestDelivery {
    const client = sender ?? new HookClient({ ...settings, url: url ?? '', secret }, this.#host);
    const { connections: parallel, retries, preset } = settings;
    const { relay } = this.#host;
    return new RequestDelivery(client, { parallel, retries, relay, preset: presetOf(preset, relay) });
  }

  #retire(hook: ToldHook): void {
    const { name, teller } = hook;
    this.#leaving.add(hook);
    void teller.emptied().then(() => {
      teller.close();
      this.#leaving.delete(hook);
      const before = this.#gone.get(name) ?? { told: 0, failed: 0, lost: 0 };
      for (const outcome of tellOutcomes) before[outcome] += teller.counts[outcome];
      this.#gone.set(name, before);
    });
  }
}

function sampleOf(counts: Record<TellOutcome, number>, queueLength: number): Omit<ToldHookSample, 'hook'> {
  return { counts: { ...counts }, queueLength };
}

function programOf({ exec, timeoutMs, connections }: HookSettings): {
  readonly exec: readonly string[];
  readonly timeoutMs: number;
  readonly parallel: number;
} {
  return { exec: exec ?? [], timeoutMs, parallel: connections };
}

/** What is about no stream is for every hook that names it. */
function isFor(pattern: KeyPattern, key: string): boolean {
  return key === '' || pattern.matches(key);
}
