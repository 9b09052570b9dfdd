// @ts-check
import { byId, make, mark, write } from '../../console/elements.js';
import { bitRate, count, counted, countOf, duration, interval, UNKNOWN } from '../../console/figures.js';
import { History } from '../../console/live/history.js';
import { Graph } from '../../console/table/graph.js';
import { Table } from '../../console/table/table.js';
import { MAX_STREAMS } from './overview.js';

/** @import { StreamEntry } from '../api.js' */

/** Streams that were there before and have gone. */
const MAX_REMEMBERED = 100;

/**
 * A stream, and how it has been doing since the page has seen it.
 * @typedef {object} StreamRow
 * @property {StreamEntry} now
 * @property {number} updates - how many the page has seen
 * @property {History} players
 * @property {History} bits
 * @property {History} keyframes
 */

/** Without a keyframe for longer nobody can begin to watch, seconds. */
const LONG_WITHOUT_KEYFRAME = 15;

/** What people call codecs. @type {Readonly<Record<string, string>>} */
const codecNames = {
  avc1: 'H.264',
  hvc1: 'H.265',
  av01: 'AV1',
  vp09: 'VP9',
  mp4a: 'AAC',
  '.mp3': 'MP3',
  fLaC: 'FLAC',
  'ac-3': 'AC-3',
  'ec-3': 'E-AC-3',
  WMV1: 'WMV 7',
  WMV2: 'WMV 8',
  WMV3: 'WMV 9',
  WVC1: 'VC-1',
  wmav1: 'WMA 1',
  wmav2: 'WMA 2',
  wmapro: 'WMA Pro',
  wmavoice: 'WMA Voice',
  wmalossless: 'WMA Lossless',
};

/** @type {Readonly<Record<string, string>>} */
const stateWords = { live: 'Live', starting: 'Starting', grace: 'Interrupted', absent: 'Awaited' };

/** The streams with their latest minutes. */
export class StreamsPanel {
  /** @type {Map<string, StreamRow>} */
  #rows = new Map();
  #updates = 0;
  #table;

