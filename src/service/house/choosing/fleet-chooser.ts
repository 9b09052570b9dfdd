import { type Clock, every } from '../../../stream/clock.ts';
import type { Fleet, FleetEvent } from '../fleet/fleet.ts';
import type { Roster } from '../roster/roster.ts';
import type { HouseNews, HouseStore } from '../store/house-store.ts';
import { Bags } from './bags.ts';
import type { Choice, ChoiceExplanation, Chooser, Seeking } from './choice.ts';
import { ChoiceNews } from './choice-news.ts';
import { type ChoiceGround, chooseRelay, type Decision } from './choose-relay.ts';
import { explainChoice } from './explain-choice.ts';
import { addressBits } from './networks/address-bits.ts';
import { noChoiceSentence } from './no-choice.ts';
import { relayUrl } from './relay-url.ts';
import type { Randomness } from './shuffled-bag.ts';
import { Standings } from './standings.ts';
import { Stickiness, whoSeeks } from './stickiness.ts';

/** Reservations that are over are given up this often, milliseconds. */
const SWEEP_MS = 200;

/** What choices go by that somebody has written; it may change. */
export interface ChoosingSettings {
  readonly offlineAfterMs: number;
  readonly stickyMs: number;
  readonly reserveMs: number;
  /** Id of a relay; null: none. */
  readonly defaultRelay: string | null;
}

/** What the relays of a fleet are chosen by. */
export interface ChoosingScene {
  readonly roster: Roster;
  readonly fleet: Fleet;
  readonly store: Pick<HouseStore, 'house' | 'isThere' | 'tell' | 'hear'>;
  readonly clock: Clock;
  /** Milliseconds since 1970. */
  readonly wallMs: () => number;
  readonly random: Randomness;
}

/** Sends each player and publisher to a relay of the fleet, and remembers whom it has sent where. */
export class FleetChooser implements Chooser {
  readonly #settings: ChoosingSettings;
  readonly #scene: ChoosingScene;
  readonly #standings: Standings;
  readonly #stickiness: Stickiness;
  readonly #bags: Bags;
  readonly #news: ChoiceNews;
  readonly #ends: readonly (() => void)[];
  /** Goes up with all that may give a relay room. */
  #asOf = 0;

  constructor(settings: ChoosingSettings, scene: ChoosingScene) {
    const { roster, fleet, store, clock, random } = scene;
    this.#settings = settings;
    this.#scene = scene;
    this.#standings = new Standings(roster, fleet, settings);
    this.#stickiness = new Stickiness(settings);
    this.#bags = new Bags(random);
    this.#news = new ChoiceNews(store, clock);
    this.#ends = [
      roster.onChange(() => this.#onRoster()),
      fleet.follow((event) => this.#onEvent(event)),
      store.hear((news, from) => from !== store.house && this.#onNews(news)),
      every(clock, SWEEP_MS, () => this.#sweep()),
    ];
  }

  choose(seeking: Seeking): Choice {
    const who = whoSeeks(seeking);
    const decision = chooseRelay(seeking, this.#groundFor(seeking, who));
    if (!('relay' in decision)) return this.#choiceOf(seeking, decision);
    const { id, reservations } = decision.relay;
    if (decision.by === 'priority') {
      decision.bag.take();
      this.#place(who, id);
    }
    if (seeking.verb === 'play' && seeking.isDescription !== true) {
      reservations.add(1, this.#scene.clock.now());
      this.#news.reserved(id);
    }
    return this.#choiceOf(seeking, decision);
  }

  look(seeking: Seeking): Choice {
    const ground = this.#groundFor(seeking, whoSeeks(seeking));
    return this.#choiceOf(seeking, chooseRelay(seeking, ground));
  }

  explain(seeking: Seeking): ChoiceExplanation {
    const ground = this.#groundFor(seeking, whoSeeks(seeking));
    const decision = chooseRelay(seeking, ground);
    const relays = explainChoice(seeking, ground, decision, this.#standings.all());
    return { choice: this.#choiceOf(seeking, decision), relays };
  }

  close(): void {
    for (const end of this.#ends) end();
    this.#news.close();
  }

  #groundFor(seeking: Seeking, who: string): ChoiceGround {
    const now = this.#scene.clock.now();
    const address = addressBits(seeking.address);
    const { offlineAfterMs, defaultRelay } = this.#settings;
    return {
      ...{ now, offlineAfterMs, meanLoad: this.#standings.meanLoad, asOf: this.#asOf, address },
      tiers: this.#standings.tree.tiersOf(address),
      placed: this.#standings.relay(this.#stickiness.of(who, now)?.relay ?? ''),
      fallback: this.#standings.relay(defaultRelay ?? ''),
      bagOf: (tier) => this.#bags.of(tier, seeking),
    };
  }

  #choiceOf(seeking: Seeking, decision: Decision): Choice {
    if (!('relay' in decision)) return refusal(decision.refused, seeking);
    const { relay, by } = decision;
    const url = relayUrl(relay.entry, seeking.way, seeking.stream);
    if (url === null) return refusal('unreachable', seeking);
    return { relay: relay.id, url, by };
  }

  #place(who: string, relay: string): void {
    const { stickyMs } = this.#settings;
    if (stickyMs === 0) return;
    const now = this.#scene.clock.now();
    this.#stickiness.keep(who, { relay, until: now + stickyMs }, now);
    this.#news.placed(who, relay, this.#scene.wallMs() + stickyMs);
  }

  #onRoster(): void {
    this.#standings.read();
    this.#bags.forget();
    this.#asOf++;
  }

  #onEvent(event: FleetEvent): void {
    if (event.what === 'left') return;
    if (event.what === 'joined') this.#standings.relay(event.player.relay)?.reservations.arrive();
    else this.#standings.hear(event.relay);
    this.#asOf++;
  }

  #onNews(news: HouseNews): void {
    const now = this.#scene.clock.now();
    if (news.what === 'reserved')
      for (const [id, count] of Object.entries(news.relays))
        this.#standings.relay(id)?.reservations.add(count, now);
    if (news.what === 'placed')
      for (const [who, relay, until] of news.places) {
        const leftMs = Math.min(until - this.#scene.wallMs(), this.#settings.stickyMs);
        if (leftMs > 0) this.#stickiness.keep(who, { relay, until: now + leftMs }, now);
      }
  }

  #sweep(): void {
    const { clock, store } = this.#scene;
    const now = clock.now();
    for (const { reservations, report } of this.#standings.all()) {
      // whether they have come only another house hears, which cannot be heard: they count until it can
      if (!store.isThere && report !== undefined && report.house !== store.house) continue;
      if (reservations.expire(now)) this.#asOf++;
    }
  }
}

function refusal(refused: Extract<Choice, { refused: unknown }>['refused'], seeking: Seeking): Choice {
  return { refused, sentence: noChoiceSentence(refused, seeking) };
}
