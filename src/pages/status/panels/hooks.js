// @ts-check
import { byId, make, mark, write } from '../../console/elements.js';
import { count, countOf, UNKNOWN } from '../../console/figures.js';
import { Table, textCell } from '../../console/table/table.js';

/** @import { HookEntry } from '../api.js' */

/** What a breaker's state means. @type {Readonly<Record<string, string>>} */
const stateWords = { closed: 'Answers', open: 'Not asked', 'half-open': 'Tried again' };

/** The back ends and programs that are asked and told, and how they answer. */
export class HooksPanel {
  #section = byId('hooks', HTMLElement);
  #table;

  constructor() {
    this.#table = new Table(byId('hooks-table', HTMLElement), {
      label: 'hooks',
      empty: 'There are no hooks.',
      keyOf: (/** @type {HookEntry} */ { hook, kind }) => `${hook} ${kind}`,
      order: { column: 'url', direction: 'ascending' },
      columns: [
        { name: 'url', title: 'Hook', rank: ({ target }) => target, fill: targetCell },
        {
          name: 'events',
          title: 'Events',
          rank: ({ kind }) => kind,
          fill: textCell(({ kind, events }) => `${kind}: ${events.join(', ')}`),
        },
        { name: 'flow', title: 'State', rank: ({ breaker }) => breaker, fill: stateCell },
        {
          name: 'waiting',
          title: 'Wait',
          rank: ({ waiting }) => waiting,
          first: 'descending',
          fill: textCell(({ waiting }) => count(waiting)),
        },
        {
          name: 'error',
          title: 'Last problem',
          rank: ({ lastProblem }) => lastProblem?.problem ?? '',
          fill: textCell(({ lastProblem }) => lastProblem?.problem ?? UNKNOWN),
        },
      ],
    });
  }

  /** @param {readonly HookEntry[]} hooks */
  show(hooks) {
    this.#section.hidden = hooks.length === 0;
    write(byId('hooks-count', HTMLElement), countOf(hooks.length, 'hook'));
    this.#table.show(hooks);
  }
}

/** @param {HTMLElement} cell */
function targetCell(cell) {
  const target = make('span');
  const about = make('span', { class: 'about' });
  cell.append(target, about);
  return (/** @type {HookEntry} */ hook) => {
    write(target, hook.target);
    mark(target, 'title', hook.target);
    write(about, `${hook.hook} for ${hook.match}`);
  };
}

/** @param {HTMLElement} cell */
function stateCell(cell) {
  const state = make('span', { class: 'state' });
  cell.append(state);
  return (/** @type {HookEntry} */ { breaker }) => {
    write(state, stateWords[breaker] ?? breaker);
    mark(state, 'data-is', breaker);
  };
}
