// @ts-check
import { make, mark, write } from '../elements.js';
import { RowWindow } from './row-window.js';

/**
 * @template Row
 * @typedef {object} Column
 * @property {string} name - class of its cells
 * @property {string} title - of its head; nothing is shown on top of buttons
 * @property {(row: Row) => string | number} [rank] - by which it is sorted; a column without cannot be
 * @property {'ascending' | 'descending'} [first] - how it is sorted first
 * @property {(cell: HTMLElement) => (row: Row) => void} fill - makes what is in a cell, and gives what shows a row in it
 */

/** @typedef {{ column: string, direction: 'ascending' | 'descending' }} Order */

/** A cell with a line of text, which is cut where there is no room. @template Row @param {(row: Row) => string} text */
export function textCell(text) {
  return (/** @type {HTMLElement} */ cell) => (/** @type {Row} */ row) => {
    const shown = text(row);
    write(cell, shown);
    mark(cell, 'title', shown);
  };
}

/** A sorted table of any length, which becomes a list where it is narrow. @template Row */
export class Table {
  #host;
  #columns;
  #keyOf;
  #window;
  #head = make('div', { role: 'row', class: 'row head', 'aria-rowindex': '1' });
  #grid = make('div', { role: 'table', class: 'grid' });
  #empty = make('p', { class: 'empty' });
  #choice = make('select');
  #onOrder;
  /** @type {Order} */
  #order;
  /** @type {readonly Row[]} */
  #rows = [];
  /** @type {Map<string, number>} */
  #places = new Map();

  /**
   * @param {HTMLElement} host - where it goes
   * @param {{ label: string, empty: string, columns: readonly Column<Row>[], keyOf: (row: Row) => string, order: Order,
   *   onOrder?: (order: Order) => void }} plan
   */
  constructor(host, { label, empty, columns, keyOf, order, onOrder = () => {} }) {
    this.#host = host;
    this.#columns = columns;
    this.#keyOf = keyOf;
    this.#order = order;
    this.#onOrder = onOrder;
    const body = make('div', { role: 'rowgroup', class: 'body' });
    const ruler = make('div', { class: 'row ruler', 'aria-hidden': 'true' });
    const head = make('div', { role: 'rowgroup', class: 'heads' }, this.#head);
    const scroller = make('div', { class: 'scroller', role: 'region', tabindex: '0', 'aria-label': label });
    this.#grid.setAttribute('aria-label', label);
    this.#grid.append(head, body);
    scroller.append(this.#grid, ruler);
    this.#empty.textContent = empty;
    this.#makeHeads(label);
    host.append(this.#sorting(label), scroller, this.#empty);
    this.#window = new RowWindow({ scroller, head, body, ruler }, keyOf, () => this.#makeView());
    this.show([]);
  }

  /** Shows these rows, in the order that was chosen. @param {readonly Row[]} rows @param {string} [empty] - said where there is none */
  show(rows, empty) {
    this.#rows = rows;
    if (empty !== undefined) write(this.#empty, empty);
    this.#host.classList.toggle('is-empty', rows.length === 0);
    this.#host.classList.toggle('is-short', rows.length < 3);
    mark(this.#grid, 'aria-rowcount', String(rows.length + 1));
    // what somebody is about to press does not move away: newcomers come at the end meanwhile
    this.#arrange(this.#window.isInUse ? this.#asBefore(rows) : this.#sorted(rows));
  }

  /** @param {readonly Row[]} ordered */
  #arrange(ordered) {
    this.#places = new Map(ordered.map((row, index) => [this.#keyOf(row), index]));
    this.#window.show(ordered);
  }

  /** @param {readonly Row[]} rows */
  #asBefore(rows) {
    const placeOf = (/** @type {Row} */ row) =>
      this.#places.get(this.#keyOf(row)) ?? Number.POSITIVE_INFINITY;
    const places = rows.map((row) => ({ row, place: placeOf(row) }));
    return places.sort((a, b) => (a.place < b.place ? -1 : Number(a.place > b.place))).map(({ row }) => row);
  }

  /** @param {readonly Row[]} rows */
  #sorted(rows) {
    const { column, direction } = this.#order;
    const rank = this.#columns.find(({ name }) => name === column)?.rank;
    if (rank === undefined) return rows;
    const before = direction === 'ascending' ? -1 : 1;
    const ranked = rows.map((row) => ({ row, rank: rank(row) }));
    ranked.sort((a, b) => (a.rank < b.rank ? before : a.rank > b.rank ? -before : 0));
    return ranked.map(({ row }) => row);
  }

  /** @param {Order} order */
  #sort(order) {
    this.#order = order;
    this.#showOrder();
    this.#arrange(this.#sorted(this.#rows));
    this.#onOrder(order);
  }

  /** @param {Column<Row>} column @returns {Order} */
  #next({ name, first = 'ascending' }) {
    const { column, direction } = this.#order;
    const other = direction === 'ascending' ? 'descending' : 'ascending';
    return { column: name, direction: column === name ? other : first };
  }

  /** @param {string} label */
  #makeHeads(label) {
    for (const column of this.#columns) {
      const cell = make('div', { role: 'columnheader', class: `cell ${column.name}` });
      if (column.rank === undefined) {
        cell.append(make('span', column.title === '' ? { class: 'unseen' } : {}, column.title || 'Actions'));
      } else {
        const button = make('button', { type: 'button', class: 'sort' }, column.title);
        button.addEventListener('click', () => this.#sort(this.#next(column)));
        cell.append(button);
      }
      this.#head.append(cell);
    }
    this.#choice.setAttribute('aria-label', `Sort ${label}`);
    this.#showOrder();
  }

  /** What stands for the heads where there is no room for them. @param {string} label */
  #sorting(label) {
    for (const { name, title, rank } of this.#columns) {
      if (rank !== undefined) this.#choice.append(make('option', { value: name }, title));
    }
    this.#choice.value = this.#order.column;
    this.#choice.addEventListener('change', () => {
      const chosen = this.#columns.find(({ name }) => name === this.#choice.value);
      if (chosen !== undefined) this.#sort({ column: chosen.name, direction: chosen.first ?? 'ascending' });
    });
    const turn = make('button', { type: 'button', 'aria-label': `Turn the order of ${label} round` }, '⇅');
    turn.addEventListener('click', () => {
      const direction = this.#order.direction === 'ascending' ? 'descending' : 'ascending';
      this.#sort({ ...this.#order, direction });
    });
    return make(
      'div',
      { class: 'sorting' },
      make('span', { 'aria-hidden': 'true' }, 'Sort by'),
      this.#choice,
      turn,
    );
  }

  #showOrder() {
    for (const [place, { name, rank }] of this.#columns.entries()) {
      const head = this.#head.children[place];
      if (head === undefined || rank === undefined) continue;
      mark(head, 'aria-sort', name === this.#order.column ? this.#order.direction : 'none');
    }
    if (this.#choice.value !== this.#order.column) this.#choice.value = this.#order.column;
  }

  #makeView() {
    const element = make('div', { role: 'row', class: 'row' });
    const updates = this.#columns.map(({ name, title, fill }) => {
      const cell = make('div', {
        role: 'cell',
        class: `cell ${name}`,
        ...(title === '' ? {} : { 'data-title': title }),
      });
      element.append(cell);
      return fill(cell);
    });
    const update = (/** @type {Row} */ row, /** @type {number} */ index) => {
      mark(element, 'aria-rowindex', String(index + 2));
      for (const updateCell of updates) updateCell(row);
    };
    return { element, update };
  }
}
