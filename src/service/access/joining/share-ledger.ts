import {
  type ShareAmounts,
  type ShareOwner,
  type ShareSettings,
  shareAmounts,
} from '../../../config/share-settings.ts';
import type { ShareSample } from '../../../metrics/metrics-source.ts';
import type { Refusal } from '../../../session/access.ts';
import type { Join, SentReport } from './join.ts';
import { NameCount } from './name-count.ts';
import { entryOf, nameOf, type Share, ShareList } from './share-list.ts';
import { usedUp } from './share-sentences.ts';

/** What one join holds of the shares that it counts to. */
export interface ShareHold {
  readonly join: Join;
  /** Which thread has asked, and the id that it gave the join. */
  readonly thread: number;
  readonly id: number;
  shares: readonly Share[];
  /** What its stream has, until the thread tells what is sent with this join in it, bits per second. */
  promisedBits: number;
}

/** How much of a share is in use. */
class ShareUse {
  readonly sessions = new NameCount();
  /** Keys of what is published. */
  readonly published = new NameCount();
  players = 0;
  /** What is sent as far as no thread has told it yet, bits per second. */
  promisedBits = 0;

  get isNone(): boolean {
    return this.sessions.size === 0;
  }
}

/** A share of which there is no more; of those of addresses or identities, that one of them has all of its own. */
export interface UsedUpShare {
  readonly of: ShareOwner;
  /** Of which streams. */
  readonly match: string;
  readonly limit: keyof ShareAmounts;
  readonly most: number;
}

/** Counts who has what of every share, in all threads together. */
export class ShareLedger {
  #list: ShareList;
  readonly #uses = new Map<string, ShareUse>();
  readonly #holds = new Set<ShareHold>();
  /** Those of them that count with what was promised. */
  readonly #promised = new Set<ShareHold>();
  /** What the threads have told last. */
  readonly #sent = new Map<number, SentReport>();

  constructor(shares: readonly ShareSettings[]) {
    this.#list = new ShareList(shares);
  }

  /** How many hold anything. */
  get size(): number {
    return this.#holds.size;
  }

  /** Other limits hold for whoever comes; who is there stays, and counts by them from now on. */
  configure(shares: readonly ShareSettings[]): void {
    this.#list = new ShareList(shares);
    this.#uses.clear();
    for (const hold of this.#holds) {
      hold.shares = this.#list.sharesOf(hold.join);
      this.#count(hold);
    }
  }

  /** What a join takes of its shares; undefined where it has none. */
  take(join: Join, thread: number, id: number): ShareHold | Refusal | undefined {
    const shares = this.#list.sharesOf(join);
    if (shares.length === 0) return undefined;
    const promisedBits = join.verb === 'play' ? this.streamBits(join.key) : 0;
    for (const share of shares) {
      const refusal = this.#objection(share, join, promisedBits);
      if (refusal !== undefined) return refusal;
    }
    const hold = { join, thread, id, shares, promisedBits };
    this.#holds.add(hold);
    if (promisedBits > 0) this.#promised.add(hold);
    this.#count(hold);
    return hold;
  }

