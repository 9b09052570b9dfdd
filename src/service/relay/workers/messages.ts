import type { MessagePort } from 'node:worker_threads';
import type { LogLevel } from '../../../config/log-settings.ts';
import type { RelaySettings } from '../../../config/relay-settings.ts';
import type { ScryptHash } from '../../../credentials/scrypt-hash.ts';
import type { LogLine } from '../../../log.ts';
import type { MetricSnapshot } from '../../../metrics/metric-snapshot.ts';
import type { Extent } from '../../../metrics/metrics.ts';
import type { Refusal } from '../../../session/access.ts';
import type { ResumePoint } from '../../../stream/resuming/resume-point.ts';
import type { RecordingState, SourceLeft, SourceOrigin, WishedRecording } from '../../../stream/source.ts';
import type { PublishConflict } from '../../../stream/stream-registry.ts';
import type { BanMaker, LeftBans } from '../../access/bans/ban-ledger.ts';
import type { ChallengeSecret } from '../../access/credentials/issued-challenges.ts';
import type { Join, Joined, SentReport } from '../../access/joining/join.ts';
import type { PullNews } from '../../access/joining/pull-slots.ts';
import type { KickFilter, SessionOwner } from '../../access/kick.ts';
import type { RelayEvent } from '../../admin/events/relay-event.ts';
import type { ListWish } from '../../admin/list-wish.ts';
import type { DrainWish } from '../../admin/process-control.ts';
import type { ClientCallWish, StreamData } from '../../admin/relay-changes.ts';
import type {
  ForwardStatus,
  ListPart,
  PullStatus,
  SessionStatus,
  StreamStatus,
} from '../../admin/relay-status.ts';
import type { HookState } from '../../hooks/hook-state.ts';
import type { Denial } from '../../listen/session-limits.ts';
import type { SocketsByProtocol } from '../../privileges/kept-ports.ts';
import type { StartedRecording } from '../../recording/recorder.ts';
import type { RecordingOrder } from '../../recording/stream-recorder.ts';
import type { Addition } from '../changing/additions.ts';
import type { ClientCallEnd, SentData } from '../changing/client-calls.ts';
import type { Configurer } from '../configuring/proofs-alike.ts';
import type { ThreadFacts } from '../explaining/stream-facts.ts';
import type { MemberReport, Welcome } from '../house/house-member.ts';
import type { ThreadStatus } from '../status/thread-status.ts';
import type { Answer, Ask } from './asking/questions.ts';
import type { TunnelNews } from './passing/tunnel-passing.ts';

/** Who is kept out, by whom. */
export type SharedBans = Readonly<Record<BanMaker, LeftBans>>;

/** What a worker is started with. */
export interface WorkerStart {
  readonly index: number;
  /** How many workers were started before it: its sessions are named after that. */
  readonly number: number;
  /** How many workers there are. */
  readonly count: number;
  /** The relay's id, one for all of its workers. */
  readonly relayId: string;
  readonly challengeSecret: ChallengeSecret;
  /** What seals session tickets. */
  readonly ticketKey: Uint8Array;
  readonly settings: RelaySettings;
  /** What is bound for it already, by protocol and in the order of the settings; undefined where it binds its ports itself. */
  readonly sockets: SocketsByProtocol | undefined;
  /** Streams that are always wanted and that this worker keeps. */
  readonly kept: readonly string[];
  /** Groups of addresses whose credentials are not looked at, and for how many milliseconds more. */
  readonly blocked: readonly (readonly [group: string, ms: number])[];
  readonly bans: SharedBans;
  readonly welcomes: Welcome;
  /** Where the store of recordings is reached; undefined while there is none. */
  readonly storeSocket: string | undefined;
  readonly additions: readonly Addition[];
}

/** What the main thread answers a worker. */
export interface MainAnswers {
  /** Whether a connection may come in. @param address - null where it counts to none */
  admit(session: string, address: string | null): Denial | undefined;
  /** Counts a connection to another address, or to none, if it may come in from there. */
  move(session: string, address: string | null): Denial | undefined;
  /** The first of these streams that is published, else the first of them, and the worker that keeps it. */
  find(keys: readonly string[]): { readonly key: string; readonly home: number };
  /** Takes what somebody needs who publishes or plays; with the worker that keeps the stream. */
  join(id: number, join: Join): (Joined & { readonly home: number }) | Refusal;
  /** Whether a password is the one that was hashed. */
  matchesPassword(password: string, hash: ScryptHash): Promise<boolean>;
  /** Which streams are published, in any worker. */
  liveStreams(): readonly string[];
}

