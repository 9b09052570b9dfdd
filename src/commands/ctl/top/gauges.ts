import type { LoadStatus } from '../../../service/admin/relay-status.ts';
import { limitText, loadName, loadText, loadTone } from '../looking/relay.ts';
import { type Line, lineWidth, Span } from '../terminal/line.ts';
import { fitText, widthOf } from '../terminal/text-width.ts';

/** One figure takes at least so many columns, and more than so many stand side by side nowhere. */
const GAUGE_COLUMNS = 38;
const MAX_PER_ROW = 3;

const GAP = 2;
/** Of a figure: its name, what it is now, its limit behind a stroke. */
const NAME = 12;
const NOW = 11;
const LIMIT = 15;

/** A shorter bar says nothing. */
const MIN_BAR = 6;
const MAX_BAR = 20;

/** How many rows all figures take. @param columns - of the screen */
export function gaugeRows(load: readonly LoadStatus[], columns: number): number {
  return Math.ceil(load.length / perRow(columns));
}

/** Figures against their limits, side by side; where not all have room, those near their limits come first. */
export function gaugeLines(load: readonly LoadStatus[], rows: number, columns: number): readonly Line[] {
  const beside = perRow(columns);
  const urgent = load.filter((figure) => loadTone(figure) !== undefined);
  const isAll = load.length <= beside * rows;
  const shown = isAll ? load : [...urgent, ...load.filter((figure) => !urgent.includes(figure))];
  const width = Math.floor((columns - GAP * (beside - 1)) / beside);
  return Array.from({ length: rows }, (_, row) =>
    shown
      .slice(row * beside, (row + 1) * beside)
      .flatMap((figure, index) =>
        index === 0 ? gauge(figure, width) : [new Span(' '.repeat(GAP)), ...gauge(figure, width)],
      ),
  );
}

function perRow(columns: number): number {
  return Math.max(1, Math.min(MAX_PER_ROW, Math.floor((columns + GAP) / (GAUGE_COLUMNS + GAP))));
}

/** `sessions  204 / 65,280  ━─────────`. */
function gauge(figure: LoadStatus, width: number): Line {
  const { now, limit } = figure;
  const tone = loadTone(figure);
  const most = limit === null ? '' : ` / ${limitText(figure)}`;
  const pieces = [
    new Span(fitText(loadName(figure), NAME), 'quiet'),
    new Span(fitText(loadText(figure, now), NOW, 'right') + most, tone),
  ];
  const bar = Math.min(MAX_BAR, width - NAME - NOW - LIMIT);
  if (limit !== null && limit > 0 && bar >= MIN_BAR) {
    const full = Math.min(bar, Math.round((bar * now) / limit));
    pieces.push(new Span(' '.repeat(Math.max(1, LIMIT - widthOf(most)))));
    pieces.push(new Span('━'.repeat(full), tone ?? 'good'), new Span('─'.repeat(bar - full), 'quiet'));
  }
  const blanks = width - lineWidth(pieces);
  return blanks > 0 ? [...pieces, new Span(' '.repeat(blanks))] : pieces;
}
