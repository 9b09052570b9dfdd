import { KeyPattern } from '../../../config/key-pattern.ts';
import { NetworkList } from '../../../config/networks.ts';
import type { Recording } from '../../../recording/recording.ts';
import type { Session, SessionRole } from '../../../session/session.ts';
import type { Clock } from '../../../stream/clock.ts';
import type { LiveStream } from '../../../stream/live-stream.ts';
import type { StreamRegistry } from '../../../stream/stream-registry.ts';
import type { ListWish } from '../../admin/list-wish.ts';
import type { ListPart, SessionStatus, StreamStatus } from '../../admin/relay-status.ts';
import { sessionRank } from '../../admin/session-rank.ts';
import type { SessionTable } from '../../listen/session-table.ts';
import { BitRates, type Carried } from './bit-rates.ts';
import { identityOf, sessionStatus } from './session-status.ts';
import { carriedOf, streamStatus } from './stream-status.ts';
import type { ThreadLoad } from './thread-status.ts';
import { inTurns } from './turns.ts';
import { WallTime } from './wall-time.ts';

/** What says which recording a stream is written to. */
export interface RecordedStreams {
  recordingOf(stream: LiveStream): Recording | undefined;
}

/** The streams and sessions of a thread, as those see them who look at the relay. */
export class RelayLists {
  readonly #clock: Clock;
  readonly #registry: StreamRegistry;
  readonly #table: SessionTable;
  readonly #recording: RecordedStreams;
  readonly #time: WallTime;
  readonly #streamRates: BitRates<LiveStream>;
  readonly #sessionRates: BitRates<Session>;
  readonly #stops: readonly (() => void)[];

  constructor(clock: Clock, registry: StreamRegistry, table: SessionTable, recording: RecordedStreams) {
    this.#recording = recording;
    this.#clock = clock;
    this.#registry = registry;
    this.#table = table;
    this.#time = new WallTime(clock);
    this.#streamRates = new BitRates(clock, carriedOf);
    this.#sessionRates = new BitRates(clock, (one) => ({ received: one.receivedBytes, sent: one.sentBytes }));
    this.#stops = [
      this.#streamRates.watch(() => registry.streams()),
      this.#sessionRates.watch(() => table.sessions()),
    ];
  }

  /** Takes no notes any more of what is carried. */
  close(): void {
    for (const stop of this.#stops) stop();
  }

  /** How fast one of them goes now; null where that is not known yet. */
  rateOf(stream: LiveStream): Carried | null {
    return this.#streamRates.of(stream);
  }

  /** One of them; undefined where nobody publishes, plays or waits for it in this thread. */
  stream(key: string): StreamStatus | undefined {
    const stream = this.#registry.get(key);
    return stream === undefined ? undefined : this.#statusOf(stream);
  }

  #statusOf(stream: LiveStream): StreamStatus {
    const rate = this.#streamRates.of(stream);
    return streamStatus(stream, rate, this.#time, this.#recording.recordingOf(stream));
  }

  /** How many players each has in this thread. */
  async playerCounts(): Promise<ReadonlyMap<string, number>> {
    const counts = new Map<string, number>();
    for await (const some of inTurns(this.#registry.streams(), this.#clock))
      for (const { key, broadcast } of some) counts.set(key, broadcast.fanOut.playerCount);
    return counts;
  }

  /** Those of this thread, by key. */
  async streams({ limit, after = '', stream: pattern }: ListWish): Promise<ListPart<StreamStatus>> {
    const match = matcherOf(pattern);
    const byKey = (a: LiveStream, b: LiveStream): number => (a.key < b.key ? -1 : 1);
    let found: LiveStream[] = [];
    for await (const some of inTurns(this.#registry.streams(), this.#clock)) {
      found.push(...some.filter(({ key }) => key > after && match(key)));
      found = found.sort(byKey).slice(0, limit + 1); // one more: there is something behind them
    }
    const shown = found.slice(0, limit);
    const there = shown.filter((one) => this.#registry.get(one.key) === one); // some may have gone meanwhile
    const items = there.map((one) => this.#statusOf(one));
    return { items, next: found.length > limit ? (shown.at(-1)?.key ?? null) : null };
  }

  /** One of this thread; undefined where there is none of this id. */
  session(id: string): SessionStatus | undefined {
    const found = this.#table.get(id);
    return found && sessionStatus(found, this.#sessionRates.of(found), this.#time);
  }

  /** What the sessions of this thread are, and how fast they go. */
  async load(): Promise<Omit<ThreadLoad, 'cacheBytes'>> {
    const load = { ...nothing };
    for await (const some of inTurns(this.#table.sessions(), this.#clock)) {
      for (const session of some) {
        const { received, sent } = this.#sessionRates.of(session) ?? { received: 0, sent: 0 };
        load.sessions++;
        const { role } = session;
        if (role !== 'caller') load[countedAs[role]]++;
        load.receivedBitsPerSecond += received;
        load.sentBitsPerSecond += sent;
        load.backlogBytes += session.backlogBytes;
      }
    }
    return load;
  }

  /** Those of this thread, in the order in which they came. */
  async sessions(wish: ListWish): Promise<ListPart<SessionStatus>> {
    const { limit, after = '', role, protocol, address, identity, stream: pattern } = wish;
    const networks = address === undefined ? undefined : new NetworkList([address]);
    const afterRank = sessionRank(after) ?? -1;
    const match = matcherOf(pattern);
    const isWanted = (one: Session): boolean =>
      (sessionRank(one.id) ?? 0) > afterRank &&
      (role === undefined || one.role === role) &&
      (protocol === undefined || one.protocol === protocol) &&
      (networks === undefined || networks.contains(one.address)) &&
      (identity === undefined || identityOf(one) === identity) &&
      (pattern === undefined || [...one.activities()].some(({ key }) => match(key)));
    const found: Session[] = [];
    for await (const some of inTurns(this.#table.sessions(), this.#clock)) {
      found.push(...some.filter(isWanted));
      if (found.length > limit) break;
    }
    const shown = found.slice(0, limit);
    const there = shown.filter((one) => this.#table.get(one.id) === one);
    const items = there.map((one) => sessionStatus(one, this.#sessionRates.of(one), this.#time));
    return { items, next: found.length > limit ? (shown.at(-1)?.id ?? null) : null };
  }
}

const nothing: Omit<ThreadLoad, 'cacheBytes'> = {
  sessions: 0,
  publishers: 0,
  players: 0,
  waitingPlayers: 0,
  pendingSessions: 0,
  receivedBitsPerSecond: 0,
  sentBitsPerSecond: 0,
  backlogBytes: 0,
};

const countedAs = {
  pending: 'pendingSessions',
  waiting: 'waitingPlayers',
  player: 'players',
  relay: 'players',
  publisher: 'publishers',
} as const satisfies Record<Exclude<SessionRole, 'caller'>, keyof ThreadLoad>;

function matcherOf(pattern: string | undefined): (key: string) => boolean {
  if (pattern === undefined) return () => true;
  const keys = new KeyPattern(pattern);
  return (key) => keys.matches(key);
}
