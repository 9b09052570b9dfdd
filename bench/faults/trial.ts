import { setTimeout as sleep } from 'node:timers/promises';
import { Random } from '../../test/support/swarm/random.ts';
import { Chain } from './chain.ts';
import { existing } from './chain-network.ts';
import type { Losses } from './comparison.ts';
import { faultKinds } from './fault-kinds.ts';
import type { FaultOptions } from './fault-options.ts';
import { describeFault, FaultPlan, type PlannedFault, parseFault } from './fault-plan.ts';
import { Observers, type Watch, type WitnessFindings } from './observers.ts';
import { startProgramme } from './programme-source.ts';
import { CALM_MS, type Settling, SLACK_MS, settlingOf } from './settling.ts';

/** Over so long before a fault the median is taken, milliseconds. */
const BEFORE_MS = 3000;
/** A chain that is not back to normal by then is given up, milliseconds. */
const GIVE_UP_MS = 20_000;
const LOOK_MS = 50;
/** Of two faults at once the second begins so much later at most, milliseconds. */
const MOST_APART_MS = 1000;

/** What one player got of the stream around a fault. */
export interface PlayerFindings extends Losses, Settling {
  /** Why it was let go, each time. */
  readonly letGo: readonly string[];
}

/** A fault, or two at once, and what players at the last hop got around it. */
export interface FaultFindings {
  readonly number: number;
  readonly faults: readonly PlannedFault[];
  /** From its beginning until nothing hindered the stream any more, milliseconds. */
  readonly lastedMs: number;
  /** Median before it, milliseconds. */
  readonly normalDelayMs: number;
  /** By protocol of the player. */
  readonly players: Readonly<Record<string, PlayerFindings>>;
}

/** What was found of one chain. */
export interface ChainFindings {
  readonly hops: number;
  readonly faults: readonly FaultFindings[];
  /** Before and between faults, by protocol of the player. */
  readonly totals: Readonly<
    Record<string, Losses & { readonly frames: number; readonly shifts: readonly number[] }>
  >;
  readonly witness: readonly WitnessFindings[];
  readonly complaints: readonly string[];
  /** Why it has ended before its time. */
  readonly gaveUp: string | undefined;
}

interface Marked extends Pick<FaultFindings, 'number' | 'faults' | 'lastedMs' | 'normalDelayMs'> {
  readonly beganAtMs: number;
}

/** Faults that happen to one chain, one after the other; the next one when all is normal again. */
export async function tryChain(
  hops: number,
  options: FaultOptions,
  signal: AbortSignal,
): Promise<ChainFindings> {
  const { protocol, isAlways, isPlain, out } = options;
  await using chain = await Chain.open({ hops, protocol, isAlways, isPlain, logFolder: out });
  await using _programme = startProgramme(chain);
  await using observers = await Observers.gather(chain, protocol);
  const random = new Random(options.seed, hops);
  const marked: Marked[] = [];
  let gaveUp: string | undefined;
  for (const next of faultsOf(chain, options, random)) {
    await sleep(CALM_MS + random.next() * options.betweenMs, undefined, { signal }).catch(() => {});
    if (signal.aborted) break;
    const normalDelayMs = normalDelay(observers, performance.now());
    const faults = next();
    const beganAtMs = performance.now();
    const overAtMs = await happen(chain, faults, random);
    const mark = {
      number: marked.length + 1,
      faults,
      lastedMs: overAtMs - beganAtMs,
      normalDelayMs,
      beganAtMs,
    };
    marked.push(mark);
    const isBack = await isNormalAgain(observers, normalDelayMs);
    progress(hops, findingsOf(mark, observers.watches, Number.POSITIVE_INFINITY));
    if (!isBack) gaveUp = `${GIVE_UP_MS} ms after fault ${mark.number} delay was not normal`;
    if (!isBack) break;
  }
  const witness = await observers.leave();
  const { watches } = observers;
  return {
    hops,
    faults: marked.map((mark, at) =>
      findingsOf(mark, watches, marked[at + 1]?.beganAtMs ?? Number.POSITIVE_INFINITY),
    ),
    totals: Object.fromEntries(
      watches.map(({ protocol: way, comparison }) => {
        const { losses, count, shifts } = comparison;
        return [way, { ...losses, frames: count, shifts }];
      }),
    ),
    witness,
    complaints: [...chain.complaints, ...observers.complaints],
    gaveUp,
  };
}

