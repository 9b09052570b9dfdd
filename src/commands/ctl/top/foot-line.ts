import { type Line, line, lineWidth, Span } from '../terminal/line.ts';
import { cutText } from '../terminal/text-width.ts';
import type { TopState } from './top-state.ts';

/** The bottom line: a question, what was done, what is wrong, or which keys there are. @param columns - of the screen */
export function footLine(state: TopState, columns: number, nowMs: number): Line {
  const { prompt, notice, link, filter, view } = state;
  switch (prompt.at) {
    case 'filter':
      return line(['Filter: ', 'accent'], `${filter}_  `, ['Enter keeps it, Escape clears it', 'quiet']);
    case 'kick': {
      const answers = keyLine(kickAnswers, columns);
      const room = columns - lineWidth(answers) - 'Kick ?  '.length;
      const name = cutText(new Span(prompt.target.name).text, Math.max(room, 8));
      return [...line([`Kick ${name}?  `, 'bad']), ...answers];
    }
    case 'help':
      return line(['any key goes back', 'quiet']);
    case 'none':
      break;
    default:
      return prompt satisfies never;
  }
  if (notice !== undefined && nowMs < notice.untilMs)
    return line([notice.text, notice.isBad ? 'bad' : 'good']);
  if (link.at === 'away') return line([link.problem, 'bad']);
  return keyLine(view.at === 'streams' ? streamKeys : sessionKeys, columns);
}

/** What the keys do, as it is shown instead of the list. */
export const helpLines: readonly Line[] = [
  line(['Keys', 'heading']),
  ...(
    [
      ['↑ ↓ PgUp PgDn Home End', 'select'],
      ['Enter', 'sessions of the stream'],
      ['Esc', 'clear the filter; go back'],
      ['s S', 'sort by something else'],
      ['/', 'filter by a part of a name'],
      ['k Del', 'kick; asks first'],
      ['Ctrl-L', 'draw everything again'],
      ['Ctrl-Z', 'pause; fg goes on'],
      ['q Ctrl-C', 'quit'],
    ] as const
  ).map(([keys, what]) => line([keys.padEnd(24), 'accent'], what)),
];

type KeyName = readonly [string, string];

const kickAnswers: readonly KeyName[] = [
  ['y', 'yes'],
  ['b', 'and ban for 1 h'],
  ['n', 'no'],
];

const commonKeys: readonly KeyName[] = [
  ['s', 'sort'],
  ['/', 'filter'],
  ['k', 'kick'],
  ['?', 'help'],
  ['q', 'quit'],
];

const streamKeys: readonly KeyName[] = [['↑↓', 'select'], ['Enter', 'sessions'], ...commonKeys];
const sessionKeys: readonly KeyName[] = [['↑↓', 'select'], ['Esc', 'back'], ...commonKeys];

/** Where there is no room for all of them the last ones are shown. */
function keyLine(keys: readonly KeyName[], columns: number): Line {
  const shown = line(
    ...keys.flatMap(([key, what], index) => [
      [index === 0 ? key : `  ${key}`, 'accent'] as const,
      [` ${what}`, 'quiet'] as const,
    ]),
  );
  return lineWidth(shown) <= columns || keys.length < 3 ? shown : keyLine(keys.slice(1), columns);
}
