// @ts-check
import { byId, make, mark, write } from '../../console/elements.js';
import { bitRate, count, countOf, duration, UNKNOWN } from '../../console/figures.js';
import { Graph } from '../../console/table/graph.js';
import { Table, textCell } from '../../console/table/table.js';
import { RelayTree } from '../live/relay-tree.js';

/** @import { History } from '../../console/live/history.js' */
/** @import { FiguresEntry, FleetRelayEntry } from '../api.js' */
/** @import { RelayRow } from '../live/relay-tree.js' */

/** Nobody types a letter faster than that, milliseconds. */
const TYPING_MS = 120;

/** Parts of a limit from which its bar stands out. */
const BUSY = 0.75;
const NEAR = 0.9;

/** @type {Readonly<Record<string, string>>} */
const stateWords = {
  ready: 'Ready',
  full: 'Full',
  draining: 'Draining',
  offline: 'Offline',
  disabled: 'Switched off',
  unapproved: 'Waits for approval',
};

/** What is done with a relay at a button. @typedef {'drain' | 'undrain' | 'approve'} RelayAct */

/** The relays of the fleet as a tree, each with its latest minutes. */
export class RelaysPanel {
  #tree = new RelayTree();
  #search = byId('relay-search', HTMLInputElement);
  #state = byId('relay-state', HTMLSelectElement);
  #table;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #typing;

  /** @param {(act: RelayAct, relay: FleetRelayEntry) => void} onAct */
  constructor(onAct) {
    const toggle = (/** @type {string} */ id) => {
      this.#tree.toggle(id);
      this.show();
    };
    this.#table = new Table(byId('relays-table', HTMLElement), {
      label: 'relays',
      empty: 'There is no relay yet: roster.json lists them.',
      keyOf: (/** @type {RelayRow} */ { now }) => now.id,
      order: { column: 'relay', direction: 'ascending' },
      columns: [
        { name: 'relay', title: 'Relay', rank: ({ place }) => place, fill: relayCell(toggle) },
        {
          name: 'players',
          title: 'Players',
          rank: ({ now }) => now.players ?? -1,
          first: 'descending',
          fill: playersCell,
        },
        {
          name: 'received',
          title: 'In',
          rank: ({ now }) => now.receivedBitsPerSecond ?? -1,
          first: 'descending',
          fill: graphCell(
            ({ now }) => now.receivedBitsPerSecond,
            ({ received }) => received,
          ),
        },
        {
          name: 'sent',
          title: 'Out',
          rank: ({ now }) => now.sentBitsPerSecond ?? -1,
          first: 'descending',
          fill: graphCell(
            ({ now }) => now.sentBitsPerSecond,
            ({ sent }) => sent,
          ),
        },
        {
          name: 'streams',
          title: 'Streams',
          rank: ({ now }) => now.streams ?? -1,
          first: 'descending',
          fill: textCell(({ now }) => (now.streams === null ? UNKNOWN : count(now.streams))),
        },
        {
          name: 'reported',
          title: 'Report',
          rank: ({ now }) => now.report?.at ?? '',
          fill: reportCell,
        },
        { name: 'acts', title: '', fill: actCell(onAct) },
      ],
    });
    this.#search.addEventListener('input', () => {
      clearTimeout(this.#typing);
      this.#typing = setTimeout(() => this.show(), TYPING_MS);
    });
    this.#state.addEventListener('change', () => this.show());
  }

  /** These are all relays now. @param {readonly FleetRelayEntry[]} relays */
  place(relays) {
    this.#tree.place(relays);
    this.show();
  }

  /** How they do now. @param {readonly FiguresEntry[]} figures @returns {boolean} whether one of them is new */
  update(figures) {
    const hasNew = this.#tree.update(figures);
    this.show();
    return hasNew;
  }

  /** Nothing was heard for a while. */
  skip() {
    this.#tree.skip();
  }

  /** Shows those that are looked for. */
  show() {
    const words = this.#search.value.trim().toLowerCase();
    const shown = this.#tree.shown(words, this.#state.value);
    const { size } = this.#tree;
    const isPart = words !== '' || this.#state.value !== '';
    const text = isPart ? `${count(shown.length)} of ${countOf(size, 'relay')}` : countOf(size, 'relay');
    write(byId('relays-count', HTMLElement), text);
    this.#table.show(
      shown,
      isPart ? 'No relay is like that.' : 'There is no relay yet: roster.json lists them.',
    );
  }
}

