// @ts-check
import { counted } from '../../console/figures.js';
import { History } from '../../console/live/history.js';

/** @import { FiguresEntry, FleetRelayEntry } from '../api.js' */

/**
 * A relay with its place in the tree, and how it has been doing since the page has seen it.
 * @typedef {object} RelayRow
 * @property {FleetRelayEntry} now
 * @property {History} received
 * @property {History} sent
 * @property {number} updates - how many the page has seen
 * @property {number} depth - 0 for one that pulls from the original sources
 * @property {number} place - in the order of the tree
 * @property {number} children - how many pull from it
 * @property {boolean} isOpen - whether those are shown
 */

/** The relays as a tree: each below that which it pulls from. */
export class RelayTree {
  /** @type {Map<string, RelayRow>} */
  #rows = new Map();
  /** @type {Set<string>} */
  #closed = new Set();
  #updates = 0;

  get size() {
    return this.#rows.size;
  }

  /** These are all relays now. @param {readonly FleetRelayEntry[]} relays */
  place(relays) {
    const before = this.#rows;
    this.#rows = new Map(
      relays.map((now) => {
        const row = before.get(now.id) ?? newRow(now);
        row.now = now;
        return [now.id, row];
      }),
    );
    this.#arrange();
  }

  /** How they do now. @param {readonly FiguresEntry[]} figures @returns {boolean} whether one of them is in no place yet */
  update(figures) {
    this.#updates++;
    const told = new Map(figures.map((one) => [one.id, one]));
    for (const [id, row] of this.#rows) {
      const now = told.get(id);
      row.updates = this.#updates;
      row.received.push(now?.receivedBitsPerSecond);
      row.sent.push(now?.sentBitsPerSecond);
      if (now === undefined) continue;
      const { report } = row.now;
      const at = now.reportedAt ?? report?.at ?? '';
      row.now = { ...row.now, ...now, report: report === null ? null : { ...report, at } };
    }
    return figures.some(({ id }) => !this.#rows.has(id));
  }

  /** Nothing was heard for a while: the lines have a gap there. */
  skip() {
    this.#updates++;
    for (const { received, sent } of this.#rows.values()) {
      received.push(null);
      sent.push(null);
    }
  }

  /** Shows those below one, or hides them. @param {string} id */
  toggle(id) {
    if (!this.#closed.delete(id)) this.#closed.add(id);
    this.#arrange();
  }

  /**
   * Those that are looked for; where nothing is looked for, all but those below a closed one.
   * @param {string} words - in small letters @param {string} state - empty: every one
   */
  shown(words, state) {
    const all = [...this.#rows.values()];
    if (words === '' && state === '') return all.filter(({ now }) => !this.#isHidden(now.parent));
    return all.filter(
      ({ now }) =>
        (state === '' || now.state === state) && `${now.id}\n${now.title}`.toLowerCase().includes(words),
    );
  }

  /** @param {string | null} parent */
  #isHidden(parent) {
    const seen = new Set();
    for (let id = parent; id !== null && !seen.has(id); id = this.#rows.get(id)?.now.parent ?? null) {
      if (this.#closed.has(id)) return true;
      seen.add(id);
    }
    return false;
  }

  #arrange() {
    /** @type {Map<string, RelayRow[]>} */
    const below = new Map();
    for (const row of this.#rows.values()) {
      const { parent } = row.now;
      const above = parent !== null && this.#rows.has(parent) ? parent : '';
      below.set(above, [...(below.get(above) ?? []), row]);
    }
    for (const rows of below.values()) rows.sort((one, other) => (nameOf(one) < nameOf(other) ? -1 : 1));
    let place = 0;
    const placed = new Set();
    const stack = (below.get('') ?? []).map((row) => ({ row, depth: 0 })).reverse();
    for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
      const { row, depth } = next;
      const { id } = row.now;
      placed.add(id);
      const children = below.get(id) ?? [];
      Object.assign(row, { depth, place: place++, children: children.length, isOpen: !this.#closed.has(id) });
      for (const child of children.toReversed()) stack.push({ row: child, depth: depth + 1 });
    }
    // a circle hangs from nothing
    for (const [id, row] of this.#rows)
      if (!placed.has(id)) Object.assign(row, { depth: 0, place: place++, children: 0, isOpen: true });
  }
}

/** @param {FleetRelayEntry} now @returns {RelayRow} */
function newRow(now) {
  return {
    ...{ now, received: new History(), sent: new History(), updates: 0 },
    ...{ depth: 0, place: 0, children: 0, isOpen: true },
  };
}

/** @param {RelayRow} row */
function nameOf({ now }) {
  return counted(now.title.toLowerCase());
}
