import type { Clock } from '../../../../stream/clock.ts';
import type { ListWish } from '../../../admin/list-wish.ts';
import type { RelayControl } from '../../../admin/relay-control.ts';
import type {
  ForwardStatus,
  HookStatus,
  ListPart,
  PullStatus,
  SessionStatus,
  StreamStatus,
} from '../../../admin/relay-status.ts';
import type { Changes } from '../../changing/changes.ts';
import { busiest } from '../../status/busiest.ts';
import { hookStatuses } from '../../status/hook-status.ts';
import { linkPart, mergeLinks } from '../../status/link-lists.ts';
import { overAllThreads } from '../../status/stream-status.ts';
import { WorkerCrew } from '../worker-crew.ts';
import { mergeSessions, mergeStreams } from './merged-lists.ts';

type Lists = Pick<
  RelayControl,
  'busiestStreams' | 'forwards' | 'hooks' | 'sessions' | 'streams' | 'upstreams'
>;

/** What a relay of several threads lists: what every worker has. */
export abstract class CrewLists implements Lists {
  protected readonly crew: WorkerCrew;
  abstract readonly changes: Pick<Changes, 'idleForwards'>;

  constructor(clock: Clock) {
    this.crew = new WorkerCrew(clock);
  }

  async upstreams(wish: ListWish): Promise<ListPart<PullStatus>> {
    return mergeLinks(await this.crew.ask('upstreams', wish), wish.limit);
  }

  async forwards(wish: ListWish): Promise<ListPart<ForwardStatus>> {
    const parts = await this.crew.ask('forwards', wish);
    const idle = this.changes.idleForwards(parts.flatMap(({ items }) => items));
    return mergeLinks([...parts, linkPart(idle, wish)], wish.limit);
  }

  async streams(wish: ListWish): Promise<ListPart<StreamStatus>> {
    return mergeStreams(await this.crew.ask('streams', wish), wish.limit);
  }

  async sessions(wish: ListWish): Promise<ListPart<SessionStatus>> {
    return mergeSessions(await this.crew.ask('sessions', wish), wish.limit);
  }

  /** First it is found out which, then how they do. */
  async busiestStreams(limit: number): Promise<readonly StreamStatus[]> {
    const keys = busiest(await this.crew.ask('playerCounts'), limit);
    const parts = Map.groupBy((await this.crew.ask('streamsOf', keys)).flat(), ({ stream }) => stream);
    return keys.flatMap((key) => overAllThreads(parts.get(key) ?? []) ?? []);
  }

  async hooks(): Promise<readonly HookStatus[]> {
    return hookStatuses((await this.crew.ask('hookStates')).flat());
  }
}
