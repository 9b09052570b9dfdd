// @ts-check
import { byId, make, mark, write } from '../../console/elements.js';
import { bitRate, count, countOf, duration, UNKNOWN } from '../../console/figures.js';
import { Table, textCell } from '../../console/table/table.js';
import { MAX_SESSIONS } from '../live/session-list.js';

/** @import { SessionEntry } from '../api.js' */
/** @import { SessionList, SessionRow } from '../live/session-list.js' */

/** Nobody types a letter faster than that, milliseconds. */
const TYPING_MS = 120;

/** The sessions, with a search, and a button to end each. */
export class SessionsPanel {
  #list;
  #search = byId('session-search', HTMLInputElement);
  #role = byId('session-role', HTMLSelectElement);
  #table;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #typing;

  /** @param {SessionList} list @param {(session: SessionEntry) => void} onKick - somebody wants to end one */
  constructor(list, onKick) {
    this.#list = list;
    this.#table = new Table(byId('sessions-table', HTMLElement), {
      label: 'sessions',
      empty: 'Nobody is connected.',
      keyOf: (/** @type {SessionRow} */ { now }) => now.id,
      order: { column: 'since', direction: 'descending' },
      columns: [
        { name: 'address', title: 'Address', rank: ({ address }) => address, fill: addressCell },
        { name: 'role', title: 'Role', rank: ({ now }) => now.role, fill: textCell(({ now }) => now.role) },
        {
          name: 'stream',
          title: 'Stream',
          rank: ({ now }) => now.stream ?? '',
          fill: textCell(({ now }) => now.stream ?? UNKNOWN),
        },
        {
          name: 'protocol',
          title: 'Protocol',
          rank: ({ now }) => protocolOf(now),
          fill: textCell(({ now }) => protocolOf(now)),
        },
        {
          name: 'bits',
          title: 'Bit rate',
          rank: ({ now }) => rateOf(now) ?? -1,
          first: 'descending',
          fill: textCell(({ now }) => bitRate(rateOf(now))),
        },
        {
          name: 'dropped',
          title: 'Dropped',
          rank: ({ now }) => now.droppedFrames,
          first: 'descending',
          fill: droppedCell,
        },
        {
          name: 'since',
          title: 'For',
          rank: ({ now }) => now.since,
          first: 'descending',
          fill: textCell(({ now }) => duration((Date.now() - Date.parse(now.since)) / 1000)),
        },
        { name: 'acts', title: '', fill: kickCell(onKick) },
      ],
    });
    this.#search.addEventListener('input', () => {
      clearTimeout(this.#typing);
      this.#typing = setTimeout(() => this.show(), TYPING_MS);
    });
    this.#role.addEventListener('change', () => this.show());
  }

  /** Shows those that are looked for. */
  show() {
    const all = this.#list.rows;
    const words = this.#search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const role = this.#role.value;
    const isAll = words.length === 0 && role === '';
    const found = isAll
      ? all
      : all.filter(
          (row) => (role === '' || row.now.role === role) && words.every((word) => row.words.includes(word)),
        );
    const total = this.#list.hasMore ? `the first ${count(MAX_SESSIONS)}` : count(all.length);
    write(
      byId('sessions-count', HTMLElement),
      isAll && !this.#list.hasMore ? countOf(all.length, 'session') : `${count(found.length)} of ${total}`,
    );
    this.#table.show(found, isAll ? 'Nobody is connected.' : 'No session is like that.');
  }
}

/** @param {HTMLElement} cell */
function addressCell(cell) {
  const address = make('span', { class: 'key' });
  const about = make('span', { class: 'about' });
  cell.append(address, about);
  return (/** @type {SessionRow} */ { now }) => {
    write(address, now.address);
    mark(address, 'title', now.address);
    const who = [now.id, now.identity, now.client].filter(Boolean).join(' · ');
    write(about, who);
    mark(about, 'title', who);
  };
}

/** @param {HTMLElement} cell */
function droppedCell(cell) {
  return (/** @type {SessionRow} */ { now }) => {
    write(cell, now.lagging ? `${count(now.droppedFrames)}, lagging` : count(now.droppedFrames));
    cell.classList.toggle('is-zero', now.droppedFrames === 0 && !now.lagging);
    cell.classList.toggle('stands-out', now.lagging);
  };
}

/** @param {(session: SessionEntry) => void} onKick */
function kickCell(onKick) {
  return (/** @type {HTMLElement} */ cell) => {
    /** @type {SessionEntry | undefined} */
    let session;
    const button = make('button', { type: 'button', 'data-act': 'kick' }, 'End…');
    button.addEventListener('click', () => session !== undefined && onKick(session));
    cell.append(button);
    return (/** @type {SessionRow} */ { now }) => {
      session = now;
      mark(button, 'aria-label', `End the session ${now.id} of ${now.address}…`);
    };
  };
}

/** @param {SessionEntry} session */
function protocolOf({ protocol, tls }) {
  return tls ? `${protocol}, TLS` : protocol;
}

/** What a publisher sends, or what anybody else is sent. @param {SessionEntry} session */
function rateOf({ role, receivedBitsPerSecond, sentBitsPerSecond }) {
  return role === 'publisher' ? receivedBitsPerSecond : sentBitsPerSecond;
}
