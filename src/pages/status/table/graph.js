// @ts-check
import { HISTORY_LENGTH } from '../live/history.js';

/** @import { History } from '../live/history.js' */

const SVG = 'http://www.w3.org/2000/svg';
const HEIGHT = 24;

/** A small line over the last minutes, from 0 to its own peak; the latest value is at the right. The number stands beside it. */
export class Graph {
  element = document.createElementNS(SVG, 'svg');
  #line = document.createElementNS(SVG, 'path');
  #area = document.createElementNS(SVG, 'path');

  constructor() {
    this.element.setAttribute('class', 'graph');
    this.element.setAttribute('viewBox', `0 0 ${HISTORY_LENGTH - 1} ${HEIGHT}`);
    this.element.setAttribute('preserveAspectRatio', 'none');
    this.element.setAttribute('aria-hidden', 'true');
    this.#line.setAttribute('class', 'line');
    this.#area.setAttribute('class', 'area');
    this.element.append(this.#area, this.#line);
  }

  /** @param {History} history */
  draw(history) {
    const scale = (HEIGHT - 3) / (1.15 * history.peak || 1); // what is always the same is no lid
    let line = '';
    let area = '';
    let from = -1; // where the piece begins that is being drawn
    for (let x = 0; x <= HISTORY_LENGTH; x++) {
      const value = x === HISTORY_LENGTH ? Number.NaN : history.at(HISTORY_LENGTH - 1 - x);
      if (Number.isNaN(value)) {
        if (from >= 0) area += `L${x - 1} ${HEIGHT}L${from} ${HEIGHT}Z`;
        from = -1;
        continue;
      }
      const point = `${x} ${(HEIGHT - 1.5 - value * scale).toFixed(1)}`;
      line += from < 0 ? `M${point}` : `L${point}`;
      area += from < 0 ? `M${point}` : `L${point}`;
      if (from < 0) from = x;
    }
    this.#line.setAttribute('d', line);
    this.#area.setAttribute('d', area);
  }
}
