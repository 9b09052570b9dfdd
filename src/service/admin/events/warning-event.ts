import { type LoggedWarning, sentenceOf } from '../../../log.ts';
import type { RelayEvent } from './relay-event.ts';

/** What those hear of a line in the log who follow events. */
export function warningEvent({ at, line }: LoggedWarning): RelayEvent {
  const { kind, event: what, fields } = line;
  const level = kind === 'error' ? 'error' : 'warn';
  return {
    type: 'warning',
    data: { at: new Date(at).toISOString(), what, level, text: sentenceOf(line), fields },
  };
}
