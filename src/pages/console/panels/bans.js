// @ts-check
import { byId, make, mark, write } from '../elements.js';
import { clockTime, countOf } from '../figures.js';
import { Table, textCell } from '../table/table.js';

/** @import { BanEntry } from '../api.js' */

/** Whom operators keep out, with a button to let each in again. */
export class BansPanel {
  #section = byId('bans', HTMLElement);
  #table;

  /** @param {(ban: BanEntry) => void} onLift */
  constructor(onLift) {
    this.#table = new Table(byId('bans-table', HTMLElement), {
      label: 'bans',
      empty: 'Nobody is kept out.',
      keyOf: (/** @type {BanEntry} */ { id }) => id,
      order: { column: 'until', direction: 'ascending' },
      columns: [
        { name: 'value', title: 'Who', rank: ({ value }) => value, fill: textCell(({ value }) => value) },
        { name: 'kind', title: 'Kind', rank: ({ kind }) => kind, fill: textCell(({ kind }) => kind) },
        {
          name: 'until',
          title: 'Until',
          rank: ({ until }) => until,
          fill: textCell(({ until }) => untilOf(until)),
        },
        { name: 'acts', title: '', fill: liftCell(onLift) },
      ],
    });
  }

  /** @param {readonly BanEntry[]} bans */
  show(bans) {
    this.#section.hidden = bans.length === 0;
    write(byId('bans-count', HTMLElement), countOf(bans.length, 'ban'));
    this.#table.show(bans);
  }
}

/** @param {(ban: BanEntry) => void} onLift */
function liftCell(onLift) {
  return (/** @type {HTMLElement} */ cell) => {
    /** @type {BanEntry | undefined} */
    let ban;
    const button = make('button', { type: 'button', 'data-act': 'lift' }, 'Let in');
    button.addEventListener('click', () => ban !== undefined && onLift(ban));
    cell.append(button);
    return (/** @type {BanEntry} */ now) => {
      ban = now;
      mark(button, 'aria-label', `Let in ${now.value} again`);
    };
  };
}

/** @param {string} until - ISO 8601 */
function untilOf(until) {
  const isToday = new Date(until).toDateString() === new Date().toDateString();
  return isToday ? clockTime(until) : until.slice(0, 16).replace('T', ' ');
}
