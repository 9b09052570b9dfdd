// @ts-check

/** @import { PlayerEntry } from '../api.js' */
/** @import { ApiClient } from '../../console/live/api-client.js' */

/** So many are shown at first, and so many more each time that somebody asks for more. */
const PAGE = 100;

/** The players that somebody looks for, as many as they want to see: the house does the looking. */
export class PlayerSearch {
  #api;
  #words = '';
  #wanted = PAGE;
  /** @type {readonly PlayerEntry[]} */
  players = [];
  /** Whether there are more than those. */
  hasMore = false;

  /** @param {ApiClient} api */
  constructor(api) {
    this.#api = api;
  }

  /** Whether somebody looks for some, and not for all. */
  get isPart() {
    return this.#words !== '';
  }

  /** Looks for others from now on. @param {string} words */
  lookFor(words) {
    this.#words = words;
    this.#wanted = PAGE;
  }

  /** Wants to see more of them from now on. */
  more() {
    this.#wanted = Math.min(1000, this.#wanted + PAGE);
  }

  /** Asks for them again. @returns {Promise<boolean>} false where somebody looks for others by now */
  async refresh() {
    const words = this.#words;
    const query = { limit: String(this.#wanted), ...(words === '' ? {} : { search: words }) };
    const { items, next } = await this.#api.get('players', query);
    if (words !== this.#words) return false;
    this.players = items;
    this.hasMore = next !== null;
    return true;
  }
}
