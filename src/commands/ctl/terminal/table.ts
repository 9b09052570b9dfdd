import { type Line, Span, type Tone } from './line.ts';
import { fitText, widthOf } from './text-width.ts';

/** What stands in a table for one row: text, or text in a tone. */
export type Cell = string | readonly [string, Tone | undefined];

/** A column of a table. */
export interface Column<T> {
  readonly title: string;
  readonly cell: (row: T) => Cell;
  /** Numbers stand on the right. */
  readonly align?: 'left' | 'right';
  /** So wide, whatever stands in it: a table that is drawn again and again keeps its shape. */
  readonly width?: number;
  /** Takes the room that is left. */
  readonly grows?: boolean;
  /** Where there is too little room its text may be cut to so many columns of the terminal. */
  readonly least?: number;
  /** Where that does not help, the column with the highest is left out; one without stays. */
  readonly spare?: number;
}

const GAP = '  ';

/** The heading and the rows of a table. @param width - columns of the terminal; Infinity where that does not matter */
export function tableLines<T>(
  columns: readonly Column<T>[],
  rows: readonly T[],
  width: number,
): readonly Line[] {
  const texts = columns.map((column) => ({ column, spans: rows.map((row) => spanOf(column.cell(row))) }));
  const fitting = fitColumns(
    texts.map(({ column, spans }) => {
      const longest = spans.reduce((most, span) => Math.max(most, span.width), 0);
      const natural = Math.max(widthOf(column.title), column.width ?? longest);
      return { column, spans, natural, width: natural };
    }),
    width,
  );
  const heading = fitting.map(({ column, width }) => [column.title, width, column.align, 'quiet'] as const);
  const body = rows.map((_, index) =>
    fitting.map(({ column, width, spans }) => {
      const { text = '', tone } = spans[index] ?? {};
      return [text, width, column.align, tone] as const;
    }),
  );
  return [heading, ...body].map((cells) =>
    cells.flatMap(([text, width, align, tone], index) => {
      const span = new Span(fitText(text, width, align), tone);
      return index === 0 ? [span] : [new Span(GAP), span];
    }),
  );
}

function spanOf(cell: Cell): Span {
  return typeof cell === 'string' ? new Span(cell) : new Span(...cell);
}

interface Sized<T> {
  readonly column: Column<T>;
  readonly spans: readonly Span[];
  /** What its longest text takes. */
  readonly natural: number;
  readonly width: number;
}

/** Leaves out what there is no room for, then cuts what may be cut, the widest first. */
function fitColumns<T>(all: readonly Sized<T>[], width: number): readonly Sized<T>[] {
  let columns = all;
  const leastOf = ({ column, natural }: Sized<T>): number => Math.min(natural, column.least ?? natural);
  const gaps = (): number => GAP.length * Math.max(0, columns.length - 1);
  while (columns.reduce((sum, sized) => sum + leastOf(sized), gaps()) > width) {
    const rank = Math.max(...columns.map(({ column }) => column.spare ?? 0));
    if (rank <= 0) break;
    columns = columns.filter(({ column }) => column.spare !== rank);
  }
  let excess = columns.reduce((sum, { natural }) => sum + natural, gaps()) - width;
  const widths = columns.map(({ natural }) => natural);
  while (excess > 0) {
    const slack = columns.map((sized, index) => (widths[index] ?? 0) - leastOf(sized));
    const widest = slack.indexOf(Math.max(...slack));
    if ((slack[widest] ?? 0) <= 0) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
    excess--;
  }
  const growing = columns.findIndex(({ column }) => column.grows === true);
  if (growing >= 0 && excess < 0 && width !== Number.POSITIVE_INFINITY)
    widths[growing] = (widths[growing] ?? 0) - excess;
  return columns.map((sized, index) => ({ ...sized, width: widths[index] ?? sized.natural }));
}
