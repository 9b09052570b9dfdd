// @ts-check
import { byId, make, write } from '../elements.js';
import { clockTime, countOf } from '../figures.js';

/** @import { WarningEvent } from '../api.js' */

const MAX_SHOWN = 100;

/** The latest warnings and errors of the log, the newest first. */
export class WarningsPanel {
  #list = byId('warnings-list', HTMLElement);
  /** Those of the latest time: when it has lost us, the server sends some again. @type {Set<string>} */
  #seen = new Set();

  constructor() {
    byId('warnings-log', HTMLElement).tabIndex = 0; // who has no pointer scrolls it, too
  }

  /** @param {WarningEvent} warning @returns {boolean} whether it is a new one */
  add(warning) {
    const same = JSON.stringify(warning);
    if (this.#seen.has(same)) return false;
    this.#seen.add(same);
    const { at, what, level, text } = warning;
    const isError = level === 'error';
    const facts = factsOf(warning);
    const item = make(
      'li',
      { 'data-is': isError ? 'error' : 'warning' },
      make('time', { datetime: at, title: at }, clockTime(at)),
      make('span', { class: 'what' }, isError ? `error, ${what}` : what),
      make('span', { class: 'text' }, text, make('span', { class: 'facts' }, facts)),
    );
    this.#list.prepend(item);
    while (this.#list.children.length > MAX_SHOWN) this.#list.lastElementChild?.remove();
    if (this.#seen.size > 2 * MAX_SHOWN) this.#seen = new Set([...this.#seen].slice(-MAX_SHOWN));
    const { length } = this.#list.children;
    write(
      byId('warnings-count', HTMLElement),
      length < MAX_SHOWN ? countOf(length, 'line') : `the latest ${MAX_SHOWN}`,
    );
    byId('warnings-empty', HTMLElement).hidden = true;
    this.#list.hidden = false;
    return true;
  }
}

/** @param {WarningEvent} warning */
function factsOf({ fields }) {
  const known = Object.entries(fields).filter(([, value]) => value !== null && value !== undefined);
  return known
    .map(([name, value]) => `${name} ${typeof value === 'object' ? JSON.stringify(value) : value}`)
    .join(' · ');
}
