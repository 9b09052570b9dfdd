import { KeyPattern } from '../../../config/key-pattern.ts';
import { addressGroup } from '../../../config/networks.ts';
import type { ShareAmounts, ShareOwner, ShareSettings } from '../../../config/share-settings.ts';
import type { Join } from './join.ts';

/** What is counted together, and how much of it there may be. */
export interface Share {
  /** One for all that is counted together, in every thread. */
  readonly name: string;
  /** Whose it is; `grant`: of whoever the credentials stand for; `client`: of whoever has a client-id. */
  readonly of: ShareOwner | 'grant' | 'client';
  readonly amounts: ShareAmounts;
}

/** What decides which shares a join counts to. */
type Counted = Pick<Join, 'verb' | 'key' | 'address' | 'identity' | 'limits' | 'clientId'>;

/** What there is for a client-id. */
const oneClient: ShareAmounts = { sessions: null, publishers: null, players: 1, bitsPerSecond: null };

interface Entry {
  readonly of: ShareOwner;
  readonly pattern: KeyPattern;
  amounts: ShareAmounts;
}

/** The limits that hold, by the settings; those that come with credentials are added for each join. */
export class ShareList {
  readonly #entries: Entry[] = [];

  constructor(shares: readonly ShareSettings[]) {
    for (const { match, per, ...amounts } of shares) {
      if (!limitsAny(amounts)) continue;
      const same = this.#entries.find(({ of, pattern }) => of === per && pattern.pattern === match);
      if (same === undefined) this.#entries.push({ of: per, pattern: new KeyPattern(match), amounts });
      else same.amounts = smaller(same.amounts, amounts);
    }
  }

  /** What the settings limit: whose, of which streams, by how much. */
  get entries(): readonly Readonly<Entry>[] {
    return this.#entries;
  }

  /** Whether how much is sent counts anywhere. */
  get limitsBits(): boolean {
    return this.#entries.some(({ amounts }) => amounts.bitsPerSecond !== null);
  }

  /** Everything that a join counts to. */
  sharesOf(join: Counted): readonly Share[] {
    const shares: Share[] = [];
    for (const { of, pattern, amounts } of this.#entries) {
      const owner = concerns(join.verb, amounts) ? ownerOf(of, join) : undefined;
      if (owner !== undefined && pattern.matches(join.key))
        shares.push({ name: nameOf(of, pattern.pattern, owner), of, amounts });
    }
    const granted = amountsOf(join.limits);
    if (granted !== undefined && concerns(join.verb, granted))
      shares.push({ name: nameOf('grant', '', granteeOf(join)), of: 'grant', amounts: granted });
    if (join.clientId !== undefined) {
      const client = `${join.clientId} ${addressGroup(join.address)}`; // two players may have one id
      shares.push({ name: nameOf('client', '', client), of: 'client', amounts: oneClient });
    }
    return shares;
  }
}

/** What the names of all shares of one entry begin with. */
export function entryOf(name: string): string {
  return name.slice(0, name.indexOf('\n', name.indexOf('\n') + 1));
}

/** The name of a share; no two of them are alike: neither whose they are nor a pattern has a line end. */
export function nameOf(of: Share['of'], match: string, owner: string): string {
  return `${of}\n${match}\n${owner}`;
}

/** Undefined where nobody has such a share. */
function ownerOf(of: ShareOwner, { key, address, identity }: Counted): string | undefined {
  switch (of) {
    case 'all':
      return '';
    case 'stream':
      return key;
    case 'address':
      return addressGroup(address);
    case 'identity':
      return identity;
    default:
      return of satisfies never;
  }
}

/** Limits of one that has no name are those of its address. */
function granteeOf({ identity, address }: Counted): string {
  return identity === undefined ? `address ${addressGroup(address)}` : `identity ${identity}`;
}

function concerns(verb: Counted['verb'], { sessions, publishers, players, bitsPerSecond }: ShareAmounts) {
  if (sessions !== null) return true;
  return verb === 'publish' ? publishers !== null : players !== null || bitsPerSecond !== null;
}

/** Limits by their names; undefined where none of them is known. */
function amountsOf(limits: Counted['limits']): ShareAmounts | undefined {
  const { sessions = null, publishers = null, players = null, bitsPerSecond = null } = limits;
  const amounts = { sessions, publishers, players, bitsPerSecond };
  return limitsAny(amounts) ? amounts : undefined;
}

function limitsAny(amounts: ShareAmounts): boolean {
  return Object.values(amounts).some((amount) => amount !== null);
}

function smaller(one: ShareAmounts, other: ShareAmounts): ShareAmounts {
  const least = (a: number | null, b: number | null) =>
    a === null || b === null ? (a ?? b) : Math.min(a, b);
  return {
    sessions: least(one.sessions, other.sessions),
    publishers: least(one.publishers, other.publishers),
    players: least(one.players, other.players),
    bitsPerSecond: least(one.bitsPerSecond, other.bitsPerSecond),
  };
}
