import type { ServerEvent } from '../api/server-event-reader.ts';
import type { Warning } from './top-state.ts';

/** The log line that an event is about; undefined where it is about none. */
export function warningOf({ type, data }: ServerEvent): Warning | undefined {
  if (type !== 'warning') return undefined;
  try {
    const facts = JSON.parse(data) as Readonly<Record<string, unknown>>;
    const { at, text, msg, what, level } = facts;
    const said = [text, msg, what].find((part) => typeof part === 'string');
    if (typeof at !== 'string' || said === undefined) return undefined;
    return { at, text: said as string, isError: level === 'error' };
  } catch {
    return undefined;
  }
}
