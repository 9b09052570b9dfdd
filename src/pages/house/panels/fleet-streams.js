// @ts-check
import { byId, make, mark, write } from '../../console/elements.js';
import { count, counted, countOf, UNKNOWN } from '../../console/figures.js';
import { Table, textCell } from '../../console/table/table.js';

/** @import { FleetStreamEntry } from '../api.js' */

/** @type {Readonly<Record<string, string>>} */
const stateWords = { live: 'Live', waiting: 'Awaited', away: 'Interrupted' };

/** The streams of the fleet. */
export class FleetStreamsPanel {
  #table;

  /** @param {(stream: string) => void} onWhy - somebody asks about one */
  constructor(onWhy) {
    this.#table = new Table(byId('streams-table', HTMLElement), {
      label: 'streams',
      empty: 'No relay has a stream. Streams appear here by themselves.',
      keyOf: (/** @type {FleetStreamEntry} */ { stream }) => stream,
      order: { column: 'players', direction: 'descending' },
      columns: [
        { name: 'stream', title: 'Stream', rank: ({ stream }) => counted(stream), fill: nameCell },
        {
          name: 'players',
          title: 'Players',
          rank: ({ players }) => players,
          first: 'descending',
          fill: textCell(({ players }) => count(players)),
        },
        {
          name: 'relays',
          title: 'Relays',
          rank: ({ relayCount }) => relayCount,
          first: 'descending',
          fill: textCell(({ relayCount }) => count(relayCount)),
        },
        {
          name: 'published',
          title: 'Published at',
          rank: ({ publishedAt }) => publishedAt ?? '',
          fill: textCell(({ publishedAt }) => publishedAt ?? UNKNOWN),
        },
        { name: 'acts', title: '', fill: whyCell(onWhy) },
      ],
    });
  }

  /** @param {readonly FleetStreamEntry[]} streams @param {boolean} hasMore */
  show(streams, hasMore) {
    const text = hasMore ? `the first ${count(streams.length)}` : countOf(streams.length, 'stream');
    write(byId('streams-count', HTMLElement), text);
    this.#table.show(streams);
  }
}

/** @param {HTMLElement} cell */
function nameCell(cell) {
  const name = make('span', { class: 'key' });
  const state = make('span', { class: 'state' });
  cell.append(name, make('span', { class: 'about' }, state));
  return (/** @type {FleetStreamEntry} */ now) => {
    write(name, now.stream);
    mark(name, 'title', now.stream);
    mark(state, 'data-is', now.state);
    write(state, stateWords[now.state] ?? now.state);
  };
}

/** @param {(stream: string) => void} onWhy */
function whyCell(onWhy) {
  return (/** @type {HTMLElement} */ cell) => {
    let stream = '';
    const button = make('button', { type: 'button', 'data-act': 'why' }, 'Why?');
    button.addEventListener('click', () => onWhy(stream));
    cell.append(button);
    return (/** @type {FleetStreamEntry} */ now) => {
      stream = now.stream;
      mark(button, 'aria-label', `Why? Where players of ${stream} are sent`);
    };
  };
}