/** What a worker answers the main thread; undefined where it failed. */
export interface WorkerAnswers {
  /** @param extent - of the metrics: what is asked for often is only what remains when the worker is gone */
  measure(extent: Extent): Promise<WorkerReport | undefined>;
  streams(wish: ListWish): Promise<ListPart<StreamStatus> | undefined>;
  sessions(wish: ListWish): Promise<ListPart<SessionStatus> | undefined>;
  session(id: string): Promise<SessionStatus | undefined>;
  upstreams(wish: ListWish): Promise<ListPart<PullStatus> | undefined>;
  forwards(wish: ListWish): Promise<ListPart<ForwardStatus> | undefined>;
  /** How many players each stream has there. */
  playerCounts(): Promise<ReadonlyMap<string, number> | undefined>;
  /** Those of these streams that there are. */
  streamsOf(keys: readonly string[]): Promise<readonly StreamStatus[] | undefined>;
  hookStates(): Promise<readonly HookState[] | undefined>;
  /** What it knows about a stream. */
  factsOf(key: string): Promise<ThreadFacts | undefined>;
  /** How this thread is doing as a whole. */
  threadStatus(): Promise<ThreadStatus | undefined>;
  /** Takes settings over. @returns why it cannot, if it cannot: it goes on with those that it had */
  configure(settings: RelaySettings, kept: readonly string[], by: Configurer): Promise<string | undefined>;
  /** Leaves its ports to a successor. */
  handOver(path: string): Promise<readonly string[] | undefined>;
  /** Pulls and forwards what operators have added. */
  goByAdditions(additions: readonly Addition[], kept: readonly string[]): Promise<true>;
  /** Who has the sessions that a filter matches. */
  ownersOf(filter: KickFilter): Promise<readonly SessionOwner[] | undefined>;
  /** Ends them. @returns how many */
  endSessions(filter: KickFilter, reason: string): Promise<number | undefined>;
  /** Calls the client of a session, if that is there. */
  callClient(session: string, call: ClientCallWish): Promise<ClientCallEnd | undefined>;
  /** Sends data to those who play a stream, if it is kept there. */
  sendData(stream: string, data: StreamData): Promise<SentData | undefined>;
  /** Records a stream, if it is kept there. */
  startRecording(key: string, order: RecordingOrder): Promise<StartedRecording | undefined>;
  /** Records it no more. @returns whether it was recorded there */
  stopRecording(key: string): Promise<boolean | undefined>;
  /** How it does, for a house. */
  houseReport(isWhole: boolean): Promise<MemberReport | undefined>;
  /** Lets nobody in and waits for those who are here; the relay runs on until `close`. */
  drain(wish: DrainWish): Promise<void>;
  close(): Promise<void>;
}

/** A publication, as the log tells of it. */
export interface PublicationFacts {
  readonly connection: string;
  readonly peer: string;
  readonly protocol: string;
  readonly client: string | null;
  readonly stream: string;
}

/** How a worker does. */
export interface WorkerReport {
  readonly snapshot: MetricSnapshot;
}

/** What a worker asks and tells the main thread. */
export type ToMain =
  | Ask<MainAnswers>
  | Answer
  | { readonly say: 'ready' }
  | { readonly say: 'failed'; readonly problem: string }
  /** A line for the log; how big it is comes back when it has been taken. */
  | { readonly say: 'log'; readonly line: LogLine; readonly bytes: number }
  /** A line for the access log, in the same way. */
  | { readonly say: 'access'; readonly line: string; readonly bytes: number }
  | { readonly say: 'accepted'; readonly session: string; readonly isPlayer: boolean }
  | { readonly say: 'idle'; readonly session: string }
  | { readonly say: 'closed'; readonly session: string }
  | { readonly say: 'publishing'; readonly publication: PublicationFacts; readonly isOver: boolean }
  /** A credential from there was wrong. */
  | { readonly say: 'wrong-credential'; readonly address: string }
  /** The stream has come that a join has waited for. */
  | { readonly say: 'wait-over'; readonly join: number }
  /** What a join has taken is given back. */
  | { readonly say: 'join-over'; readonly join: number }
  /** What those are sent who hold shares. */
  | { readonly say: 'sent'; readonly report: SentReport }
  /** A program that is run for an event has begun, or is over: it ends with the relay. */
  | { readonly say: 'program'; readonly group: number; readonly isRunning: boolean }
  /** What happens there, as long as somebody follows it. */
  | { readonly say: 'events'; readonly events: readonly RelayEvent[] }
  | { readonly say: 'pull-news'; readonly key: string; readonly news: PullNews }
  /** Whether a stream whose home this worker is has a source. */
  | { readonly say: 'published'; readonly key: string; readonly isPublished: boolean }
  /** Nothing here has to do with the stream any more. */
  | { readonly say: 'done'; readonly key: string };