/** What makes each fault when its time has come. */
function* faultsOf(
  chain: Chain,
  options: FaultOptions,
  random: Random,
): Generator<() => readonly PlannedFault[]> {
  const { script, faults, areTwo } = options;
  if (script !== undefined) {
    for (const text of script) yield () => text.split('+').map((one) => parseFault(one, chain.plan));
    return;
  }
  const kinds = options.kinds.filter((kind) => !options.isPlain || faultKinds[kind].at === 'relay');
  const plan = new FaultPlan(random, chain.plan, { kinds, longestMs: options.longestMs });
  for (let number = 0; number < faults; number++)
    yield () => {
      const first = plan.next();
      return areTwo ? [first, plan.next(first)] : [first];
    };
}

/** @returns when nothing hindered the stream any more; by then all is as before */
async function happen(chain: Chain, faults: readonly PlannedFault[], random: Random): Promise<number> {
  let overAtMs = 0;
  const over = (): void => {
    overAtMs = performance.now();
  };
  await Promise.all(
    faults.map(async ({ kind, target, forMs, share }, at) => {
      if (at > 0) await sleep(random.next() * MOST_APART_MS);
      const fault = faultKinds[kind];
      const course = { forMs, share, over };
      if (fault.at === 'relay') await fault.happen(existing(chain.relays.get(target), target), course);
      else await fault.happen(existing(chain.network.wires.get(target), target), course);
    }),
  );
  return overAtMs;
}

/** The median over both players, before anything happens. */
function normalDelay(observers: Observers, nowMs: number): number {
  observers.advance();
  const delays = observers.watches
    .flatMap(({ comparison }) => comparison.delays.filter(({ atMs }) => atMs > nowMs - BEFORE_MS))
    .map(({ delayMs }) => delayMs)
    .sort((one, other) => one - other);
  return delays[Math.floor(delays.length / 2)] ?? 0;
}

/** Waits until frames have come for a while, all with a normal delay. @returns false where they do not */
async function isNormalAgain(observers: Observers, normalDelayMs: number): Promise<boolean> {
  const sinceMs = performance.now();
  const isCalm = ({ comparison: { delays } }: Watch, nowMs: number): boolean => {
    const recent = delays.slice(delays.findLastIndex(({ atMs }) => atMs < nowMs - CALM_MS) + 1);
    const isFlowing = (recent.at(-1)?.atMs ?? 0) > nowMs - CALM_MS / 2;
    return isFlowing && recent.every(({ delayMs }) => delayMs <= normalDelayMs + SLACK_MS);
  };
  for (;;) {
    observers.advance();
    const nowMs = performance.now();
    if (nowMs > sinceMs + CALM_MS && observers.watches.every((watch) => isCalm(watch, nowMs))) return true;
    if (nowMs > sinceMs + GIVE_UP_MS) return false;
    await sleep(LOOK_MS);
  }
}

/** @param untilMs - when the next fault began */
function findingsOf(
  { number, faults, lastedMs, normalDelayMs, beganAtMs }: Marked,
  watches: readonly Watch[],
  untilMs: number,
): FaultFindings {
  const players = watches.map(({ protocol, comparison, end }) => {
    const delays = comparison.delays.filter(({ atMs }) => atMs >= beganAtMs && atMs < untilMs);
    return [
      protocol,
      {
        ...comparison.lossesBetween(beganAtMs, untilMs),
        ...settlingOf(delays, normalDelayMs, beganAtMs, lastedMs),
        letGo: end.partings
          .filter(({ atMs }) => atMs >= beganAtMs && atMs < untilMs)
          .map(({ reason }) => reason),
      },
    ] as const;
  });
  return { number, faults, lastedMs, normalDelayMs, players: Object.fromEntries(players) };
}

function progress(hops: number, { number, faults, lastedMs, players }: FaultFindings): void {
  const found = Object.entries(players).map(
    ([protocol, { letGo, longestDelayMs, unsettledMs, laterDelayMs, ...losses }]) => {
      const wrong = Object.entries(losses).filter(([, count]) => count > 0);
      const told = [
        ...wrong.map(([what, count]) => `${count} ${what}`),
        ...letGo.map((reason) => `let go: ${reason}`),
      ];
      const delay = `delay up to ${longestDelayMs.toFixed(0)} ms, settled after ${unsettledMs.toFixed(0)} ms, ${laterDelayMs.toFixed(0)} ms later on`;
      return `${protocol}: ${[...told, delay].join(', ')}`;
    },
  );
  const what = faults.map(describeFault).join(' + ');
  console.error(
    `${hops} hops, ${number}: ${what}, over after ${lastedMs.toFixed(0)} ms; ${found.join('; ')}`,
  );
}
