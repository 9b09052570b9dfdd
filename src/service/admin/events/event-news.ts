import { printable } from '../../../log.ts';
import { Allowance } from '../../../session/allowance.ts';
import type { AcceptedActivity, ActivityEnd } from '../../../session/session.ts';
import type { Clock } from '../../../stream/clock.ts';
import type { LiveStream } from '../../../stream/live-stream.ts';
import type { FollowedLink, Follower } from '../../followers.ts';
import type { EventData, RelayEvent } from './relay-event.ts';

/** So many events of each type are told in a second, of all threads together; the rest is counted. */
const MOST_PER_SECOND = { stream: 100, session: 200, upstream: 50, forward: 50 } as const;

/** How often it is told how many were left out, milliseconds. */
const LEFT_OUT_MS = 1000;

/** Longer names of software are cut, characters. */
const MAX_CLIENT = 200;

type NewsType = keyof typeof MOST_PER_SECOND;

/** Makes events of what followers hear in a thread, and no more than can be told without being felt. */
export class EventNews implements Follower {
  readonly #clock: Clock;
  readonly #tell: (event: RelayEvent) => void;
  readonly #allowances: Readonly<Record<NewsType, Allowance>>;
  readonly #leftOut = new Map<NewsType, number>();
  #stopCounting: (() => void) | undefined;

  /** @param threads - how many share what may be told */
  constructor(clock: Clock, threads: number, tell: (event: RelayEvent) => void) {
    this.#clock = clock;
    this.#tell = tell;
    const allow = (type: NewsType): Allowance => {
      const most = Math.ceil(MOST_PER_SECOND[type] / threads);
      return new Allowance(clock, most, most);
    };
    this.#allowances = {
      stream: allow('stream'),
      session: allow('session'),
      upstream: allow('upstream'),
      forward: allow('forward'),
    };
  }

  /** Nobody follows any more: what was left out is not told. */
  close(): void {
    this.#stopCounting?.();
  }

  onStreamLive(stream: LiveStream): void {
    this.#onStream('live', stream);
  }

  onStreamAway(stream: LiveStream): void {
    this.#onStream('away', stream);
  }

  onStreamMoved(stream: LiveStream): void {
    this.#onStream('moved', stream);
  }

  onStreamEnded(stream: LiveStream): void {
    this.#onStream('ended', stream);
  }

  onBegun(activity: AcceptedActivity): void {
    this.#onSession('begun', activity, null);
  }

  onOver(activity: AcceptedActivity, reason: ActivityEnd): void {
    this.#onSession('over', activity, reason);
  }

  onUpstreamFlowing(upstream: FollowedLink): void {
    this.#upstream('up', upstream, null);
  }

  onUpstreamMoved(upstream: FollowedLink): void {
    this.#upstream('moved', upstream, null);
  }

  onUpstreamLost(upstream: FollowedLink, why: string): void {
    this.#upstream('down', upstream, printable(why));
  }

  onForwardFlowing(forward: FollowedLink): void {
    this.#forward('up', forward, null);
  }

  onForwardLost(forward: FollowedLink, why: string): void {
    this.#forward('down', forward, printable(why));
  }

  #onStream(what: EventData['stream']['what'], { key: stream, source }: LiveStream): void {
    if (!this.#may('stream')) return;
    const origin = source?.origin;
    const shown =
      origin?.type === 'push' ? { ...origin, client: printable(origin.client, MAX_CLIENT) } : origin;
    this.#tell({ type: 'stream', data: { at: now(), what, stream, source: shown ?? null } });
  }

  #onSession(what: 'begun' | 'over', activity: AcceptedActivity, reason: ActivityEnd | null): void {
    if (!this.#may('session')) return;
    const { verb, key: stream, identity = null, session } = activity;
    const { id, protocol, address } = session;
    const { ms, bytes } = activity.progress();
    const client = printable(session.client, MAX_CLIENT);
    const who = { id, verb, stream, protocol, address, client, identity };
    const seconds = Math.round(ms / 1000);
    this.#tell({ type: 'session', data: { at: now(), what, ...who, reason, seconds, bytes } });
  }

  #upstream(
    what: EventData['upstream']['what'],
    { key: stream, url }: FollowedLink,
    why: string | null,
  ): void {
    if (this.#may('upstream')) this.#tell({ type: 'upstream', data: { at: now(), what, stream, url, why } });
  }

  #forward(what: EventData['forward']['what'], { key: stream, url }: FollowedLink, why: string | null): void {
    if (this.#may('forward')) this.#tell({ type: 'forward', data: { at: now(), what, stream, url, why } });
  }

  /** Whether one more may be told; else it counts as left out. */
  #may(type: NewsType): boolean {
    if (this.#allowances[type].take()) return true;
    this.#leftOut.set(type, (this.#leftOut.get(type) ?? 0) + 1);
    this.#stopCounting ??= this.#clock.after(LEFT_OUT_MS, () => this.#tellLeftOut());
    return false;
  }

  #tellLeftOut(): void {
    this.#stopCounting = undefined;
    for (const [of, count] of this.#leftOut)
      this.#tell({ type: 'gap', data: { at: now(), what: 'left-out', of, count } });
    this.#leftOut.clear();
  }
}

function now(): string {
  return new Date().toISOString();
}
