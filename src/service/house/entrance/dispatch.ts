import type { Refusal } from '../../../session/access.ts';
import type { Clock } from '../../../stream/clock.ts';
import { AddressAllowances } from '../../listen/address-allowances.ts';
import type { Permits, PermitWish } from '../access/permits.ts';
import type { Choice, Chooser, NoChoice, Way } from '../choosing/choice.ts';
import type { Destination } from './destination.ts';

/** Who is to be sent to a relay. */
export interface Traveller extends Omit<PermitWish, 'relay' | 'address'> {
  /** Normalized. */
  readonly address: string;
  /** Whether it is brought there by the house, or goes by itself. */
  readonly isBrought: boolean;
  /** By any of these, preferred first. */
  readonly ways: readonly Way[];
  /** What stands behind the `?` for the relay. */
  readonly query: string;
  /** Whether it is only to be known where to: nothing is taken. */
  readonly isLook: boolean;
  /** Whether it comes again to play: it is sent to the same relay then, and only that takes a place. */
  readonly isDescription: boolean;
  /** Whether it is known what for, so that it gets a permit; else the stream is all that is known of its key. */
  readonly isPermitted: boolean;
}

/** What dispatch needs. */
export interface DispatchParts {
  readonly clock: Clock;
  readonly chooser: Chooser;
  readonly permits: Pick<Permits, 'joinMs' | 'sign'>;
  /** Whether a relay is told the address of whom the house brings. */
  isToldWhom(relay: string): boolean;
}

/**
 * How often those of one address may be sent to relays: so many at once, as where a school begins to watch, and so many a second. Each
 * takes a place at a relay until it comes there.
 */
const AT_ONCE = 200;
const PER_SECOND = 20;

/** What sessions tell somebody for whom there is nobody: to come back later where that may help. */
const refusals: Readonly<Record<NoChoice, Refusal['refused']>> = {
  full: 'capacity-limit',
  offline: 'capacity-limit',
  outside: 'not-found',
  unreachable: 'not-found',
};

const tooMany: Refusal = {
  refused: 'address-limit',
  description: 'too many from your address have asked where to go just now: try again in a moment',
};

/** Chooses relays for those who may have a stream, and gives each what lets it in there. */
export class Dispatch {
  readonly #parts: DispatchParts;
  readonly #allowances: AddressAllowances;

  constructor(parts: DispatchParts) {
    this.#parts = parts;
    this.#allowances = new AddressAllowances(parts.clock, AT_ONCE, PER_SECOND);
  }

  /** Where somebody is to go who may have what it asks for, or why there is nobody for it. */
  send(traveller: Traveller): Destination | Refusal {
    const { permits } = this.#parts;
    const { address, isLook } = traveller;
    if (!isLook && !this.#allowances.take(address)) return tooMany;
    const choice = this.#choose(traveller);
    if ('refused' in choice) return { refused: refusals[choice.refused], description: choice.sentence };
    const { relay, url } = choice;
    const query = [traveller.query, this.#permitFor(traveller, relay)].filter(Boolean).join('&');
    return { relay, url: query === '' ? url : `${url}?${query}`, expiresInMs: permits.joinMs };
  }

  #permitFor(traveller: Traveller, relay: string): string {
    if (!traveller.isPermitted) return '';
    const { verb, stream, identity, until, isBrought } = traveller;
    const { permits, isToldWhom } = this.#parts;
    const address = isBrought && !isToldWhom(relay) ? undefined : traveller.address;
    return permits.sign({ verb, stream, relay, address, identity, until });
  }

  /** The first way by which anybody can be reached; where none can, what is said of the first. */
  #choose({ verb, stream, address, ways, isLook, isDescription }: Traveller): Choice {
    const { chooser } = this.#parts;
    let first: Choice | undefined;
    for (const way of ways) {
      const seeking = {
        verb: verb === 'relay' ? 'play' : verb,
        stream,
        address,
        way,
        isDescription,
      } as const;
      const choice = isLook ? chooser.look(seeking) : chooser.choose(seeking);
      if (!('refused' in choice) || choice.refused !== 'unreachable') return choice;
      first ??= choice;
    }
    return first ?? { refused: 'unreachable', sentence: 'no relay can be reached by this protocol' };
  }
}
