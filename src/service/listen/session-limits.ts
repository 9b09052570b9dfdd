import { addressGroup } from '../../config/networks.ts';
import type { LimitSettings } from '../../config/relay-settings.ts';
import type { Refusal } from '../../session/access.ts';
import type { Clock } from '../../stream/clock.ts';
import { Crowd, CrowdGroup } from './crowd.ts';
import type { Queued } from './queue.ts';

/** Beyond the session limit this many may come in to be told so; after that connections are cut without a word. */
export const FAREWELL_SESSIONS = 100;

/** A connection that has begun nothing for so long makes room for anybody, milliseconds; others for smaller groups only. */
export const PATIENCE_MS = 1000;

/** Why a connection may not come in. */
export interface Denial extends Refusal {
  /** Whether it is to be cut at once; else it is let in far enough to be told. */
  readonly isCut: boolean;
}

/** Somebody who counts. */
export interface Counted {
  /** One for each connection, whatever it goes on as. */
  readonly id: string;
  /** Normalized. */
  readonly address: string;
}

/** The sessions of one address, or of what counts as one. */
class AddressGroup<T> extends CrowdGroup<Entry<T>> {
  readonly name: string;
  all = 0;
  /** How many plays wait for their stream. */
  waiting = 0;

  constructor(name: string) {
    super();
    this.name = name;
  }
}

/** A session that was let in, unless it is a guest, who is only told why not, or was cut to make room and is about to close. */
interface Entry<T> extends Queued<Entry<T>> {
  session: T;
  readonly group: AddressGroup<T>;
  standing: 'guest' | 'pending' | 'accepted' | 'cut';
  /** When it began to be pending; long ago where it is so again. */
  since: number;
  waiting: number;
}

/**
 * Counts sessions in all and per address, and says when there are too many. Where too many have begun nothing yet, newcomers
 * come in all the same: of the address that has the most such connections the oldest goes, whatever was heard from it.
 */
export class SessionLimits<T extends Counted> {
  readonly #limits: LimitSettings;
  readonly #machineLimit: number;
  readonly #clock: Clock;
  readonly #onCut: (session: T, why: Refusal) => void;
  /** By id, in the order in which they came. */
  readonly #entries = new Map<string, Entry<T>>();
  readonly #groups = new Map<string, AddressGroup<T>>();
  readonly #crowd = new Crowd<Entry<T>>();
  /** How many were let in and are not about to close. */
  #inside = 0;
  #guests = 0;

  /**
   * @param limits - they may change: who is there stays
   * @param machineLimit - how many sessions there may be where `limits.sessions` does not say
   * @param onCut - has to close a session that makes room, which does not count any more
   */
  constructor(
    limits: LimitSettings,
    machineLimit: number,
    clock: Clock,
    onCut: (session: T, why: Refusal) => void,
  ) {
    this.#limits = limits;
    this.#machineLimit = machineLimit;
    this.#clock = clock;
    this.#onCut = onCut;
  }

  /** How many there are, those who are about to close among them. */
  get size(): number {
    return this.#entries.size;
  }

