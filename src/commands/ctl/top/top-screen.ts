import { readinessTone, workersText } from '../looking/relay.ts';
import { bitRate, briefTime, clockTime, count, span } from '../terminal/figures.ts';
import { cutLine, type Line, line, lineWidth, Span } from '../terminal/line.ts';
import { type Column, tableLines } from '../terminal/table.ts';
import { fitText } from '../terminal/text-width.ts';
import { footLine, helpLines } from './foot-line.ts';
import { gaugeLines, gaugeRows } from './gauges.ts';
import { topSessionColumns, topStreamColumns } from './top-columns.ts';
import { type ScreenSize, shownSessions, shownStreams, type TopState } from './top-state.ts';

/** How the rows of a screen are shared. */
export interface Layout {
  readonly loadRows: number;
  /** Without the heading of the table. */
  readonly listRows: number;
  /** Without their heading; 0 where there is no room for either. */
  readonly warningRows: number;
  /** Between the parts. */
  readonly blankRows: 0 | 1;
}

/** Title, caption, heading of the table and bottom line. */
const FIXED_ROWS = 4;

/** A smaller screen has no blank rows, and a still smaller one no warnings. */
const AIRY_ROWS = 28;
const ROWS_WITH_WARNINGS = 14;

/** How the rows of a screen are shared. */
export function layoutOf({ relay }: TopState, { rows, columns }: ScreenSize): Layout {
  const loadRows = Math.min(gaugeRows(relay.load, columns), Math.max(1, Math.floor((rows - 6) / 4)));
  const warningRows = rows < ROWS_WITH_WARNINGS ? 0 : Math.min(8, Math.floor(rows / 7));
  const blankRows = rows < AIRY_ROWS ? 0 : 1;
  const taken = FIXED_ROWS + loadRows + (warningRows === 0 ? 0 : warningRows + 1) + 3 * blankRows;
  return { loadRows, warningRows, blankRows, listRows: Math.max(1, rows - taken) };
}

/** What `top` shows: a line for each row of the screen, none wider than it. */
export function topScreen(state: TopState, size: ScreenSize, nowMs: number): readonly Line[] {
  const layout = layoutOf(state, size);
  const { columns, rows } = size;
  const blank = filled([], layout.blankRows);
  const main = state.prompt.at === 'help' ? helpLines : listLines(state, layout, columns, nowMs);
  const above = [
    titleLine(state, columns, nowMs),
    ...blank,
    ...gaugeLines(state.relay.load, layout.loadRows, columns),
    ...blank,
    captionLine(state),
    ...filled(main, layout.listRows + 1),
    ...blank,
    ...warningLines(state, layout.warningRows, nowMs),
  ];
  const lines = [...filled(above, rows - 1), footLine(state, columns, nowMs)];
  return lines.map((shown) => cutLine(shown, columns));
}

function titleLine({ relay, link }: TopState, columns: number, nowMs: number): Line {
  const { name, readiness, uptimeSeconds, workers, version } = relay;
  const left = line(
    [name, 'heading'],
    '  ',
    link.at === 'away'
      ? [`away for ${span((nowMs - link.sinceMs) / 1000)}`, 'bad']
      : [readiness, readinessTone(readiness)],
    [`  up ${span(uptimeSeconds)}  ${workersText(workers)}  streampump ${version}`, 'quiet'],
  );
  const time = clockTime(new Date(nowMs).toISOString(), nowMs);
  const blanks = columns - lineWidth(left) - time.length;
  return blanks < 2 ? left : [...left, new Span(' '.repeat(blanks)), new Span(time, 'quiet')];
}

function captionLine(state: TopState): Line {
  const { view, streams, sessions, filter, streamOrder, sessionOrder } = state;
  const number = (all: number, isCut: boolean, shown: number): string =>
    `${isCut ? 'the first ' : ''}${count(all)}${filter === '' ? '' : `, ${count(shown)} with "${filter}"`}`;
  if (view.at === 'streams') {
    const counted = number(streams.items.length, streams.isCut, shownStreams(state).length);
    return line(['Streams', 'heading'], ` ${counted}`, [`, by ${streamOrder}`, 'quiet']);
  }
  const stream = streams.items.find((candidate) => candidate.stream === view.stream);
  const facts =
    stream === undefined
      ? 'not there any more'
      : `${stream.state}, in ${bitRate(stream.receivedBitsPerSecond)}, keyframes ${briefTime(stream.keyframeIntervalSeconds)}`;
  const counted =
    sessions === undefined
      ? ''
      : ` ${number(sessions.items.length, sessions.isCut, shownSessions(state).length)}`;
  return line([view.stream, 'heading'], [`  ${facts}  `, 'quiet'], ['Sessions', 'heading'], counted, [
    `, by ${sessionOrder}`,
    'quiet',
  ]);
}

function listLines(state: TopState, { listRows }: Layout, columns: number, nowMs: number): readonly Line[] {
  const { view, selected, link } = state;
  const part = <T>(all: readonly T[]): { readonly first: number; readonly entries: readonly T[] } => {
    const first = Math.max(0, Math.min(selected.index - Math.floor(listRows / 2), all.length - listRows));
    return { first, entries: all.slice(first, first + listRows) };
  };
  const [first, [heading = [], ...rows]] =
    view.at === 'streams'
      ? tableOf(part(shownStreams(state)), topStreamColumns(nowMs, state.streamOrder), columns)
      : tableOf(part(shownSessions(state)), topSessionColumns(nowMs, state.sessionOrder), columns);
  if (rows.length === 0) return [heading, line([emptyText(state), 'quiet'])];
  return [
    heading,
    ...rows.map((row, index) => {
      if (first + index === selected.index) return inTone(row, 'selected', columns);
      return link.at === 'away' ? inTone(row, 'quiet', columns) : row;
    }),
  ];
}

/** @returns the place of the first row in the whole list, and the table */
function tableOf<T>(
  { first, entries }: { readonly first: number; readonly entries: readonly T[] },
  shown: readonly Column<T>[],
  columns: number,
): readonly [number, readonly Line[]] {
  return [first, tableLines(shown, entries, columns)];
}

function emptyText({ view, filter, sessions }: TopState): string {
  if (filter !== '') return 'nothing matches';
  if (view.at === 'streams') return 'no streams';
  return sessions === undefined ? 'asking...' : 'no sessions';
}

/** A whole row of the screen in one tone. */
function inTone(row: Line, tone: 'selected' | 'quiet', columns: number): Line {
  const text = row.map((span) => span.text).join('');
  return [new Span(fitText(text, columns), tone)];
}

function warningLines({ warnings }: TopState, rows: number, nowMs: number): readonly Line[] {
  if (rows === 0) return [];
  const latest = warnings
    .slice(-rows)
    .map(({ at, text, isError }) =>
      line([`${clockTime(at, nowMs)} `, 'quiet'], [text, isError ? 'bad' : 'warning']),
    );
  const shown = latest.length === 0 ? [line(['none', 'quiet'])] : latest;
  return [line(['Latest warnings', 'heading']), ...filled(shown, rows)];
}

/** Exactly so many lines. */
function filled(lines: readonly Line[], rows: number): readonly Line[] {
  return Array.from({ length: rows }, (_, index) => lines[index] ?? []);
}
