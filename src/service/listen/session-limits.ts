import { addressGroup } from '../../config/networks.ts';
import type { LimitSettings } from '../../config/relay-settings.ts';
import type { LimitSample } from '../../metrics/metrics-source.ts';
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

/** Why nobody may come in from an address, if that is so. @param address - normalized; null where it counts to none */
export type AddressObjection = (address: string | null) => Refusal | undefined;

/** Somebody who counts. */
export interface Counted {
  /** One for each connection, whatever it goes on as. */
  readonly id: string;
}

/** The sessions of one address, or of what counts as one. */
class AddressGroup<T> extends CrowdGroup<Entry<T>> {
  /** Undefined for a session that counts to no address: it is alone. */
  readonly name: string | undefined;
  all = 0;
  /** How many plays wait for their stream. */
  waiting = 0;

  constructor(name?: string) {
    super();
    this.name = name;
  }
}

/** A session that was let in, unless it is a guest, who is only told why not, or was cut to make room and is about to close. */
interface Entry<T> extends Queued<Entry<T>> {
  session: T;
  group: AddressGroup<T>;
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
  readonly #objectionTo: AddressObjection;
  /** By id, in the order in which they came. */
  readonly #entries = new Map<string, Entry<T>>();
  readonly #groups = new Map<string, AddressGroup<T>>();
  readonly #crowd = new Crowd<Entry<T>>();
  /** Where guests are, who do not count. */
  readonly #nowhere = new AddressGroup<T>();
  /** How many were let in and are not about to close. */
  #inside = 0;
  #guests = 0;

  /**
   * @param limits - they may change: who is there stays
   * @param machineLimit - how many sessions there may be where `limits.sessions` does not say
   * @param onCut - has to close a session that makes room, which does not count any more
   * @param objectionTo - to whoever comes from an address, whatever room there is
   */
  constructor(
    limits: LimitSettings,
    machineLimit: number,
    clock: Clock,
    onCut: (session: T, why: Refusal) => void,
    objectionTo: AddressObjection = () => undefined,
  ) {
    this.#limits = limits;
    this.#machineLimit = machineLimit;
    this.#clock = clock;
    this.#onCut = onCut;
    this.#objectionTo = objectionTo;
  }

  /** How many there are, those who are about to close among them. */
  get size(): number {
    return this.#entries.size;
  }

  /** How many may be let in; infinite where nothing limits that. */
  get limit(): number {
    return this.#limits.sessions ?? this.#machineLimit;
  }

