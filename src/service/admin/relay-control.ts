import type { RelaySettings } from '../../config/relay-settings.ts';
import type { MetricFamily } from '../../metrics/metric-family.ts';
import type { RecordingListWish } from '../../recording/link/store-link.ts';
import type { Recording } from '../../recording/recording.ts';
import type { EventFeed } from './events/event-feed.ts';
import type { RelayEvent } from './events/relay-event.ts';
import type { ListWish } from './list-wish.ts';
import type { RelayChanges } from './relay-changes.ts';
import type {
  ForwardStatus,
  HookStatus,
  ListPart,
  PullStatus,
  RelayStatus,
  SessionStatus,
  StreamExplanation,
  StreamStatus,
} from './relay-status.ts';
import type { ServiceControl } from './service-control.ts';

/** What operators see of recordings, and do with them. What cannot be done throws `ChangeRefused`. */
export interface RecordingControl {
  /** By stream, and of one stream by start. */
  list(wish: RecordingListWish): Promise<ListPart<Recording>>;
  describe(key: string): Promise<Recording>;
  /** Deletes it for good. @param by - for the audit log */
  delete(key: string, by: string): Promise<void>;
  /** Records a stream that is live, until it ends or is recorded no more. @param run - a run of its own, or behind the latest one */
  start(stream: string, run: 'new' | 'latest', by: string): Promise<void>;
  stop(stream: string): Promise<void>;
}

/** What can be seen of a running relay and done with it, be it one thread or several. */
export interface RelayControl extends ServiceControl<RelaySettings> {
  /** Its metrics, to be read one by one. */
  figures(): Promise<readonly MetricFamily[]>;
  /** How it is doing as a whole. */
  status(): Promise<RelayStatus>;
  /** Upstreams and how they are doing, by stream. */
  upstreams(wish: ListWish): Promise<ListPart<PullStatus>>;
  /** Forwards and how they are doing, by stream. */
  forwards(wish: ListWish): Promise<ListPart<ForwardStatus>>;
  /** Streams and how they are doing, by key: those that somebody publishes, pulls, plays or waits for. */
  streams(wish: ListWish): Promise<ListPart<StreamStatus>>;
  /** Sessions and how they are doing, by worker and in the order in which they came. */
  sessions(wish: ListWish): Promise<ListPart<SessionStatus>>;
  /** A session; undefined where there is none of this id. */
  session(id: string): Promise<SessionStatus | undefined>;
  /** The streams that have the most players, these first. */
  busiestStreams(limit: number): Promise<readonly StreamStatus[]>;
  /** Hooks and how they are doing, in the order of the configuration. */
  hooks(): Promise<readonly HookStatus[]>;
  /** Why a stream is seen or not. @param key - of a stream that need not exist */
  why(key: string): Promise<StreamExplanation>;
  /** What happens, for those who follow it. */
  readonly events: EventFeed<RelayEvent>;
  /** Keys of the streams that are live. */
  liveStreams(): Promise<readonly string[]>;
  /** What operators change while it runs. */
  readonly changes: RelayChanges;
  readonly recordings: RecordingControl;
  /**
   * Leaves all ports to a successor that listens there already, with whatever waits to be accepted; relays that play here are asked to go
   * there. Who is here may stay until the drain timeout: to be followed by {@link drain}.
   * @param path - with what the paths of Unix sockets are to begin, in a folder that only this user can enter
   * @returns the Unix sockets on which it gives its streams to the successor
   */
  handOver(path: string): Promise<readonly string[]>;
  /** Has players get from a relay that has handed over what that one still has. @param sockets - as it has said */
  inherit(sockets: readonly string[]): void;
}
