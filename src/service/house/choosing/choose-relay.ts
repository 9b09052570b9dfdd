/**
 * Who serves whom: a function of what is known of the relays, of who seeks what, of the time and of whose turn it is. It changes
 * nothing; whoever goes by what it says takes the turn and counts the player.
 */
import type { NoChoice, Seeking } from './choice.ts';
import type { AddressBits } from './networks/address-bits.ts';
import type { Tier } from './networks/tier.ts';
import type { Moment, RelayObjection, RelayStanding } from './relay-standing.ts';
import type { ShuffledBag } from './shuffled-bag.ts';

/** What a choice depends on besides who seeks. */
export interface ChoiceGround extends Moment {
  /** Of the client; undefined where it has none. */
  readonly address: AddressBits | undefined;
  /** Who serves the address, by descending priority. */
  readonly tiers: readonly Tier<RelayStanding>[];
  /** The relay where the client was sent last, if that still counts. */
  readonly placed: RelayStanding | undefined;
  /** Takes whom no network holds, and whom nobody else can take. */
  readonly fallback: RelayStanding | undefined;
  /** Another number as soon as any relay may have more room than before. */
  readonly asOf: number;
  /** Whose turn it is among the relays of a tier; random. */
  bagOf(tier: Tier<RelayStanding>): ShuffledBag<RelayStanding>;
}

/** A relay and the rule that says so, or why there is none. */
export type Decision =
  | { readonly relay: RelayStanding; readonly by: 'sticky' | 'live' | 'default' }
  | { readonly relay: RelayStanding; readonly by: 'priority'; readonly bag: ShuffledBag<RelayStanding> }
  | { readonly refused: NoChoice };

/** Chooses a relay. */
export function chooseRelay(seeking: Seeking, ground: ChoiceGround): Decision {
  const { tiers, placed, fallback } = ground;
  const isCandidate = (relay: RelayStanding): boolean => relay.objectionTo(seeking, ground) === undefined;
  const live = seeking.verb === 'publish' ? publishedAt(seeking.stream, tiers, isCandidate) : undefined;
  if (live !== undefined) return { relay: live, by: 'live' };
  if (placed !== undefined && isServing(placed, ground.address) && isCandidate(placed))
    return { relay: placed, by: 'sticky' };
  const roomOf = (relay: RelayStanding): number => (seeking.verb === 'play' ? relay.placesLeft(ground) : 1);
  const weightOf = (relay: RelayStanding): number => (isCandidate(relay) ? roomOf(relay) : 0);
  for (const tier of tiers) {
    const bag = ground.bagOf(tier);
    const relay = bag.peek(weightOf, ground.asOf);
    if (relay !== undefined) return { relay, by: 'priority', bag };
  }
  if (fallback !== undefined && isCandidate(fallback)) return { relay: fallback, by: 'default' };
  const asked = fallback === undefined ? tiers : [...tiers, { priority: 0, relays: [fallback] }];
  return { refused: whyNone(asked, (relay) => relay.objectionTo(seeking, ground)) };
}

function isServing(relay: RelayStanding, address: AddressBits | undefined): boolean {
  return address !== undefined && relay.networks.bestFor(address) !== undefined;
}

/** Where somebody publishes the stream already: who takes it over is up to that relay, so that no two publish it in different places. */
function publishedAt(
  stream: string,
  tiers: readonly Tier<RelayStanding>[],
  isCandidate: (relay: RelayStanding) => boolean,
): RelayStanding | undefined {
  const relays = tiers.flatMap((tier) => tier.relays);
  return relays.find((relay) => relay.isPublishedHere(stream) && isCandidate(relay));
}

/** Of several reasons the one that is over soonest. */
function whyNone(
  tiers: readonly Tier<RelayStanding>[],
  objectionOf: (relay: RelayStanding) => RelayObjection | undefined,
): NoChoice {
  let why: Exclude<NoChoice, 'full'> = 'outside';
  for (const { relays } of tiers)
    for (const relay of relays) {
      const objection = objectionOf(relay);
      if (objection === 'full') return objection;
      if (why !== 'offline') why = objection === 'unreachable' ? objection : 'offline';
    }
  return why;
}
