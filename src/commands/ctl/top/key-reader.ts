/** A key that was pressed. */
export type Key =
  | 'up'
  | 'down'
  | 'pageUp'
  | 'pageDown'
  | 'home'
  | 'end'
  | 'enter'
  | 'escape'
  | 'backspace'
  | 'delete'
  | 'left'
  | 'right'
  | 'ctrl-c'
  | 'ctrl-l'
  | 'ctrl-z'
  | { readonly text: string };

/** What terminals send for keys, as far as these are used. @see ECMA-48 and xterm's control sequences */
const sequences: Readonly<Record<string, Key>> = {
  '\x1b[A': 'up',
  '\x1bOA': 'up',
  '\x1b[B': 'down',
  '\x1bOB': 'down',
  '\x1b[C': 'right',
  '\x1bOC': 'right',
  '\x1b[D': 'left',
  '\x1bOD': 'left',
  '\x1b[5~': 'pageUp',
  '\x1b[6~': 'pageDown',
  '\x1b[H': 'home',
  '\x1bOH': 'home',
  '\x1b[1~': 'home',
  '\x1b[F': 'end',
  '\x1bOF': 'end',
  '\x1b[4~': 'end',
  '\x1b[3~': 'delete',
  '\x1b': 'escape',
  '\r': 'enter',
  '\n': 'enter',
  '\x7f': 'backspace',
  '\b': 'backspace',
  '\x03': 'ctrl-c',
  '\x0c': 'ctrl-l',
  '\x1a': 'ctrl-z',
};

const ESCAPE = '\x1b';

/** A control sequence, a function key, or one character. */
const KEY = new RegExp(`${ESCAPE}\\[[0-?]*[ -/]*[@-~]|${ESCAPE}O.|[\\s\\S]`, 'gu');

/** The keys in what a terminal has sent at once; those that nobody needs are left out. */
export function keysIn(sent: string): readonly Key[] {
  return (sent.match(KEY) ?? []).flatMap((part) => {
    const key = sequences[part];
    if (key !== undefined) return [key];
    return /^\p{Cc}/u.test(part) ? [] : [{ text: part }];
  });
}
