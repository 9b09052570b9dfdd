// @ts-check
import { byId, make, mark, write } from '../../console/elements.js';
import { bitRate, bytes, count, countOf, duration, UNKNOWN } from '../../console/figures.js';
import { History } from '../../console/live/history.js';
import { Graph } from '../../console/table/graph.js';

/** @import { LoadEntry, RelayEntry, StatusEvent } from '../api.js' */

/** So many the relay sends at most, those with the most players. */
export const MAX_STREAMS = 200;

/** Parts of a limit from which its bar stands out. */
const BUSY = 0.75;
const NEAR = 0.9;
/** A certificate that ends this soon is worth a word, days. */
const SOON_DAYS = 21;

/** @type {Readonly<Record<string, string>>} */
const readinessWords = { ready: 'Ready', draining: 'Draining', full: 'Full' };

/** What the relay is, how much goes through it, and how near it is to its limits. */
export class OverviewPanel {
  #tiles = new Map(
    ['streams', 'players', 'received', 'sent'].map((name) => {
      const graph = new Graph();
      byId(`tile-${name}`, HTMLElement).append(graph.element);
      return [name, { history: new History(), graph, figure: byId(`now-${name}`, HTMLElement) }];
    }),
  );
  #updates = 0;
  /** @type {Map<string, { item: HTMLElement, value: HTMLElement, bar: HTMLElement, fill: HTMLElement }>} */
  #bars = new Map();

  /** @param {StatusEvent} status */
  show({ relay, streams }) {
    this.#updates++;
    document.title = `${relay.name} – streampump`;
    const name = byId('name', HTMLElement);
    write(name, relay.name);
    mark(name, 'title', relay.name);
    write(byId('version', HTMLElement), `streampump ${relay.version}`);
    write(byId('uptime', HTMLElement), `up ${duration(relay.uptimeSeconds)}`);
    const readiness = byId('readiness', HTMLElement);
    write(readiness, readinessWords[relay.readiness] ?? relay.readiness);
    mark(readiness, 'data-is', relay.readiness);
    const load = new Map(relay.load.map((entry) => [entry.name, entry]));
    const format = streams.length < MAX_STREAMS ? count : atLeast;
    this.#tile('streams', streams.length, format);
    this.#tile('players', load.get('players')?.now, count);
    this.#tile('received', load.get('receivedBitsPerSecond')?.now, bitRate);
    this.#tile('sent', load.get('sentBitsPerSecond')?.now, bitRate);
    for (const entry of relay.load) if (entry.limit !== null) this.#bar(entry, entry.limit);
    byId('limits', HTMLElement).hidden = this.#bars.size === 0;
    this.#showAbout(relay);
    showNotes(relay);
  }

  /** Nothing was heard for a while: the lines have a gap there. */
  skip() {
    this.#updates++;
    for (const { history } of this.#tiles.values()) history.push(null);
  }

  /** @param {string} name @param {number | undefined} now @param {(now: number) => string} format */
  #tile(name, now, format) {
    const tile = this.#tiles.get(name);
    if (tile === undefined) return;
    write(tile.figure, now === undefined ? UNKNOWN : format(now));
    tile.history.push(now);
    tile.graph.draw(tile.history, this.#updates);
  }

  /** @param {LoadEntry} entry @param {number} limit */
  #bar({ name, now }, limit) {
    let parts = this.#bars.get(name);
    if (parts === undefined) {
      const fill = make('span', { class: 'fill' });
      const label = words(name);
      const bar = make(
        'span',
        { class: 'bar', role: 'meter', 'aria-label': label, 'aria-valuemin': '0' },
        fill,
      );
      const value = make('span', { class: 'value' });
      const item = make('li', {}, make('span', { class: 'label' }, label), value, bar);
      parts = { item, value, bar, fill };
      this.#bars.set(name, parts);
      byId('load', HTMLElement).append(item);
    }
    const part = limit > 0 ? Math.min(1, now / limit) : 1;
    const format = formatOf(name);
    const text = `${format(now)} of ${format(limit)}`;
    write(parts.value, text);
    mark(parts.bar, 'aria-valuemax', String(limit));
    mark(parts.bar, 'aria-valuenow', String(Math.min(now, limit)));
    mark(parts.bar, 'aria-valuetext', text);
    mark(parts.item, 'data-is', part >= NEAR ? 'near' : part >= BUSY ? 'busy' : 'calm');
    const scale = `scaleX(${part.toFixed(3)})`;
    if (parts.fill.style.transform !== scale) parts.fill.style.transform = scale;
  }

  /** @param {RelayEntry} relay */
  #showAbout(relay) {
    const listeners = relay.listeners.map(({ listener, host, port }) => {
      return `${listener} ${host.includes(':') ? `[${host}]` : host}${port === null ? '' : `:${port}`}`;
    });
    write(byId('about-listeners', HTMLElement), listeners.join(', '));
    write(
      byId('about-process', HTMLElement),
      `${relay.pid}, Node ${relay.node}, ${countOf(relay.workers, 'worker')}`,
    );
    write(byId('about-id', HTMLElement), relay.id);
    write(byId('about-log', HTMLElement), relay.logLevel);
  }
}

/** What an operator had better do something about. @param {RelayEntry} relay */
function showNotes({ certificates, reload }) {
  const notes = certificates.flatMap(({ listener, notAfter }) => {
    const days = Math.floor((Date.parse(notAfter) - Date.now()) / 86_400_000);
    if (!(days < SOON_DAYS)) return [];
    return days < 0
      ? `The certificate of ${listener} has ended.`
      : `The certificate of ${listener} ends in ${countOf(days, 'day')}.`;
  });
  if (reload?.succeeded === false)
    notes.push('The configuration could not be read again: the old one holds.');
  const list = byId('notes', HTMLElement);
  list.hidden = notes.length === 0;
  if (list.dataset['notes'] === notes.join('\n')) return;
  list.dataset['notes'] = notes.join('\n');
  list.replaceChildren(...notes.map((note) => make('li', {}, note)));
}

/** @param {number} number */
function atLeast(number) {
  return `${count(number)}+`;
}

/** A name of the API as words, without the unit, which stands with the number. @param {string} name */
function words(name) {
  const apart = name
    .replace(/(?:Bytes|BitsPerSecond)$/, '')
    .replace(/([a-z])([A-Z])/g, (_, end, start) => `${end} ${start.toLowerCase()}`);
  return apart.charAt(0).toUpperCase() + apart.slice(1);
}

/** @param {string} name @returns {(now: number) => string} */
function formatOf(name) {
  if (/bits ?per ?second/i.test(name)) return bitRate;
  return /bytes/i.test(name) ? bytes : count;
}
