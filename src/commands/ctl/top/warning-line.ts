import type { WarningNews } from '../../../service/admin/events/service-event.ts';
import type { ServerEvent } from '../api/server-event-reader.ts';
import type { Warning } from './top-state.ts';

/** The log line that an event is about; undefined where it is about none. */
export function warningOf({ type, data }: ServerEvent): Warning | undefined {
  if (type !== 'warning') return undefined;
  try {
    const { at, text, level } = JSON.parse(data) as Partial<WarningNews>;
    if (typeof at !== 'string' || typeof text !== 'string') return undefined;
    return { at, text, isError: level === 'error' };
  } catch {
    return undefined;
  }
}