  *sessions(): Generator<T> {
    for (const { session } of this.#entries.values()) yield session;
  }

  get(id: string): T | undefined {
    return this.#entries.get(id)?.session;
  }

  /** Whether a connection may come in from an address that has none here. */
  get hasRoom(): boolean {
    return this.#commonLimit() === undefined || this.#oldestOf(this.#crowd.largest, 0) !== undefined;
  }

  /** Why a connection from this address may not come in; undefined when it may: whoever had to make room for it is cut. */
  admit(address: string): Denial | undefined {
    const group = this.#groups.get(addressGroup(address));
    const own = this.#addressLimit(address, group);
    const refusal = own ?? this.#commonLimit();
    if (refusal === undefined) return undefined;
    const crowded = own === undefined ? this.#crowd.largest : group;
    const leaver = this.#oldestOf(crowded, group?.members.size ?? 0);
    if (leaver === undefined) {
      const isCut = refusal.refused === 'pending-limit' || this.#guests >= FAREWELL_SESSIONS;
      return { ...refusal, isCut };
    }
    this.#leave(leaver);
    this.#onCut(leaver.session, refusal);
    return undefined;
  }

  /** Takes a session in; it is pending until {@link accept}, unless it is let in as a guest, only to be told why not. */
  add(session: T, isGuest = false): void {
    const name = addressGroup(session.address);
    const group = this.#groups.get(name) ?? new AddressGroup<T>(name);
    const entry: Entry<T> = {
      session,
      group,
      standing: isGuest ? 'guest' : 'pending',
      since: this.#clock.now(),
      waiting: 0,
      ahead: undefined,
      behind: undefined,
    };
    this.#entries.set(session.id, entry);
    if (isGuest) {
      this.#guests++;
      return;
    }
    this.#groups.set(name, group);
    this.#inside++;
    group.all++;
    this.#crowd.add(entry, group);
  }

  /** The session was accepted to publish or play. */
  accept({ id }: Pick<T, 'id'>): void {
    const entry = this.#entries.get(id);
    if (entry?.standing !== 'pending') return;
    entry.standing = 'accepted';
    this.#crowd.remove(entry, entry.group);
  }

  /** The session does nothing any more of what it was accepted for: it has had its time, and is the first to make room. */
  rest({ id }: Pick<T, 'id'>): void {
    const entry = this.#entries.get(id);
    if (entry?.standing !== 'accepted') return;
    entry.standing = 'pending';
    entry.since = Number.NEGATIVE_INFINITY;
    this.#crowd.add(entry, entry.group, 'first');
  }

  /** Its connection goes on as another session, in the same place. */
  replace(session: T): void {
    const entry = this.#entries.get(session.id);
    if (entry !== undefined) entry.session = session;
  }

  /** @returns whether it was there */
  remove({ id }: Pick<T, 'id'>): boolean {
    const entry = this.#entries.get(id);
    if (entry === undefined) return false;
    if (entry.standing === 'guest') this.#guests--;
    else if (entry.standing !== 'cut') this.#leave(entry);
    return this.#entries.delete(id);
  }

  /** A play of this session has to wait for its stream, until {@link endWait}. @returns why it may not */
  wait(id: string): Refusal | undefined {
    const entry = this.#entries.get(id);
    if (entry?.standing !== 'pending' && entry?.standing !== 'accepted') return undefined; // about to close
    const { group } = entry;
    if (group.waiting >= this.#limits.waitingPlayersPerAddress) {
      const description = `${group.waiting} players from your address already wait for streams that are not there, the most that is allowed`;
      return { refused: 'waiting-limit', description };
    }
    group.waiting++;
    entry.waiting++;
    return undefined;
  }

  /** The stream of a play that had to wait is there, or the play is over. */
  endWait(id: string): void {
    const entry = this.#entries.get(id);
    if (entry === undefined || entry.waiting === 0) return;
    entry.waiting--;
    entry.group.waiting--;
  }

  #addressLimit(address: string, group: AddressGroup<T> | undefined): Refusal | undefined {
    if (group === undefined) return undefined;
    const { pendingSessionsPerAddress, sessionsPerAddress } = this.#limits;
    const { all, members } = group;
    if (members.size >= pendingSessionsPerAddress)
      return tooManyPending(`${members.size} from ${address}`, 'pendingSessionsPerAddress');
    if (sessionsPerAddress === null || all < sessionsPerAddress) return undefined;
    const description = `your address already has ${all} sessions, the most that is allowed`;
    return { refused: 'address-limit', description };
  }

  #commonLimit(): Refusal | undefined {
    if (this.#crowd.size >= this.#limits.pendingSessions)
      return tooManyPending(`${this.#crowd.size}`, 'pendingSessions');
    if (this.#inside < (this.#limits.sessions ?? this.#machineLimit)) return undefined;
    return {
      refused: 'session-limit',
      description: `the server is full: it has ${this.#inside} sessions`,
    };
  }

  /**
   * Who of a crowded group makes room for a newcomer: its oldest, so that the newcomer's group does not become as large, or
   * because it had time enough. In a rush of honest clients nobody would come far if each pushed the one before out.
   */
  #oldestOf(crowded: CrowdGroup<Entry<T>> | undefined, newcomers: number): Entry<T> | undefined {
    const oldest = crowded?.members.first;
    if (crowded === undefined || oldest === undefined) return undefined;
    const isLarger = crowded.members.size > newcomers + 1;
    return isLarger || this.#clock.now() - oldest.since >= PATIENCE_MS ? oldest : undefined;
  }

  /** It counts no more. */
  #leave(entry: Entry<T>): void {
    const { group } = entry;
    if (entry.standing === 'pending') this.#crowd.remove(entry, group);
    entry.standing = 'cut';
    group.waiting -= entry.waiting;
    entry.waiting = 0;
    this.#inside--;
    group.all--;
    if (group.all === 0) this.#groups.delete(group.name);
  }
}

function tooManyPending(howMany: string, limit: 'pendingSessions' | 'pendingSessionsPerAddress'): Refusal {
  const description = `too many connections that neither publish nor play: ${howMany} (limits.${limit})`;
  return { refused: 'pending-limit', description };
}
