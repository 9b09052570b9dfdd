import type { FleetPermitSettings } from '../../../config/house/permit-settings.ts';
import { addressGroup } from '../../../config/networks.ts';
import { makePermit, type PermitVerb, permitPart } from '../../../credentials/permit.ts';
import { type Clock, every } from '../../../stream/clock.ts';
import type { PermitKeyring } from './permit-keyring.ts';

const DAY_MS = 86_400_000;

/** Permits of relays are made anew each day, and hold for so many days from its beginning: a house may be away for a week. */
const RELAY_DAYS = 8;

/** How often it is looked whether relays need new permits, milliseconds. */
const LOOK_MS = 60_000;

/** Of two clocks that are read one after the other, milliseconds: an end to the second shall not become that of the second before. */
const CLOCKS_MS = 10;

/** What a permit is to say. */
export interface PermitWish {
  readonly verb: PermitVerb;
  readonly stream: string;
  readonly relay: string;
  /** Of whoever is to use it, as the relay sees it; undefined where that is not known. */
  readonly address: string | undefined;
  /** Undefined where nothing was proven. */
  readonly identity: string | undefined;
  /** Until when what is begun may go on, milliseconds of the clock; infinite where nothing but the settings ends it. */
  readonly until: number;
}

/** What permits are made with. */
export interface PermitsParts {
  readonly keyring: Pick<PermitKeyring, 'pair' | 'holdsMs' | 'publicKeys' | 'onChange'>;
  readonly clock: Clock;
  /** Milliseconds since 1970. */
  wallMs(): number;
}

/** How long a permit can hold by these settings, milliseconds; infinite where nothing ends it. */
export function longestPermitMs({ joinMs, sessionMs }: FleetPermitSettings): number {
  return Math.max(RELAY_DAYS * DAY_MS, joinMs + (sessionMs ?? Number.POSITIVE_INFINITY));
}

/** Signs whom a house sends where. */
export class Permits {
  readonly #parts: PermitsParts;
  #settings: FleetPermitSettings;

  constructor(parts: PermitsParts, settings: FleetPermitSettings) {
    this.#parts = parts;
    this.#settings = settings;
  }

  /** Takes new settings over. */
  configure(settings: FleetPermitSettings): void {
    this.#settings = settings;
    this.#parts.keyring.holdsMs = longestPermitMs(settings);
  }

  /** How long one may be used to begin, milliseconds. */
  get joinMs(): number {
    return this.#settings.joinMs;
  }

  /** A permit as a part of a query. @throws RangeError where something is longer than a permit can hold */
  sign({ verb, stream, relay, address, identity, until }: PermitWish): string {
    const { clock, wallMs } = this.#parts;
    const { joinMs, sessionMs, bindAddress } = this.#settings;
    const now = wallMs();
    const endsAt = Math.min(now + (sessionMs ?? Number.POSITIVE_INFINITY), now + (until - clock.now()));
    return this.#make({
      ...{ verb, stream, relay, identity },
      joinUntil: Math.ceil((now + joinMs) / 1000),
      sessionUntil: Number.isFinite(endsAt) ? Math.floor((endsAt + CLOCKS_MS) / 1000) : undefined,
      address: bindAddress && address !== undefined ? addressGroup(address) : undefined,
    });
  }

  /** What lets a relay play every stream from its parent, as a part of a query: the same one for a day. */
  relayPermit(relay: string, parent: string): string {
    const joinUntil = (this.#day + RELAY_DAYS) * (DAY_MS / 1000);
    return this.#make({
      verb: 'relay',
      stream: '',
      relay: parent,
      joinUntil,
      identity: relayIdentity(relay),
    });
  }

  /** Public keys of all houses, base64url, by id. */
  publicKeys(): Readonly<Record<string, string>> {
    return this.#parts.keyring.publicKeys();
  }

  /** Relays need other permits or public keys from now on. @returns ends it */
  onRenewal(tell: () => void): () => void {
    const { clock, keyring } = this.#parts;
    let day = this.#day;
    const stopLooking = every(clock, LOOK_MS, () => {
      if (this.#day === day) return;
      day = this.#day;
      tell();
    });
    const stopHearing = keyring.onChange(tell);
    return () => {
      stopLooking();
      stopHearing();
    };
  }

  get #day(): number {
    return Math.floor(this.#parts.wallMs() / DAY_MS);
  }

  #make(permit: Parameters<typeof makePermit>[0]): string {
    const { id, privateKey } = this.#parts.keyring.pair;
    return permitPart(makePermit(permit, id, privateKey));
  }
}

/** Who a relay is where it plays from another. */
export function relayIdentity(relay: string): string {
  return `relay:${relay}`;
}