/** What the main thread asks and tells a worker. */
export type ToWorker =
  | Ask<WorkerAnswers>
  | Answer
  | { readonly say: 'logged'; readonly bytes: number }
  | { readonly say: 'access-logged'; readonly bytes: number }
  /** A session has to make room. */
  | { readonly say: 'evict'; readonly session: string; readonly why: Refusal }
  /** The worker that was the home of a stream is gone; this one is its home now. */
  | { readonly say: 'home'; readonly key: string; readonly home: number; readonly isKept: boolean }
  /** A way to another worker. */
  | { readonly say: 'peer'; readonly index: number; readonly port: MessagePort }
  /** No credentials from there are looked at for so many milliseconds. */
  | { readonly say: 'block'; readonly group: string; readonly ms: number }
  /** No worker listens any more: relays are to go to the successor. */
  | { readonly say: 'invite' }
  /** Another relay has handed over to this one. */
  | { readonly say: 'inherit'; readonly sockets: readonly string[] }
  /** Whether somebody follows what happens. */
  | { readonly say: 'follow'; readonly isFollowed: boolean }
  /** The store of recordings is reached there from now on. */
  | { readonly say: 'store'; readonly socket: string }
  /** Another key seals session tickets from now on. */
  | { readonly say: 'ticket-key'; readonly bytes: Uint8Array }
  /** These are kept out, and nobody else. */
  | { readonly say: 'bans'; readonly bans: SharedBans }
  /** Whom to let in from now on. */
  | { readonly say: 'welcome'; readonly whom: Welcome; readonly reconnectUrl: string | null }
  | { readonly say: 'log-level'; readonly level: LogLevel };

/** What the home of a stream tells a worker that has subscribed to it, besides frames. */
export type StreamNews =
  | {
      readonly say: 'begin';
      readonly path: readonly string[];
      /** Whether frames follow that were there before; `caught-up` comes behind them. */
      readonly isCatchUp: boolean;
      /** Whether it may be what was had from a home before. */
      readonly mayGoOn: boolean;
      /** Whether it goes on right behind the last frame. */
      readonly goesOn: boolean;
    }
  | { readonly say: 'caught-up' }
  | { readonly say: 'path'; readonly path: readonly string[] }
  /** The stream has lost its source; it begins again, or ends. */
  | { readonly say: 'away' }
  | { readonly say: 'not-found' }
  | { readonly say: 'end' };

/** Who waits for a stream in a worker that has subscribed to it. */
export interface WaitingThere {
  /** Ids of the relays that do. */
  readonly path: readonly string[];
  /** How far the stream has come there, or else those relays. */
  readonly resumePoint: ResumePoint | undefined;
}

/** What a worker tells the home of a stream that it plays or publishes, besides frames. */
type ToHome =
  | ({ readonly say: 'subscribe'; readonly key: string } & WaitingThere)
  /** Somebody else wants the stream there, or relays wait for it that did not before. */
  | ({ readonly say: 'demand' } & WaitingThere)
  /** With what the subscriber's own players were sent, so that it goes on to count. */
  | { readonly say: 'unsubscribe'; readonly sentBytes: number; readonly droppedFrames: number }
  | {
      readonly say: 'publish';
      readonly key: string;
      readonly address: string;
      readonly origin: SourceOrigin | undefined;
      readonly path: readonly string[];
      readonly series: string | undefined;
      readonly recording: Pick<WishedRecording, 'run' | 'by'> | undefined;
      readonly mayGoOn: boolean;
    }
  | { readonly say: 'leave'; readonly how: SourceLeft };

/** What the home of a stream tells a worker that plays or publishes it, besides frames. */
type FromHome =
  | StreamNews
  | {
      readonly say: 'published';
      readonly conflict: PublishConflict | undefined;
      /** What holds where it goes on with a series. */
      readonly goesOnFrom: SharedArrayBuffer | undefined;
      readonly resumePoint: ResumePoint | undefined;
    }
  | { readonly say: 'replaced'; readonly address: string }
  | { readonly say: 'paused' }
  /** What becomes of the wish to have it recorded. */
  | { readonly say: 'recording'; readonly state: RecordingState; readonly sentence: string }
  /** Whether what it publishes counts there, when that changes. */
  | { readonly say: 'counts'; readonly counts: boolean };

/** What two workers tell each other. Ids belong to whoever subscribed or publishes, or has got a request of a tunnel. */
export type ToPeer = { readonly id: number } & (
  | ToHome
  | FromHome
  | { readonly say: 'tunnel'; readonly news: TunnelNews }
);
