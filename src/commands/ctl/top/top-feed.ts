import { setTimeout as delay } from 'node:timers/promises';
import type { RelayStatus, SessionStatus, StreamStatus } from '../../../service/admin/relay-status.ts';
import type { AdminClient, EventPosition } from '../api/admin-client.ts';
import type { Listed, Warning } from './top-state.ts';
import { warningOf } from './warning-line.ts';

/** What a look at the relay has found. */
export interface Look {
  readonly relay: RelayStatus;
  readonly streams: Listed<StreamStatus>;
  /** Of the stream that was looked at. */
  readonly sessions: { readonly stream: string; readonly list: Listed<SessionStatus> } | undefined;
}

/** Who is told what comes from the relay. */
export interface FeedEvents {
  onLook(look: Look): void;
  onAway(problem: string): void;
  onWarning(warning: Warning): void;
  /** The stream whose sessions are shown. */
  readonly stream: string | undefined;
}

/** The least time between two looks, milliseconds. */
const LOOK_MS = 2000;

/** A relay that takes long to answer is asked more rarely: it is to spend at most this part of its time on it. */
const SHARE = 0.05;

/** More streams or sessions than these are not asked for. */
const MAX_STREAMS = 2000;
const MAX_SESSIONS = 2000;

/** Looks at a relay once. @param stream - whose sessions are wanted */
export async function look(
  client: AdminClient,
  stream: string | undefined,
  signal?: AbortSignal,
): Promise<Look> {
  const [relay, streams, sessions] = await Promise.all([
    client.get<RelayStatus>('relay', {}, signal),
    client.all<StreamStatus>('streams', {}, MAX_STREAMS, signal),
    stream === undefined
      ? undefined
      : client.all<SessionStatus>('sessions', { stream }, MAX_SESSIONS, signal),
  ]);
  const listed = <T>(list: { readonly items: readonly T[]; readonly next: string | null }): Listed<T> => ({
    items: list.items,
    isCut: list.next !== null,
  });
  return {
    relay,
    streams: listed(streams),
    sessions: stream === undefined || sessions === undefined ? undefined : { stream, list: listed(sessions) },
  };
}

/** Looks at a relay again and again, also while it is away. */
export class TopFeed {
  readonly #client: AdminClient;
  readonly #events: FeedEvents;
  readonly #signal: AbortSignal;
  #wake: AbortController = new AbortController();

  constructor(client: AdminClient, events: FeedEvents, signal: AbortSignal) {
    this.#client = client;
    this.#events = events;
    this.#signal = signal;
  }

  /** Runs until the signal comes. */
  async run(): Promise<void> {
    await Promise.all([this.#keepLooking(), this.#keepListening()]);
  }

  /** Looks now: what is shown has changed. */
  lookNow(): void {
    this.#wake.abort();
  }

  async #keepLooking(): Promise<void> {
    let pauseMs = LOOK_MS;
    while (!this.#signal.aborted) {
      await this.#pause(pauseMs);
      if (this.#signal.aborted) return;
      const startMs = performance.now();
      try {
        this.#events.onLook(await look(this.#client, this.#events.stream, this.#signal));
      } catch (error) {
        if (this.#signal.aborted) return;
        this.#events.onAway((error as Error).message);
      }
      pauseMs = Math.max(LOOK_MS, (performance.now() - startMs) / SHARE);
    }
  }

  /** Events are extra: where they cannot be had, the rest goes on. */
  async #keepListening(): Promise<void> {
    const position: EventPosition = { after: undefined };
    while (!this.#signal.aborted) {
      try {
        for await (const event of this.#client.events({ types: 'warning' }, position, this.#signal)) {
          const warning = warningOf(event);
          if (warning !== undefined) this.#events.onWarning(warning);
        }
      } catch {
        // looking tells what is wrong
      }
      await delay(LOOK_MS, undefined, { signal: this.#signal }).catch(() => {});
    }
  }

  async #pause(ms: number): Promise<void> {
    this.#wake = new AbortController();
    const signal = AbortSignal.any([this.#wake.signal, this.#signal]);
    await delay(ms, undefined, { signal }).catch(() => {});
  }
}