  /** Gives back what a join holds; more than once does no harm. */
  release(hold: ShareHold): void {
    if (!this.#holds.delete(hold)) return;
    this.#keepPromise(hold);
    const { verb, session, key } = hold.join;
    for (const { name } of hold.shares) {
      const use = this.#uses.get(name);
      if (use === undefined) continue;
      use.sessions.remove(session);
      if (verb === 'publish') use.published.remove(key);
      else use.players--;
      if (use.isNone) this.#uses.delete(name);
    }
  }

  /** A thread tells what its players are sent. */
  onSent(thread: number, report: SentReport): void {
    this.#sent.set(thread, report);
    for (const hold of this.#promised)
      if (hold.thread === thread && hold.id <= report.upTo) this.#keepPromise(hold);
  }

  /** A thread is gone, and all that its joins held was given back. */
  forget(thread: number): void {
    this.#sent.delete(thread);
  }

  /** What a stream has, as its home has measured it, bits per second; 0 while that is not known. */
  streamBits(key: string): number {
    for (const { streams } of this.#sent.values()) {
      const bits = streams.get(key);
      if (bits !== undefined) return bits;
    }
    return 0;
  }

  /** How much of a share is in use. */
  used(name: string): { readonly [A in keyof Share['amounts']]: number } {
    const use = this.#uses.get(name);
    return {
      sessions: use?.sessions.size ?? 0,
      publishers: use?.published.size ?? 0,
      players: use?.players ?? 0,
      bitsPerSecond: this.#sentBits(name) + (use?.promisedBits ?? 0),
    };
  }

  /** Names of all shares that somebody has a part of. */
  names(): IterableIterator<string> {
    return this.#uses.keys();
  }

  /** Of each limit in the settings, how much whoever has most of it uses. */
  samples(): ShareSample[] {
    const names = Map.groupBy(this.#uses.keys(), entryOf);
    return this.#list.entries.flatMap(({ of, pattern: { pattern: match }, amounts }) => {
      const used = (names.get(entryOf(nameOf(of, match, ''))) ?? []).map((name) => this.used(name));
      return shareAmounts.flatMap((limit) => {
        const most = amounts[limit];
        if (most === null) return [];
        const usedRatio = used.reduce((ratio, one) => Math.max(ratio, one[limit] / most), 0);
        return [{ match, per: of, limit, usedRatio }];
      });
    });
  }

  /** What is used up of what whoever publishes or plays this stream takes a part of. */
  *usedUpFor(key: string): Generator<UsedUpShare> {
    for (const { of, pattern, amounts } of this.#list.entries) {
      if (!pattern.matches(key)) continue;
      const entry = entryOf(nameOf(of, pattern.pattern, ''));
      const names = [...this.#uses.keys()].filter((name) => entryOf(name) === entry);
      const used = of === 'stream' ? [nameOf(of, pattern.pattern, key)] : names;
      for (const limit of shareAmounts) {
        const most = amounts[limit];
        if (most !== null && used.some((name) => this.used(name)[limit] >= most))
          yield { of, limit, most, match: pattern.pattern };
      }
    }
  }

  #objection(share: Share, { verb, session, key }: Join, bits: number): Refusal | undefined {
    const { name, amounts } = share;
    const use = this.#uses.get(name);
    const used = this.used(name);
    const isOver = (amount: keyof Share['amounts']): boolean =>
      amounts[amount] !== null && used[amount] >= amounts[amount];
    if (isOver('sessions') && !use?.sessions.has(session))
      return usedUp(share, 'sessions', used.sessions, key);
    if (verb === 'publish')
      return isOver('publishers') && !use?.published.has(key)
        ? usedUp(share, 'publishers', used.publishers, key)
        : undefined;
    if (isOver('players')) return usedUp(share, 'players', used.players, key);
    const most = amounts.bitsPerSecond;
    if (most === null || used.bitsPerSecond + Math.max(bits, 1) <= most) return undefined;
    return usedUp(share, 'bitsPerSecond', used.bitsPerSecond, key);
  }

  #count({ join: { verb, session, key }, shares, promisedBits }: ShareHold): void {
    for (const { name } of shares) {
      let use = this.#uses.get(name);
      if (use === undefined) {
        use = new ShareUse();
        this.#uses.set(name, use);
      }
      use.sessions.add(session);
      if (verb === 'publish') use.published.add(key);
      else use.players++;
      use.promisedBits += promisedBits;
    }
  }

  /** What was promised is measured now, or over. */
  #keepPromise(hold: ShareHold): void {
    if (!this.#promised.delete(hold)) return;
    for (const { name } of hold.shares) {
      const use = this.#uses.get(name);
      if (use !== undefined) use.promisedBits -= hold.promisedBits;
    }
    hold.promisedBits = 0;
  }

  #sentBits(name: string): number {
    let bits = 0;
    for (const { shares } of this.#sent.values()) bits += shares.get(name) ?? 0;
    return bits;
  }
}