/** @param {(id: string) => void} onToggle */
function relayCell(onToggle) {
  return (/** @type {HTMLElement} */ cell) => {
    let id = '';
    const button = make('button', { type: 'button', class: 'toggle', 'data-act': 'toggle' });
    button.addEventListener('click', () => onToggle(id));
    const title = make('span', { class: 'key' });
    const level = make('span', { class: 'unseen' });
    const state = make('span', { class: 'state' });
    const name = make('span', { class: 'name' });
    cell.append(
      button,
      make('span', { class: 'who' }, title, make('span', { class: 'about' }, state, name, level)),
    );
    return (/** @type {RelayRow} */ { now, depth, children, isOpen }) => {
      id = now.id;
      cell.style.setProperty('--depth', String(Math.min(depth, 8)));
      button.classList.toggle('is-leaf', children === 0);
      if (button.disabled !== (children === 0)) button.disabled = children === 0;
      mark(button, 'aria-expanded', String(isOpen && children > 0));
      mark(button, 'aria-label', `${countOf(children, 'relay')} below ${now.title}`);
      write(title, now.title);
      mark(title, 'title', now.title);
      write(state, stateWords[now.state] ?? now.state);
      mark(state, 'data-is', now.state);
      write(name, now.title === now.id ? '' : now.id);
      write(level, now.parent === null ? 'from the original sources' : `below ${now.parent}`);
    };
  };
}

/** Players against the limit, with a bar. @param {HTMLElement} cell */
function playersCell(cell) {
  const figure = make('span', { class: 'figure' });
  const fill = make('span', { class: 'fill' });
  const bar = make('span', { class: 'bar', 'aria-hidden': 'true' }, fill);
  cell.append(figure, bar);
  return (/** @type {RelayRow} */ { now }) => {
    const { players, limits } = now;
    const limit = limits.players;
    const text = players === null ? UNKNOWN : count(players);
    write(figure, limit === null ? text : `${text} of ${count(limit)}`);
    bar.classList.toggle('is-open', limit === null);
    const part = limit === null ? 0 : Math.min(1, (players ?? 0) / limit);
    mark(cell, 'data-is', part >= NEAR ? 'near' : part >= BUSY ? 'busy' : 'calm');
    const scale = `scaleX(${part.toFixed(3)})`;
    if (fill.style.transform !== scale) fill.style.transform = scale;
  };
}

/** @param {(row: RelayRow) => number | null} rateOf @param {(row: RelayRow) => History} historyOf */
function graphCell(rateOf, historyOf) {
  return (/** @type {HTMLElement} */ cell) => {
    const figure = make('span', { class: 'figure' });
    const graph = new Graph();
    cell.append(figure, graph.element);
    return (/** @type {RelayRow} */ row) => {
      write(figure, bitRate(rateOf(row)));
      graph.draw(historyOf(row), row.updates);
    };
  };
}

/** @param {HTMLElement} cell */
function reportCell(cell) {
  const ago = make('span');
  const problem = make('span', { class: 'about' });
  cell.append(ago, problem);
  return (/** @type {RelayRow} */ { now: { report, state } }) => {
    const seconds = report === null ? 0 : (Date.now() - Date.parse(report.at)) / 1000;
    write(ago, report === null ? 'never' : `${duration(seconds)} ago`);
    ago.classList.toggle('stands-out', state === 'offline');
    write(problem, report?.problem ?? report?.software ?? '');
    mark(problem, 'title', problem.textContent ?? '');
  };
}

/** @param {(act: RelayAct, relay: FleetRelayEntry) => void} onAct */
function actCell(onAct) {
  return (/** @type {HTMLElement} */ cell) => {
    /** @type {FleetRelayEntry | undefined} */
    let relay;
    const button = make('button', { type: 'button', 'data-act': 'change' });
    button.addEventListener('click', () => relay !== undefined && onAct(actOf(relay), relay));
    cell.append(button);
    return (/** @type {RelayRow} */ { now }) => {
      relay = now;
      const act = actOf(now);
      write(button, { drain: 'Drain', undrain: 'Undrain', approve: 'Approve' }[act]);
      mark(button, 'aria-label', actLabel(act, now));
    };
  };
}

/** @param {FleetRelayEntry} relay @returns {RelayAct} */
function actOf({ state, draining }) {
  if (state === 'unapproved') return 'approve';
  return draining ? 'undrain' : 'drain';
}

/** @param {RelayAct} act @param {FleetRelayEntry} relay */
function actLabel(act, { title }) {
  if (act === 'approve') return `Approve: take ${title} into the fleet`;
  return act === 'drain'
    ? `Drain: send no new players to ${title}`
    : `Undrain: send players to ${title} again`;
}
