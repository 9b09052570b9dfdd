import type { Line } from '../terminal/line.ts';
import type { Palette } from '../terminal/palette.ts';
import type { ScreenSize } from './top-state.ts';

/** Draws lines on a terminal, writing only the rows that have changed. */
export class ScreenPainter {
  readonly #palette: Palette;
  #drawn: readonly string[] = [];
  #size: ScreenSize = { rows: 0, columns: 0 };

  constructor(palette: Palette) {
    this.#palette = palette;
  }

  /** What to write so that the screen shows these lines from its top; empty where it does already. */
  draw(lines: readonly Line[], size: ScreenSize): string {
    const isNew = size.rows !== this.#size.rows || size.columns !== this.#size.columns;
    const former = isNew ? [] : this.#drawn;
    const rows = Array.from({ length: size.rows }, (_, index) => this.#palette(lines[index] ?? []));
    const changed = rows.flatMap((row, index) =>
      row === (former[index] ?? (isNew ? undefined : '')) ? [] : [`\x1b[${index + 1};1H${row}\x1b[K`],
    );
    this.#drawn = rows;
    this.#size = size;
    return (isNew ? '\x1b[2J' : '') + changed.join('');
  }

  /** The terminal has lost what was drawn: all of it is written the next time. */
  forget(): void {
    this.#drawn = [];
    this.#size = { rows: 0, columns: 0 };
  }
}
