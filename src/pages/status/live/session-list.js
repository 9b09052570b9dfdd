// @ts-check
import { counted } from '../../console/figures.js';

/** @import { SessionEntry } from '../api.js' */
/** @import { ApiClient } from '../../console/live/api-client.js' */

/** More sessions than that are not fetched: who looks for one among them asks for its stream or address. */
export const MAX_SESSIONS = 20_000;

const PAGE = 1000;

/**
 * A session and what it is searched by.
 * @typedef {object} SessionRow
 * @property {SessionEntry} now
 * @property {string} words - in small letters
 * @property {string} address - to be sorted by
 */

/** All sessions of the relay, as they were when it was asked last. */
export class SessionList {
  #api;
  /** @type {Map<string, SessionRow>} */
  #rows = new Map();
  /** Whether there are more than are fetched. */
  hasMore = false;

  /** @param {ApiClient} api */
  constructor(api) {
    this.#api = api;
  }

  get rows() {
    return [...this.#rows.values()];
  }

  /** Asks for all of them again, in parts: nothing that takes long is done at once. @param {() => void} onPart - something has come */
  async refresh(onPart) {
    /** @type {Map<string, SessionRow>} */
    const found = new Map();
    const isFirst = this.#rows.size === 0;
    let after = '';
    do {
      const { items, next } = await this.#api.get('sessions', {
        limit: String(PAGE),
        ...(after === '' ? {} : { after }),
      });
      for (const now of /** @type {readonly SessionEntry[]} */ (items)) found.set(now.id, this.#row(now));
      after = next ?? '';
      if (isFirst) {
        this.#rows = found;
        onPart();
      }
    } while (after !== '' && found.size < MAX_SESSIONS);
    this.hasMore = after !== '';
    this.#rows = found;
    onPart();
  }

  /** @param {SessionEntry} now @returns {SessionRow} */
  #row(now) {
    const row = this.#rows.get(now.id);
    if (row === undefined || row.now.stream !== now.stream || row.now.role !== now.role) {
      return { now, words: wordsOf(now), address: counted(now.address) };
    }
    row.now = now;
    return row;
  }
}

/** @param {SessionEntry} session */
function wordsOf({ id, role, protocol, stream, address, client, identity }) {
  return [id, role, protocol, stream, address, client, identity].join('\n').toLowerCase();
}
