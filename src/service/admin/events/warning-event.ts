import { type LoggedWarning, sentenceOf } from '../../../log.ts';
import type { WarningNews } from './service-event.ts';

/** What those hear of a line in the log who follow events. */
export function warningEvent({ at, line }: LoggedWarning): {
  readonly type: 'warning';
  readonly data: WarningNews;
} {
  const { kind, event: what, fields } = line;
  const level = kind === 'error' ? 'error' : 'warn';
  return {
    type: 'warning',
    data: { at: new Date(at).toISOString(), what, level, text: sentenceOf(line), fields },
  };
}