  /** @param {(stream: string) => void} onWhy - somebody asks about one */
  constructor(onWhy) {
    this.#table = new Table(byId('streams-table', HTMLElement), {
      label: 'streams',
      empty: 'Nothing is live. Streams appear here by themselves.',
      keyOf: (/** @type {StreamRow} */ { now }) => now.stream,
      order: { column: 'stream', direction: 'ascending' },
      columns: [
        { name: 'stream', title: 'Stream', rank: ({ now }) => counted(now.stream), fill: nameCell },
        { name: 'codecs', title: 'Codecs', rank: ({ now }) => codecsOf(now), fill: codecsCell },
        {
          name: 'players',
          title: 'Players',
          rank: ({ now }) => now.players,
          first: 'descending',
          fill: graphCell(
            ({ now }) => playersOf(now),
            ({ players }) => players,
          ),
        },
        {
          name: 'bits',
          title: 'Bit rate',
          rank: ({ now }) => now.receivedBitsPerSecond ?? -1,
          first: 'descending',
          fill: graphCell(
            ({ now }) => bitRate(now.receivedBitsPerSecond),
            ({ bits }) => bits,
          ),
        },
        {
          name: 'keyframes',
          title: 'Keyframes',
          rank: ({ now }) => now.keyframeIntervalSeconds ?? -1,
          first: 'descending',
          fill: graphCell(
            ({ now }) => keyframesOf(now),
            ({ keyframes }) => keyframes,
            ({ now }) => lacksKeyframes(now),
          ),
        },
        {
          name: 'lagging',
          title: 'Lagging',
          rank: ({ now }) => now.laggingPlayers,
          first: 'descending',
          fill: numberCell(({ now }) => now.laggingPlayers),
        },
        {
          name: 'dropped',
          title: 'Dropped',
          rank: ({ now }) => now.droppedFrames,
          first: 'descending',
          fill: numberCell(({ now }) => now.droppedFrames),
        },
        { name: 'acts', title: '', fill: whyCell(onWhy) },
      ],
    });
  }

  /** @param {readonly StreamEntry[]} streams */
  show(streams) {
    this.#updates++;
    const shown = streams.map((now) => {
      const row = this.#rows.get(now.stream) ?? newRow(now);
      this.#rows.delete(now.stream);
      row.now = now;
      row.updates = this.#updates;
      row.players.push(now.players);
      row.bits.push(now.receivedBitsPerSecond);
      row.keyframes.push(now.keyframeIntervalSeconds);
      return row;
    });
    // those that are gone come first, the longest gone of all at the beginning: one that comes back has its past
    const gone = [...this.#rows.values()].slice(-MAX_REMEMBERED);
    for (const row of gone) skipOne(row);
    this.#rows = new Map([...gone, ...shown].map((row) => [row.now.stream, row]));
    this.#table.show(shown);
    const isPart = streams.length >= MAX_STREAMS;
    const some = isPart ? `the ${MAX_STREAMS} with the most players` : countOf(streams.length, 'stream');
    write(byId('streams-count', HTMLElement), some);
  }

  /** Nothing was heard for a while: the lines have a gap there. */
  skip() {
    this.#updates++;
    for (const row of this.#rows.values()) skipOne(row);
  }
}

/** @param {StreamRow} row */
function skipOne({ players, bits, keyframes }) {
  for (const history of [players, bits, keyframes]) history.push(null);
}

/** @param {StreamEntry} now @returns {StreamRow} */
function newRow(now) {
  return { now, updates: 0, players: new History(), bits: new History(), keyframes: new History() };
}

/** @param {HTMLElement} cell */
function nameCell(cell) {
  const name = make('span', { class: 'key' });
  const state = make('span', { class: 'state' });
  const source = make('span', { class: 'source' });
  cell.append(name, make('span', { class: 'about' }, state, source));
  return (/** @type {StreamRow} */ { now }) => {
    write(name, now.stream);
    mark(name, 'title', now.stream);
    mark(state, 'data-is', now.state);
    write(state, stateWords[now.state] ?? now.state);
    const from = sourceOf(now);
    write(source, from);
    mark(source, 'title', from);
  };
}

/** @param {HTMLElement} cell */
function codecsCell(cell) {
  const codecs = make('span');
  const rate = make('span', { class: 'about' });
  cell.append(codecs, rate);
  return (/** @type {StreamRow} */ { now }) => {
    write(codecs, codecsOf(now));
    const fps = now.videoFramesPerSecond ? [`${count(now.videoFramesPerSecond)} fps`] : [];
    write(rate, [...familyOf(now), ...fps].join(', '));
  };
}

/**
 * A number, with a line of what it was before.
 * @param {(row: StreamRow) => string} text @param {(row: StreamRow) => History} historyOf
 * @param {(row: StreamRow) => boolean} [isBad] - whether somebody had better look
 */
function graphCell(text, historyOf, isBad = () => false) {
  return (/** @type {HTMLElement} */ cell) => {
    const figure = make('span', { class: 'figure' });
    const graph = new Graph();
    cell.append(figure, graph.element);
    return (/** @type {StreamRow} */ row) => {
      const shown = text(row);
      write(figure, shown);
      mark(figure, 'title', shown);
      figure.classList.toggle('stands-out', isBad(row));
      graph.draw(historyOf(row), row.updates);
    };
  };
}

/** A number that had better be 0. @param {(row: StreamRow) => number} number */
function numberCell(number) {
  return (/** @type {HTMLElement} */ cell) => (/** @type {StreamRow} */ row) => {
    const now = number(row);
    write(cell, count(now));
    cell.classList.toggle('is-zero', now === 0);
  };
}

/** @param {(stream: string) => void} onWhy */
function whyCell(onWhy) {
  return (/** @type {HTMLElement} */ cell) => {
    let stream = '';
    const button = make('button', { type: 'button', 'data-act': 'why' }, 'Why?');
    button.addEventListener('click', () => onWhy(stream));
    cell.append(button);
    return (/** @type {StreamRow} */ { now }) => {
      stream = now.stream;
      mark(button, 'aria-label', `Why? How it stands with ${stream}`);
    };
  };
}

/** @param {StreamEntry} stream */
function playersOf({ players, waitingPlayers }) {
  return waitingPlayers > 0 ? `${count(players)} + ${count(waitingPlayers)} waiting` : count(players);
}

/** @param {StreamEntry} stream */
function keyframesOf(stream) {
  const { keyframeAgeSeconds: age, keyframeIntervalSeconds } = stream;
  return lacksKeyframes(stream) && age !== null ? `none ${duration(age)}` : interval(keyframeIntervalSeconds);
}

/** @param {StreamEntry} stream */
function lacksKeyframes({ state, keyframeAgeSeconds: age }) {
  return state === 'live' && age !== null && age > LONG_WITHOUT_KEYFRAME;
}

/** @param {StreamEntry} stream */
function codecsOf({ tracks }) {
  return [...new Set(tracks.map(({ codec }) => codecNames[codec] ?? codec))].join(', ') || UNKNOWN;
}

/** What players of other kinds cannot have. @param {StreamEntry} stream */
function familyOf({ family }) {
  return family === null || family === 'FLV' ? [] : [family];
}

/** @param {StreamEntry} stream */
function sourceOf({ source }) {
  if (source === null) return 'no source';
  if (source.type === 'pull') return `pulled from ${source.url}`;
  return `${source.protocol} from ${source.peer}${source.client === '' ? '' : `, ${source.client}`}`;
}
