import type { ListWish } from '../../admin/list-wish.ts';
import type { RelayControl } from '../../admin/relay-control.ts';
import type {
  ForwardStatus,
  HookStatus,
  ListPart,
  PullStatus,
  SessionStatus,
  StreamStatus,
} from '../../admin/relay-status.ts';
import type { HookState } from '../../hooks/hook-state.ts';
import type { Changes } from '../changing/changes.ts';
import type { ThreadFacts } from '../explaining/stream-facts.ts';
import type { RelayParts } from '../relay-parts.ts';
import { busiest } from './busiest.ts';
import { hookStatuses } from './hook-status.ts';
import { linkPart } from './link-lists.ts';

type Lists = Pick<
  RelayControl,
  'busiestStreams' | 'forwards' | 'hooks' | 'session' | 'sessions' | 'streams' | 'upstreams'
>;

/** What a relay lists that is one thread, and a thread of one that has several. */
export abstract class ThreadLists implements Lists {
  readonly #parts: Pick<RelayParts, 'pulls' | 'forwards' | 'lists' | 'hooks' | 'telling' | 'factsOf'>;
  readonly #isOneOfMany: boolean;
  abstract readonly changes: Pick<Changes, 'idleForwards'>;

  /** @param isOneOfMany - of several threads the main one lists what none of them has */
  constructor(
    parts: Pick<RelayParts, 'pulls' | 'forwards' | 'lists' | 'hooks' | 'telling' | 'factsOf'>,
    isOneOfMany: boolean,
  ) {
    this.#parts = parts;
    this.#isOneOfMany = isOneOfMany;
  }

  /** Those of this thread. */
  async upstreams(wish: ListWish): Promise<ListPart<PullStatus>> {
    return linkPart(
      [...this.#parts.pulls].map((pull) => pull.status()),
      wish,
    );
  }

  /** Those of this thread. */
  async forwards(wish: ListWish): Promise<ListPart<ForwardStatus>> {
    const running = [...this.#parts.forwards].map((forward) => forward.status());
    const idle = !this.#isOneOfMany ? this.changes.idleForwards(running) : [];
    return linkPart([...running, ...idle], wish);
  }

  /** Those of this thread. */
  streams(wish: ListWish): Promise<ListPart<StreamStatus>> {
    return this.#parts.lists.streams(wish);
  }

  /** Those of this thread. */
  sessions(wish: ListWish): Promise<ListPart<SessionStatus>> {
    return this.#parts.lists.sessions(wish);
  }

  async session(id: string): Promise<SessionStatus | undefined> {
    return this.#parts.lists.session(id);
  }

  async busiestStreams(limit: number): Promise<readonly StreamStatus[]> {
    const keys = busiest([await this.playerCounts()], limit);
    return this.streamsOf(keys);
  }

  async hooks(): Promise<readonly HookStatus[]> {
    return hookStatuses(await this.hookStates());
  }

  /** How many players each stream has in this thread. */
  playerCounts(): Promise<ReadonlyMap<string, number>> {
    return this.#parts.lists.playerCounts();
  }

  /** Those of these streams that there are in this thread. */
  async streamsOf(keys: readonly string[]): Promise<readonly StreamStatus[]> {
    return keys.flatMap((key) => this.#parts.lists.stream(key) ?? []);
  }

  /** How hooks do in this thread. */
  async hookStates(): Promise<readonly HookState[]> {
    const { hooks, telling } = this.#parts;
    return [...hooks.states(), ...telling.states()];
  }

  /** What this thread knows about a stream. */
  async factsOf(key: string): Promise<ThreadFacts> {
    return this.#parts.factsOf(key);
  }
}
