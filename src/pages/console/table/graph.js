// @ts-check
import { HISTORY_LENGTH } from '../live/history.js';

/** @import { History } from '../live/history.js' */

const SVG = 'http://www.w3.org/2000/svg';
const WIDTH = 150;
const HEIGHT = 24;
/** Fewer values do not fill the width: a line of two would be as long as one of minutes. */
const MIN_SPAN = 30;

/** A small line over the last minutes, from 0 to its own peak; the latest value is at the right. The number stands beside it. */
export class Graph {
  element = document.createElementNS(SVG, 'svg');
  #line = document.createElementNS(SVG, 'path');
  #area = document.createElementNS(SVG, 'path');

  constructor() {
    this.element.setAttribute('class', 'graph');
    this.element.setAttribute('viewBox', `0 0 ${WIDTH} ${HEIGHT}`);
    this.element.setAttribute('preserveAspectRatio', 'none');
    this.element.setAttribute('aria-hidden', 'true');
    this.#line.setAttribute('class', 'line');
    this.#area.setAttribute('class', 'area');
    this.element.append(this.#area, this.#line);
  }

  /** @param {History} history @param {number} updates - how many the page has seen: it shows that time, and a minute at least */
  draw(history, updates) {
    const span = Math.min(HISTORY_LENGTH, Math.max(MIN_SPAN, updates));
    const step = WIDTH / (span - 1);
    const scale = (HEIGHT - 3) / (1.15 * history.peak || 1); // what is always the same is no lid
    let line = '';
    let area = '';
    let begin = ''; // where the piece begins that is being drawn
    let end = '';
    for (let age = span - 1; age >= -1; age--) {
      const value = age < 0 ? Number.NaN : history.at(age);
      if (Number.isNaN(value)) {
        if (begin !== '') area += `L${end} ${HEIGHT}L${begin} ${HEIGHT}Z`;
        begin = '';
        continue;
      }
      end = (WIDTH - age * step).toFixed(1);
      const point = `${begin === '' ? 'M' : 'L'}${end} ${(HEIGHT - 1.5 - value * scale).toFixed(1)}`;
      line += point;
      area += point;
      begin ||= end;
    }
    this.#line.setAttribute('d', line);
    this.#area.setAttribute('d', area);
  }
}
