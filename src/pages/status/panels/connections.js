// @ts-check
import { byId, make, mark, write } from '../../console/elements.js';
import { count, counted, countOf, UNKNOWN } from '../../console/figures.js';
import { Table, textCell } from '../../console/table/table.js';

/** @import { ConnectionEntry } from '../api.js' */

/** @type {Readonly<Record<string, string>>} */
const stateWords = { flowing: 'Flowing', connecting: 'Connecting', waiting: 'Waiting' };

/** Connections to other servers: upstreams, or forwards. */
export class ConnectionsPanel {
  #section;
  #noun;
  #table;

  /** @param {'upstream' | 'forward'} noun */
  constructor(noun) {
    this.#noun = noun;
    this.#section = byId(`${noun}s`, HTMLElement);
    this.#table = new Table(byId(`${noun}s-table`, HTMLElement), {
      label: `${noun}s`,
      empty: noun === 'upstream' ? 'This relay pulls nothing.' : 'This relay forwards nothing.',
      keyOf: (/** @type {ConnectionEntry} */ { id }) => id,
      order: { column: 'stream', direction: 'ascending' },
      columns: [
        {
          name: 'stream',
          title: 'Stream',
          rank: ({ stream }) => counted(stream),
          fill: textCell(({ stream }) => stream),
        },
        {
          name: 'url',
          title: noun === 'upstream' ? 'From' : 'To',
          rank: ({ url }) => url,
          fill: textCell(({ url }) => url),
        },
        { name: 'flow', title: 'State', rank: ({ state }) => state, fill: stateCell },
        {
          name: 'reconnects',
          title: 'Reconnects',
          rank: ({ reconnects }) => reconnects,
          first: 'descending',
          fill: textCell(({ reconnects }) => count(reconnects)),
        },
        {
          name: 'error',
          title: 'Last error',
          rank: ({ lastError }) => lastError ?? '',
          fill: textCell(({ lastError }) => lastError ?? UNKNOWN),
        },
      ],
    });
  }

  /** @param {readonly ConnectionEntry[]} items */
  show(items) {
    this.#section.hidden = items.length === 0;
    const flowing = items.filter(({ state }) => state === 'flowing').length;
    const text =
      flowing === items.length
        ? countOf(items.length, this.#noun)
        : `${count(flowing)} of ${countOf(items.length, this.#noun)} flowing`;
    write(byId(`${this.#noun}s-count`, HTMLElement), text);
    this.#table.show(items);
  }
}

/** @param {HTMLElement} cell */
function stateCell(cell) {
  const state = make('span', { class: 'state' });
  cell.append(state);
  return (/** @type {ConnectionEntry} */ entry) => {
    write(state, stateWords[entry.state] ?? entry.state);
    mark(state, 'data-is', entry.state);
  };
}
