import type { PullSource } from '../../config/stream-settings.ts';
import type { TunnelEntrance } from '../../session/rtmpt/carried-request.ts';
import type { RegistrySettings, StreamRegistry } from '../../stream/stream-registry.ts';
import type { BanLedger } from '../access/bans/ban-ledger.ts';
import type { FailedAttempts } from '../access/credentials/failed-attempts.ts';
import type { ChallengeSecret } from '../access/credentials/issued-challenges.ts';
import type { MatchesPassword } from '../access/credentials/password-queue.ts';
import type { JoinPlaces } from '../access/joining/join.ts';
import type { PullSlots } from '../access/joining/pull-slots.ts';
import type { Follower } from '../followers.ts';
import type { Denial } from '../listen/session-limits.ts';
import type { TicketKey } from '../listen/tls/ticket-key.ts';
import type { TunnelRoute } from '../serving/tunnel-route.ts';
import type { LocalHomes, StreamHomes } from './stream-homes.ts';

/** One thread of a relay, as its link to the others uses it. */
export interface RelayThread {
  /** The streams that this thread keeps. */
  readonly registry: StreamRegistry;
  /** What they go by; it changes when the configuration is read again. */
  readonly settings: RegistrySettings;
  /** Homes of the streams that this thread keeps. */
  readonly homes: LocalHomes;
  /** The tunnels of RTMPT that it keeps. */
  readonly tunnels: Pick<TunnelRoute, 'kept'>;
  /** How the stream of a key is pulled, if it is. */
  pullOf(key: string): PullSource | undefined;
}

/** A thread's link to the others of its relay, which follow what it does. There is none where a relay is one thread. */
export interface ThreadLink extends Follower {
  /** The relay's id, one for all of its threads. */
  readonly relayId: string;
  /** How many threads share what the relay may use. */
  readonly threads: number;
  /** What all threads know the challenges by that any of them gave out. */
  readonly challengeSecret: ChallengeSecret;
  /** What seals the session tickets of all threads. */
  readonly ticketKey: TicketKey;
  /** Looks at a password: the main thread does, one at a time for all. */
  readonly matchesPassword: MatchesPassword;
  /** The place of this thread among them. */
  readonly index: number;
  /** What this thread's session ids begin with. */
  readonly prefix: string;
  /** Where the store of recordings was reached when the thread was started; undefined while there was none. */
  readonly storeSocket: string | undefined;
  /** Slots for pulls on demand: the main thread counts those of all. */
  readonly pullSlots: PullSlots;
  /** Credentials that were wrong: the main thread counts those of all. */
  readonly failures: FailedAttempts;
  /** Who is kept out, as the main thread says. */
  readonly bans: BanLedger;
  /** What whoever publishes or plays takes: the main thread counts for all. */
  readonly joins: JoinPlaces;
  /** Finds streams wherever they are kept. */
  homes(thread: RelayThread): StreamHomes;
  /** The way to a tunnel of RTMPT that another thread keeps; undefined while there is none. @param address - of whoever asks */
  tunnelAt(index: number, tunnel: string, address: string): TunnelEntrance | undefined;
  /** Whether this thread keeps a stream that is always wanted. */
  keeps(key: string): boolean;
  /** Whether a connection may come in: the main thread counts those of all. @param address - null where it counts to none */
  admit(session: string, address: string | null): Promise<Denial | undefined>;
  /** Counts a connection to another address, or to none, if it may come in from there. */
  move(session: string, address: string | null): Promise<Denial | undefined>;
  /** Keys of the streams that are live in any thread. */
  liveStreams(): Promise<readonly string[]>;
}
