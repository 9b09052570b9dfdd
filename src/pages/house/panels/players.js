// @ts-check
import { byId, make, mark, write } from '../../console/elements.js';
import { count, counted, countOf, duration, UNKNOWN } from '../../console/figures.js';
import { Table, textCell } from '../../console/table/table.js';

/** @import { PlayerEntry } from '../api.js' */
/** @import { PlayerSearch } from '../live/player-search.js' */

/** The house is asked once nobody has typed for so long, milliseconds. */
const TYPING_MS = 250;

/** The players of the fleet, with a search, and a button to end each. */
export class PlayersPanel {
  #search;
  #more = byId('players-more', HTMLButtonElement);
  #table;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #typing;
  #total = 0;

  /**
   * @param {PlayerSearch} search
   * @param {{ onKick: (player: PlayerEntry) => void, onWish: () => void }} listener - `onWish`: others are looked for, or more
   */
  constructor(search, { onKick, onWish }) {
    this.#search = search;
    this.#table = new Table(byId('players-table', HTMLElement), {
      label: 'players',
      empty: 'Nobody plays.',
      keyOf: (/** @type {PlayerEntry} */ { id }) => id,
      order: { column: 'since', direction: 'descending' },
      columns: [
        { name: 'address', title: 'Address', rank: ({ address }) => counted(address), fill: whoCell },
        {
          name: 'stream',
          title: 'Stream',
          rank: ({ stream }) => stream,
          fill: textCell(({ stream }) => stream),
        },
        { name: 'at', title: 'Relay', rank: ({ relay }) => relay, fill: textCell(({ relay }) => relay) },
        {
          name: 'protocol',
          title: 'Protocol',
          rank: ({ protocol }) => protocol,
          fill: textCell(({ protocol }) => protocol),
        },
        {
          name: 'since',
          title: 'For',
          rank: ({ since }) => since,
          first: 'descending',
          fill: textCell(({ since }) => duration((Date.now() - Date.parse(since)) / 1000)),
        },
        { name: 'acts', title: '', fill: kickCell(onKick) },
      ],
    });
    const field = byId('player-search', HTMLInputElement);
    field.addEventListener('input', () => {
      clearTimeout(this.#typing);
      this.#typing = setTimeout(() => {
        search.lookFor(field.value.trim());
        onWish();
      }, TYPING_MS);
    });
    this.#more.addEventListener('click', () => {
      search.more();
      onWish();
    });
  }

  /** Shows those that were found. */
  show() {
    const { players, hasMore, isPart } = this.#search;
    this.#more.hidden = !hasMore;
    this.#table.show(players, isPart ? 'No player is like that.' : 'Nobody plays.');
    const shown = hasMore ? `the first ${count(players.length)}` : countOf(players.length, 'player');
    write(
      byId('players-count', HTMLElement),
      isPart ? `${shown} like that` : hasMore ? `${shown} of ${count(this.#total)}` : shown,
    );
  }

  /** So many there are. @param {number} total */
  setTotal(total) {
    this.#total = total;
  }
}

/** @param {HTMLElement} cell */
function whoCell(cell) {
  const address = make('span', { class: 'key' });
  const about = make('span', { class: 'about' });
  cell.append(address, about);
  return (/** @type {PlayerEntry} */ player) => {
    write(address, player.address);
    mark(address, 'title', player.address);
    const label = player.uid === null ? null : `uid ${player.uid}`;
    const who = [player.identity, label, player.session].filter(Boolean).join(' · ') || UNKNOWN;
    write(about, who);
    mark(about, 'title', who);
  };
}

/** @param {(player: PlayerEntry) => void} onKick */
function kickCell(onKick) {
  return (/** @type {HTMLElement} */ cell) => {
    /** @type {PlayerEntry | undefined} */
    let player;
    const button = make('button', { type: 'button', 'data-act': 'kick' }, 'Kick…');
    button.addEventListener('click', () => player !== undefined && onKick(player));
    cell.append(button);
    return (/** @type {PlayerEntry} */ now) => {
      player = now;
      mark(button, 'aria-label', `Kick ${now.address}, which plays ${now.stream} at ${now.relay}…`);
    };
  };
}
