import { setTimeout as sleep } from 'node:timers/promises';
import { type DisturbanceName, disturbances } from './disturbances/all.ts';
import { churn } from './disturbances/churn.ts';
import type { Disturbance } from './disturbances/disturbance.ts';
import { MORTAL_WORKER } from './disturbances/worker-kills.ts';
import { heldBy, type Sample } from './figures.ts';
import type { Standing } from './soaked-relay.ts';
import type { Stage, StageRelay } from './stage.ts';

/** So long everybody may take to be gone at the end of a round, milliseconds: longer than all deadlines of the relays. */
const SETTLE_MS = 30_000;

/** How a soak goes. */
export interface RoundPlan {
  readonly names: readonly DisturbanceName[];
  /** All that happens in a round happens at the same time, not one after the other. */
  readonly atOnce: boolean;
  /** Players who come to each relay in a round. */
  readonly visits: number;
  /** A round takes no less, milliseconds. */
  readonly roundMs: number;
}

/** How often something was done, and what did not go as it should: sentences with how often. */
export interface Deeds {
  count: number;
  readonly faults: Map<string, number>;
}

/** Rounds of disturbances with a sample of each relay at the end of each, when all guests have left. */
export class Rounds {
  readonly deeds: Map<string, Deeds> = new Map();
  /** Who was there when all guests had left, where somebody was. */
  readonly leftovers: { readonly relay: string; readonly round: number; readonly there: unknown }[] = [];
  readonly #stage: Stage;
  readonly #plan: RoundPlan;
  readonly #samples = new Map<StageRelay, Sample[]>();
  /** What there is while only those play who play all the time. */
  readonly #expected = new Map<StageRelay, Standing>();
  readonly #startedAt = performance.now();
  #round = 0;

  private constructor(stage: Stage, plan: RoundPlan) {
    this.#stage = stage;
    this.#plan = plan;
  }

  /** Begins: those who play all the time do so already. */
  static async begin(stage: Stage, plan: RoundPlan): Promise<Rounds> {
    const rounds = new Rounds(stage, plan);
    for (const stageRelay of stage.relays) {
      rounds.#expected.set(stageRelay, await stageRelay.relay.standing());
      rounds.#samples.set(stageRelay, []);
    }
    return rounds;
  }

  get hours(): number {
    return (performance.now() - this.#startedAt) / 3_600_000;
  }

  /** Rounds so far. */
  get count(): number {
    return this.#round;
  }

  samplesOf(stageRelay: StageRelay): readonly Sample[] {
    return this.#samples.get(stageRelay) ?? [];
  }

  /** One round: everything once, in an order of its own, beside those who come and go; then a sample of each relay. */
  async run(): Promise<void> {
    const { relays } = this.#stage;
    const startedAt = performance.now();
    this.#round++;
    const visitors = relays.map((to) => this.#note('churn', churn(this.#stage, to, this.#plan.visits)));
    const names = this.#shuffled();
    if (this.#plan.atOnce) await Promise.all(names.map((name) => this.#disturb(name, disturbances[name])));
    else for (const name of names) await this.#disturb(name, disturbances[name]);
    await Promise.all(visitors);
    const there = relays.filter(({ relay }) => !relay.server.isOver);
    await Promise.all(there.map((to) => this.#sample(to)));
    const leftMs = startedAt + this.#plan.roundMs - performance.now();
    if (leftMs > 0) await sleep(leftMs);
  }

  async #disturb(name: DisturbanceName, disturbance: Disturbance): Promise<void> {
    const { relays } = this.#stage;
    const [first] = relays;
    const whom = disturbance.isCommon && first !== undefined ? [first] : relays;
    await this.#stage.budget.turn();
    await Promise.all(whom.map((to) => this.#note(name, disturbance.happen(this.#stage, to))));
  }

  async #note(name: string, deed: Promise<readonly string[]>): Promise<void> {
    const deeds = this.deeds.get(name) ?? { count: 0, faults: new Map<string, number>() };
    this.deeds.set(name, deeds);
    const faults = await deed.catch((error: unknown) => [String(error)]);
    deeds.count++;
    for (const fault of faults) deeds.faults.set(fault, (deeds.faults.get(fault) ?? 0) + 1);
  }

  async #sample(to: StageRelay): Promise<void> {
    const expected = this.#expected.get(to);
    if (expected === undefined) return;
    const { relay, guests } = to;
    const { sessions, streams } = await relay.settled(expected, SETTLE_MS);
    if (sessions > expected.sessions || streams > expected.streams)
      this.leftovers.push({ relay: relay.name, round: this.#round, there: await relay.inventory() });
    const held = heldBy(await relay.holdings(), ({ worker }) => worker !== MORTAL_WORKER);
    const left = { sessions: sessions - expected.sessions, streams: streams - expected.streams };
    const own = { ...held, ...left, files: relay.openFiles };
    const sample = { hours: this.hours, round: this.#round, guests: guests.count('opened'), figures: own };
    this.#samples.get(to)?.push(sample);
  }

  #shuffled(): DisturbanceName[] {
    const { random } = this.#stage;
    return this.#plan.names
      .map((name) => ({ name, place: random.next() }))
      .sort((one, other) => one.place - other.place)
      .map(({ name }) => name);
  }
}
