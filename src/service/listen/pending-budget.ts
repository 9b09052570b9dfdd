import { addressGroup } from '../../config/networks.ts';
import type { DeadlineSettings, LimitSettings } from '../../config/relay-settings.ts';
import type { LimitSample } from '../../metrics/metrics-source.ts';
import type { Refusal } from '../../session/access.ts';
import type { Session } from '../../session/session.ts';
import { type Clock, every } from '../../stream/clock.ts';

/** How often it is looked who has been pending for too long, milliseconds. */
const SWEEP_MS = 1000;

/** This long before its time is over a connection is asked to begin nothing more, milliseconds. */
const NOTICE_MS = 5000;

/** A connection that publishes and plays nothing, as far as the budget is concerned. */
export type PendingSession = Pick<Session, 'id' | 'partialBytes' | 'backlogBytes' | 'askToReconnect'>;

/** What the connections of one address hold together. */
interface Holding<S> {
  readonly members: Set<Entry<S>>;
  bytes: number;
}

interface Entry<S> {
  session: S;
  readonly since: number;
  /** With whom it counts. */
  group: string;
  /** Whether that is an address, which has a limit of its own. */
  hasAddress: boolean;
  bytes: number;
}

/** What connections that publish and play nothing, yet or any more, may hold and how long, in all and per address. */
export class PendingBudget<S extends PendingSession> {
  readonly #clock: Clock;
  readonly #limits: Pick<LimitSettings, 'pendingBytes' | 'pendingBytesPerAddress'>;
  readonly #deadlines: Pick<DeadlineSettings, 'pendingMs'>;
  readonly #threads: number;
  readonly #onOver: (session: S, why: Refusal) => void;
  readonly #entries = new Map<string, Entry<S>>();
  /** By address group, those that hold anything. */
  readonly #holdings = new Map<string, Holding<S>>();
  #bytes = 0;
  readonly #stop: () => void;

  /**
   * @param limits - they may change, as the deadlines may
   * @param threads - how many share what all together may hold
   * @param onOver - has to cut the connection, which does not count any more
   */
  constructor(
    clock: Clock,
    limits: Pick<LimitSettings, 'pendingBytes' | 'pendingBytesPerAddress'>,
    deadlines: Pick<DeadlineSettings, 'pendingMs'>,
    threads: number,
    onOver: (session: S, why: Refusal) => void,
  ) {
    this.#clock = clock;
    this.#limits = limits;
    this.#deadlines = deadlines;
    this.#threads = threads;
    this.#onOver = onOver;
    this.#stop = every(clock, SWEEP_MS, () => this.#sweep());
  }

  /** What all of them hold. */
  get bytes(): number {
    return this.#bytes;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** How far each limit is used. */
  *usage(): Generator<LimitSample> {
    const { pendingBytes, pendingBytesPerAddress } = this.#limits;
    let used = 0;
    for (const { bytes, members } of this.#holdings.values()) {
      const [first] = members;
      if (first?.hasAddress) used = Math.max(used, bytes);
    }
    yield { limit: 'pendingBytes', used: this.#bytes, most: pendingBytes / this.#threads };
    yield { limit: 'pendingBytesPerAddress', used, most: pendingBytesPerAddress };
  }

  /** It publishes and plays nothing from now on. @param address - to which it counts, normalized; null: to none */
  add(session: S, address: string | null): void {
    this.remove(session.id);
    const since = this.#clock.now();
    this.#entries.set(session.id, { session, since, bytes: 0, ...groupOf(session.id, address) });
  }

  /** It counts to another address. */
  move(id: string, address: string | null): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    const { bytes } = entry;
    this.#hold(entry, 0);
    Object.assign(entry, groupOf(id, address));
    this.#hold(entry, bytes);
  }

  /** The connection goes on as another session. */
  replace(session: S): void {
    const entry = this.#entries.get(session.id);
    if (entry !== undefined) entry.session = session;
  }

  /** It publishes or plays, or is gone. */
  remove(id: string): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    this.#hold(entry, 0);
    this.#entries.delete(id);
  }

  /** It may hold other bytes than before: where that is too much, whoever of its address, or of that which holds most, holds most goes. */
  note({ id }: Pick<S, 'id'>): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    this.#hold(entry, entry.session.partialBytes + entry.session.backlogBytes);
    const { pendingBytes, pendingBytesPerAddress } = this.#limits;
    const own = entry.hasAddress ? this.#holdings.get(entry.group) : undefined;
    while (own !== undefined && own.bytes > pendingBytesPerAddress)
      this.#cut(own, `${own.bytes} bytes from one address`, 'pendingBytesPerAddress');
    while (this.#bytes > pendingBytes / this.#threads)
      this.#cut(this.#largestHolding(), `${this.#bytes} bytes`, 'pendingBytes');
  }

  close(): void {
    this.#stop();
  }

  #hold(entry: Entry<S>, bytes: number): void {
    if (bytes === entry.bytes) return;
    const { group } = entry;
    const holding = this.#holdings.get(group) ?? { members: new Set(), bytes: 0 };
    const more = bytes - entry.bytes;
    entry.bytes = bytes;
    holding.bytes += more;
    this.#bytes += more;
    if (bytes > 0) holding.members.add(entry);
    else holding.members.delete(entry);
    if (holding.members.size > 0) this.#holdings.set(group, holding);
    else this.#holdings.delete(group);
  }

  #largestHolding(): Holding<S> {
    return largest(this.#holdings.values());
  }

  /** Whoever of them holds most has to go. */
  #cut({ members }: Holding<S>, howMuch: string, limit: 'pendingBytes' | 'pendingBytesPerAddress'): void {
    const entry = largest(members);
    const description = `connections that neither publish nor play hold too much: ${howMuch} (limits.${limit})`;
    this.remove(entry.session.id);
    this.#onOver(entry.session, { refused: 'pending-limit', description });
  }

  #sweep(): void {
    const { pendingMs } = this.#deadlines;
    const now = this.#clock.now();
    const late: S[] = [];
    for (const { session, since } of this.#entries.values()) {
      if (now - since >= pendingMs) late.push(session);
      else if (now - since >= pendingMs - NOTICE_MS) session.askToReconnect(null);
    }
    const description = `published and played nothing for ${pendingMs / 1000} s (deadlines.pendingMs)`;
    for (const session of late) {
      this.remove(session.id);
      this.#onOver(session, { refused: 'pending-limit', description });
    }
  }
}

/** @param address - null where it counts to none */
function groupOf(id: string, address: string | null): Pick<Entry<never>, 'group' | 'hasAddress'> {
  return address === null
    ? { group: `connection ${id}`, hasAddress: false }
    : { group: addressGroup(address), hasAddress: true };
}

/** The one that holds most. @throws RangeError where there is none */
function largest<T extends { readonly bytes: number }>(candidates: Iterable<T>): T {
  let most: T | undefined;
  for (const candidate of candidates)
    if (most === undefined || candidate.bytes > most.bytes) most = candidate;
  if (most === undefined) throw new RangeError('nobody holds anything');
  return most;
}
