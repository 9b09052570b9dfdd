import type { ListAnswer, Query } from '../api/admin-client.ts';
import type { CtlCall } from '../ctl-call.ts';
import { type Column, tableLines } from '../terminal/table.ts';

/** What every list can be asked for. */
export interface ListOptions {
  /** Entries at most. */
  readonly limit?: number;
}

/** Writes a list as a table. @param name - what its entries are called */
export function writeList<T>(
  { output, isJson }: CtlCall,
  name: string,
  list: ListAnswer<T>,
  columns: readonly Column<T>[],
  filters: Query = {},
): void {
  const { items, next } = list;
  const isFiltered = Object.values(filters).some((value) => value !== undefined);
  if (isJson) output.json(list);
  else if (items.length === 0) output.note(isFiltered ? `no ${name} match` : `no ${name}`);
  else output.lines(tableLines(columns, items, output.width));
  if (!isJson && next !== null) output.note(`the first ${items.length} ${name}: there are more`);
}
