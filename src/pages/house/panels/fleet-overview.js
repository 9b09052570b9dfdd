// @ts-check
import { byId, make, mark, write } from '../../console/elements.js';
import { bitRate, count, countOf, duration } from '../../console/figures.js';
import { History } from '../../console/live/history.js';
import { Graph } from '../../console/table/graph.js';

/** @import { FleetEntry, HouseEntry, RouteEntry } from '../api.js' */

/** So many shorter ways are named. */
const MAX_WAYS = 5;

/** @type {Readonly<Record<string, string>>} */
const readinessWords = { ready: 'Ready', draining: 'Draining', full: 'Full' };

/** What the house is, and how much goes through its fleet. */
export class FleetOverviewPanel {
  #tiles = new Map(
    ['relays', 'players', 'received', 'sent'].map((name) => {
      const graph = new Graph();
      byId(`tile-${name}`, HTMLElement).append(graph.element);
      return [name, { history: new History(), graph, figure: byId(`now-${name}`, HTMLElement) }];
    }),
  );
  #updates = 0;
  #isStoreThere = true;
  #rollout = '';
  #shorter = '';
  /** @type {FleetEntry['totals'] | undefined} */
  #totals;

  /** @param {FleetEntry} fleet */
  show({ totals }) {
    this.#updates++;
    this.#totals = totals;
    const all = Object.values(totals.relays).reduce((sum, some) => sum + some, 0);
    const online =
      (totals.relays['ready'] ?? 0) + (totals.relays['full'] ?? 0) + (totals.relays['draining'] ?? 0);
    this.#tile('relays', online, online === all ? count(all) : `${count(online)} of ${count(all)}`);
    this.#tile('players', totals.players, count(totals.players));
    this.#tile('received', totals.receivedBitsPerSecond, bitRate(totals.receivedBitsPerSecond));
    this.#tile('sent', totals.sentBitsPerSecond, bitRate(totals.sentBitsPerSecond));
    this.#showNotes();
  }

  /** Nothing was heard for a while: the lines have a gap there. */
  skip() {
    this.#updates++;
    for (const { history } of this.#tiles.values()) history.push(null);
  }

  /** @param {HouseEntry} house */
  showHouse(house) {
    document.title = `${house.name} – streampump house`;
    const name = byId('name', HTMLElement);
    write(name, house.name);
    mark(name, 'title', house.name);
    write(byId('version', HTMLElement), `streampump ${house.version}`);
    write(byId('uptime', HTMLElement), `up ${duration(house.uptimeSeconds)}`);
    const readiness = byId('readiness', HTMLElement);
    write(readiness, readinessWords[house.readiness] ?? house.readiness);
    mark(readiness, 'data-is', house.readiness);
    const listeners = house.listeners.map(({ listener, host, port }) => {
      return `${listener} ${host.includes(':') ? `[${host}]` : host}${port === null ? '' : `:${port}`}`;
    });
    write(byId('about-listeners', HTMLElement), listeners.join(', '));
    write(byId('about-process', HTMLElement), `${house.pid}, Node ${house.node}`);
    write(byId('about-links', HTMLElement), countOf(house.links, 'relay'));
    write(byId('about-store', HTMLElement), `${house.store.type}${house.store.isThere ? '' : ', away'}`);
    this.#isStoreThere = house.store.isThere;
    this.#rollout = rolloutNote(house.config);
    this.#showNotes();
  }

  /** Shows which relays had better pull from elsewhere. @param {readonly RouteEntry[]} routes */
  showRoutes(routes) {
    const better = routes.filter(({ parent, proposed }) => proposed !== parent);
    const ways = better.slice(0, MAX_WAYS).map(({ relay, proposed }) => {
      return proposed === null ? `${relay} to the original sources` : `${relay} below ${proposed}`;
    });
    const rest = better.length > MAX_WAYS ? ', ...' : '';
    this.#shorter = better.length === 0 ? '' : `Shorter ways are known: ${ways.join(', ')}${rest}.`;
    this.#showNotes();
  }

  /** @param {string} name @param {number} now @param {string} text */
  #tile(name, now, text) {
    const tile = this.#tiles.get(name);
    if (tile === undefined) return;
    write(tile.figure, text);
    tile.history.push(now);
    tile.graph.draw(tile.history, this.#updates);
  }

  /** What an operator had better do something about. */
  #showNotes() {
    const { unapproved = 0, offline = 0 } = this.#totals?.relays ?? {};
    const notes = [
      ...(this.#isStoreThere ? [] : ['The store is away: nothing can be decided until it is back.']),
      ...[this.#rollout, this.#shorter].filter((note) => note !== ''),
      ...(unapproved === 0 ? [] : [`${countOf(unapproved, 'relay')} waiting for approval.`]),
      ...(offline === 0 ? [] : [`${countOf(offline, 'relay')} offline.`]),
    ];
    const list = byId('notes', HTMLElement);
    list.hidden = notes.length === 0;
    if (list.dataset['notes'] === notes.join('\n')) return;
    list.dataset['notes'] = notes.join('\n');
    list.replaceChildren(...notes.map((note) => make('li', {}, note)));
  }
}

/** @param {HouseEntry['config']} config @returns {string} empty where all relays go by the same */
function rolloutNote({ at, relay, reason }) {
  if (at === 'trying') return `A config is tried with relay ${relay}: ${reason}.`;
  if (at === 'waiting') return 'A config waits for a relay to try it with.';
  if (at === 'rolled-back')
    return `A config was taken back, as relay ${relay} did worse: ${reason}. A reload of the house tries it again.`;
  return '';
}
