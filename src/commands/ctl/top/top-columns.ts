import type { SessionStatus, StreamStatus } from '../../../service/admin/relay-status.ts';
import { sessionColumns } from '../looking/sessions.ts';
import { streamColumns } from '../looking/streams.ts';
import type { Column } from '../terminal/table.ts';
import type { SessionOrder, StreamOrder } from './top-state.ts';

/** Widths that hold what usually comes, so that nothing moves when figures change. */
const widths: Readonly<Record<string, number>> = {
  STATE: 8,
  PLAYERS: 8,
  WAITING: 8,
  LAGGING: 8,
  IN: 11,
  OUT: 11,
  KEYFRAMES: 9,
  FPS: 4,
  FOR: 7,
  CODECS: 11,
  SOURCE: 28,
  ID: 8,
  ROLE: 9,
  ADDRESS: 17,
  PROTOCOL: 8,
  IDENTITY: 12,
  BACKLOG: 9,
  DROPPED: 8,
  CLIENT: 24,
};

const sortedBy: Readonly<Record<StreamOrder | SessionOrder, string>> = {
  players: 'PLAYERS',
  out: 'OUT',
  in: 'IN',
  lagging: 'LAGGING',
  name: 'STREAM',
  backlog: 'BACKLOG',
  age: 'FOR',
  address: 'ADDRESS',
};

/** A table of streams that keeps its shape. */
export function topStreamColumns(nowMs: number, order: StreamOrder): readonly Column<StreamStatus>[] {
  return streamColumns(nowMs).map((column) => {
    if (column.title === 'STREAM') return { ...marked(column, order), width: 22, least: 12, grows: true };
    return { ...marked(column, order), spare: spareOf(column, ['PLAYERS', 'OUT', 'IN', 'STATE']) };
  });
}

/** A table of the sessions of a stream that keeps its shape. */
export function topSessionColumns(nowMs: number, order: SessionOrder): readonly Column<SessionStatus>[] {
  return sessionColumns(nowMs)
    .filter(({ title }) => title !== 'STREAM')
    .map((column) => {
      const shown = marked(column, order);
      const spare = spareOf(column, ['ADDRESS', 'OUT', 'ROLE']);
      return column.title === 'ADDRESS' ? { ...shown, least: 12, grows: true } : { ...shown, spare };
    });
}

/** The column with a sign where the table is sorted by it. */
function marked<T>(column: Column<T>, order: StreamOrder | SessionOrder): Column<T> {
  const { title } = column;
  const width = widths[title] ?? title.length;
  return { ...column, title: title === sortedBy[order] ? `${title}↓` : title, width };
}

/** On a very small screen only the first column stays, and what is named here goes last, the first one at the very end. */
function spareOf(
  { title, spare = 0 }: Pick<Column<unknown>, 'title' | 'spare'>,
  last: readonly string[],
): number {
  const rank = last.indexOf(title);
  return rank < 0 ? spare + last.length : rank;
}
