import type { IncomingMessage } from 'node:http';
import { CtlFailure } from '../ctl-failure.ts';
import { send } from './connection.ts';
import { Refused } from './refused.ts';
import type { RelayPlace } from './relay-place.ts';
import { type ServerEvent, ServerEventReader } from './server-event-reader.ts';

/** What is asked for, by name; what is undefined is left out. */
export type Query = Readonly<Record<string, string | number | undefined>>;

/** A list's entries in an answer, and what to ask for in order to get what follows. */
export interface ListAnswer<T> {
  readonly items: readonly T[];
  readonly next: string | null;
}

/** How far somebody has followed events. */
export interface EventPosition {
  /** The id of the last one; undefined before it is known. */
  after: string | undefined;
}

/** An answer takes at most this long to begin, or to go on, milliseconds. */
const ANSWER_MS = 15_000;

/** Events come at least every 15 seconds, if only a comment. Milliseconds. */
const EVENTS_IDLE_MS = 40_000;

/** What a relay answers has at most so many bytes. */
const MAX_ANSWER_BYTES = 128 * 2 ** 20;

/** Entries that a relay gives at a time. */
const PAGE = 1000;

/** Asks a relay's admin API. */
export class AdminClient {
  readonly #place: RelayPlace;

  constructor(place: RelayPlace) {
    this.#place = place;
  }

  /** What a resource says. @throws NotReached, Refused */
  get<T>(path: string, query: Query = {}, signal?: AbortSignal): Promise<T> {
    return this.#ask<T>('GET', path, query, undefined, signal);
  }

  /** Changes something. @throws NotReached, Refused */
  change<T>(
    method: 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    query: Query = {},
    body?: unknown,
  ): Promise<T> {
    return this.#ask<T>(method, path, query, body === undefined ? undefined : JSON.stringify(body));
  }

  /** The entries of a list, page by page. @param most - entries; Infinity for all */
  async all<T>(path: string, query: Query, most: number, signal?: AbortSignal): Promise<ListAnswer<T>> {
    const items: T[] = [];
    let next: string | null = null;
    do {
      const limit = Math.min(PAGE, most - items.length);
      const page: ListAnswer<T> = await this.get(path, { ...query, limit, after: next ?? undefined }, signal);
      items.push(...page.items);
      next = page.next;
    } while (next !== null && items.length < most);
    return { items, next };
  }

  /**
   * Events as they come, until the relay ends them or the signal does.
   * @param position - where to begin; kept up to date, so that the next call goes on there
   * @throws NotReached, Refused
   */
  async *events(query: Query, position: EventPosition, signal: AbortSignal): AsyncGenerator<ServerEvent> {
    const { after } = position;
    const headers = {
      accept: 'text/event-stream',
      ...(after === undefined ? {} : { 'last-event-id': after }),
    };
    const path = pathOf('events', query);
    const answer = await send(this.#place, { method: 'GET', path, headers, idleMs: EVENTS_IDLE_MS, signal });
    if (answer.statusCode !== 200) throw refusal(answer, await bodyOf(answer));
    const reader = new ServerEventReader();
    try {
      for await (const bytes of answer as AsyncIterable<Buffer>) {
        const events = reader.push(bytes);
        position.after = reader.lastId || position.after;
        yield* events;
      }
    } catch (error) {
      if (!signal.aborted) throw new CtlFailure(`the events have ended: ${(error as Error).message}`);
    }
  }

  async #ask<T>(
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    query: Query,
    body: string | undefined,
    signal?: AbortSignal,
  ): Promise<T> {
    const answer = await send(this.#place, {
      method,
      path: pathOf(path, query),
      headers: { accept: 'application/json' },
      body,
      idleMs: ANSWER_MS,
      signal,
    });
    const text = await bodyOf(answer);
    const { statusCode = 0 } = answer;
    if (statusCode === 204) return undefined as T;
    if (statusCode < 200 || statusCode >= 300) throw refusal(answer, text);
    const value = parsed(text);
    if (value === undefined) throw refusal(answer, text);
    return value as T;
  }
}

function pathOf(path: string, query: Query): string {
  const given = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)]],
  );
  const parameters = new URLSearchParams(given).toString();
  return `/api/v1/${path}${parameters === '' ? '' : `?${parameters}`}`;
}

async function bodyOf(answer: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  let size = 0;
  try {
    for await (const piece of answer as AsyncIterable<Buffer>) {
      size += piece.length;
      if (size > MAX_ANSWER_BYTES) throw new Error(`more than ${MAX_ANSWER_BYTES} bytes`);
      pieces.push(piece);
    }
  } catch (error) {
    throw new CtlFailure(`the answer has broken off: ${(error as Error).message}`);
  }
  return Buffer.concat(pieces).toString('utf8');
}

function refusal({ statusCode = 0 }: IncomingMessage, text: string): Refused {
  return new Refused(statusCode, parsed(text));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
