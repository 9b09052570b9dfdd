// @ts-check
import { ApiRefusal } from './api-client.js';
import { EventStreamReader } from './event-stream.js';

/** @import { ApiClient } from './api-client.js' */
/** @import { ServerSentEvent } from './event-stream.js' */

const FIRST_RETRY_MS = 500;
const MAX_RETRY_MS = 15_000;
/** The server sends something more often than that; a connection without is dead, milliseconds. */
const SILENCE_MS = 20_000;
/** Nobody looks: the server need not work for it, milliseconds. */
const HIDDEN_MS = 60_000;

/**
 * How it stands with the server. `refused` waits for another token, `asleep` for somebody who looks.
 * @typedef {{ at: 'connecting' } | { at: 'live' } | { at: 'asleep' }
 *   | { at: 'lost', since: number, retryAt: number, why: string } | { at: 'refused', sentence: string }} FeedState
 */

/**
 * @typedef {object} FeedListener
 * @property {(event: ServerSentEvent) => void} onEvent
 * @property {(state: FeedState) => void} onState
 */

/** The server's events as they come, for as long as the page is there: what breaks is begun again where it has ended. */
export class Feed {
  #api;
  #types;
  #listener;
  #reader = new EventStreamReader();
  /** @type {FeedState} */
  #state = { at: 'connecting' };
  #retryMs = FIRST_RETRY_MS;
  /** @type {AbortController | undefined} */
  #connection;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {ApiClient} api @param {readonly string[]} types @param {FeedListener} listener */
  constructor(api, types, listener) {
    this.#api = api;
    this.#types = types;
    this.#listener = listener;
    addEventListener('online', () => this.#state.at === 'lost' && this.connect());
    document.addEventListener('visibilitychange', () => this.#onVisibility());
  }

  get state() {
    return this.#state;
  }

  /** Connects now, instead of whatever it does or waits for. */
  connect() {
    clearTimeout(this.#timer);
    this.#connection?.abort();
    const connection = new AbortController();
    this.#connection = connection;
    if (this.#state.at !== 'lost') this.#become({ at: 'connecting' });
    this.#follow(connection.signal).then(
      () => this.#onEnd(connection, undefined),
      (error) => this.#onEnd(connection, error),
    );
  }

  /** @param {AbortSignal} signal */
  async #follow(signal) {
    const { lastEventId } = this.#reader;
    const headers = lastEventId === '' ? {} : { 'last-event-id': lastEventId };
    const path = `events?types=${this.#types.join(',')}`;
    const { body } = await this.#api.request(path, { headers, signal });
    if (body === null) return;
    this.#reader = new EventStreamReader();
    this.#reader.lastEventId = lastEventId;
    this.#become({ at: 'live' });
    const chunks = body.pipeThrough(new TextDecoderStream()).getReader();
    signal.addEventListener('abort', () => void chunks.cancel().catch(() => {}));
    for (;;) {
      const { done, value } = await this.#unlessSilent(chunks.read());
      if (done || signal.aborted) return;
      this.#retryMs = FIRST_RETRY_MS;
      for (const event of this.#reader.read(value)) this.#listener.onEvent(event);
    }
  }

  /** @template T @param {Promise<T>} reading @returns {Promise<T>} */
  async #unlessSilent(reading) {
    const silent = setTimeout(() => this.#connection?.abort(), SILENCE_MS);
    try {
      return await reading;
    } finally {
      clearTimeout(silent);
    }
  }

  /** @param {AbortController} connection @param {unknown} error */
  #onEnd(connection, error) {
    if (connection !== this.#connection) return;
    this.#connection = undefined;
    connection.abort();
    if (error instanceof ApiRefusal && error.isAboutRights) {
      this.#become({ at: 'refused', sentence: error.message }); // asking again would count as guessing
      return;
    }
    const delayMs = this.#retryMs * (0.5 + Math.random() / 2);
    this.#retryMs = Math.min(MAX_RETRY_MS, this.#retryMs * 2);
    const since = this.#state.at === 'lost' ? this.#state.since : Date.now();
    const why = error instanceof ApiRefusal ? error.message : '';
    this.#become({ at: 'lost', since, retryAt: Date.now() + delayMs, why });
    this.#timer = setTimeout(() => this.connect(), delayMs);
  }

  #onVisibility() {
    if (!document.hidden) {
      if (this.#state.at === 'asleep') this.connect();
      else if (this.#state.at === 'live') clearTimeout(this.#timer);
    } else if (this.#state.at === 'live') {
      this.#timer = setTimeout(() => this.#sleep(), HIDDEN_MS);
    }
  }

  #sleep() {
    const connection = this.#connection;
    this.#connection = undefined;
    connection?.abort();
    this.#become({ at: 'asleep' });
  }

  /** @param {FeedState} state */
  #become(state) {
    this.#state = state;
    this.#listener.onState(state);
  }
}