  *sessions(): Generator<T> {
    for (const { session } of this.#entries.values()) yield session;
  }

  get(id: string): T | undefined {
    return this.#entries.get(id)?.session;
  }

  /** How far each limit is used. */
  *usage(): Generator<LimitSample> {
    const { sessions, sessionsPerAddress, waitingPlayersPerAddress, ...pending } = this.#limits;
    const { size, largest } = this.#crowd;
    let all = 0;
    let waiting = 0;
    for (const group of this.#groups.values()) {
      all = Math.max(all, group.all);
      waiting = Math.max(waiting, group.waiting);
    }
    yield { limit: 'sessions', used: this.#inside, most: sessions ?? this.#machineLimit };
    yield { limit: 'sessionsPerAddress', used: all, most: sessionsPerAddress ?? Number.POSITIVE_INFINITY };
    yield { limit: 'pendingSessions', used: size, most: pending.pendingSessions };
    const most = pending.pendingSessionsPerAddress;
    yield { limit: 'pendingSessionsPerAddress', used: largest?.members.size ?? 0, most };
    yield { limit: 'waitingPlayersPerAddress', used: waiting, most: waitingPlayersPerAddress };
  }

  /** Whether a connection may come in from an address that has none here. */
  get hasRoom(): boolean {
    return this.#commonLimit() === undefined || this.#oldestOf(this.#crowd.largest, 0) !== undefined;
  }

  /**
   * Why a connection from this address may not come in; undefined when it may: whoever had to make room for it is cut.
   * @param address - null where it counts to none
   */
  admit(address: string | null): Denial | undefined {
    const banned = this.#objectionTo(address);
    if (banned !== undefined) return { ...banned, isCut: this.#guests >= FAREWELL_SESSIONS };
    const group = this.#groupOf(address);
    const own = this.#addressLimit(address, group);
    const refusal = own ?? this.#commonLimit();
    if (refusal === undefined) return undefined;
    const crowded = own === undefined ? this.#crowd.largest : group;
    if (this.#makeRoom(crowded, group?.members.size ?? 0, refusal)) return undefined;
    const isCut = refusal.refused === 'pending-limit' || this.#guests >= FAREWELL_SESSIONS;
    return { ...refusal, isCut };
  }

  /**
   * A session that is in counts to another address from now on, or to none. @returns why it may not: there are too many there, none
   * of which can make room; then it counts as before
   */
  move(id: string, address: string | null): Denial | undefined {
    const entry = this.#entries.get(id);
    if (entry === undefined || entry.standing === 'guest' || entry.standing === 'cut') return undefined;
    const banned = this.#objectionTo(address);
    if (banned !== undefined) return { ...banned, isCut: false };
    const there = this.#groupOf(address);
    if (there === entry.group) return undefined;
    const refusal = this.#addressLimit(address, there);
    if (refusal !== undefined && !this.#makeRoom(there, there?.members.size ?? 0, refusal))
      return { ...refusal, isCut: false };
    this.#leaveGroup(entry);
    this.#join(entry, address);
    return undefined;
  }

  /**
   * Takes a session in; it is pending until {@link accept}, unless it is let in as a guest, only to be told why not.
   * @param address - to which it counts, normalized; null: to none
   */
  add(session: T, address: string | null, isGuest = false): void {
    const entry: Entry<T> = {
      session,
      group: this.#nowhere,
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
    this.#inside++;
    this.#join(entry, address);
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

  #groupOf(address: string | null): AddressGroup<T> | undefined {
    return address === null ? undefined : this.#groups.get(addressGroup(address));
  }

  #addressLimit(address: string | null, group: AddressGroup<T> | undefined): Refusal | undefined {
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
    if (this.#inside < this.limit) return undefined;
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
    this.#leaveGroup(entry);
    entry.standing = 'cut';
    entry.waiting = 0;
    this.#inside--;
  }

  #leaveGroup(entry: Entry<T>): void {
    const { group } = entry;
    if (entry.standing === 'pending') this.#crowd.remove(entry, group);
    group.waiting -= entry.waiting;
    group.all--;
    if (group.all === 0 && group.name !== undefined) this.#groups.delete(group.name);
  }

  #join(entry: Entry<T>, address: string | null): void {
    const name = address === null ? undefined : addressGroup(address);
    const group = this.#groupOf(address) ?? new AddressGroup<T>(name);
    if (name !== undefined) this.#groups.set(name, group);
    entry.group = group;
    entry.since = this.#clock.now();
    group.all++;
    group.waiting += entry.waiting;
    if (entry.standing === 'pending') this.#crowd.add(entry, group);
  }

  /** Cuts a session that has begun nothing, if one has had time enough. @returns false where none has */
  #makeRoom(crowded: CrowdGroup<Entry<T>> | undefined, newcomers: number, why: Refusal): boolean {
    const leaver = this.#oldestOf(crowded, newcomers);
    if (leaver === undefined) return false;
    this.#leave(leaver);
    this.#onCut(leaver.session, why);
    return true;
  }
}

function tooManyPending(howMany: string, limit: 'pendingSessions' | 'pendingSessionsPerAddress'): Refusal {
  const description = `too many connections that neither publish nor play: ${howMany} (limits.${limit})`;
  return { refused: 'pending-limit', description };
}
