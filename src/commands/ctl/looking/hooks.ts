import type { ListAnswer } from '../api/admin-client.ts';
import type { CtlCall } from '../ctl-call.ts';
import { count } from '../terminal/figures.ts';
import type { Column } from '../terminal/table.ts';
import { writeList } from './list.ts';

type HookAnswer = Readonly<Record<string, unknown>>;

/** Writes the hooks and how they are doing. */
export async function showHooks(call: CtlCall): Promise<void> {
  const list: ListAnswer<HookAnswer> = await call.client.all('hooks', {}, Number.POSITIVE_INFINITY);
  const names = [...new Set(list.items.flatMap((hook) => Object.keys(hook)))];
  const columns = names.map(
    (name): Column<HookAnswer> => ({ title: name, cell: (hook) => text(hook[name]) }),
  );
  writeList(call, 'hooks', list, columns);
}

function text(value: unknown): string {
  return typeof value === 'number' ? count(value) : String(value ?? '-');
}
