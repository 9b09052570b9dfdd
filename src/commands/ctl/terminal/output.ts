import type { WriteStream } from 'node:tty';
import { printable } from '../../../log.ts';
import type { Line } from './line.ts';
import { colourful, plain } from './palette.ts';

/** Where a command writes what it was asked for. */
export interface Output {
  /** Columns of the terminal; Infinity where it is none, so that nothing is cut for a program. */
  readonly width: number;
  readonly isTerminal: boolean;
  /** Aborted when nobody reads any more. */
  readonly closed: AbortSignal;
  /** For people. */
  lines(lines: readonly Line[]): void;
  /** For people beside that, on standard error. */
  note(text: string): void;
  /** The line in the place of the last one that was written so; on its own where there is no terminal. */
  progress(line: Line): void;
  /** For programs: the value as JSON, on lines of its own on a terminal. */
  json(value: unknown): void;
}

/** Of a terminal that does not say how wide it is. */
const DEFAULT_WIDTH = 80;

/** An output to a stream, which may be a terminal. */
export function openOutput(stream: WriteStream): Output {
  const isTerminal = stream.isTTY === true;
  const palette = isTerminal && stream.hasColors() ? colourful : plain; // with NO_COLOR a terminal has none
  const closed = new AbortController();
  stream.on('error', () => closed.abort()); // such as `| head`, which has what it wants
  let isInProgress = false;
  const end = (): string => {
    if (!isInProgress) return '';
    isInProgress = false;
    return '\n';
  };
  return {
    width: isTerminal ? stream.columns || DEFAULT_WIDTH : Number.POSITIVE_INFINITY,
    isTerminal,
    closed: closed.signal,
    lines: (lines) => stream.write(end() + lines.map((line) => `${palette(line)}\n`).join('')),
    note: (text) => {
      stream.write(end());
      console.error(printable(text));
    },
    progress: (line) => {
      stream.write(isTerminal ? `\r${palette(line)}\x1b[K` : `${palette(line)}\n`);
      isInProgress = isTerminal;
    },
    json: (value) => stream.write(`${end()}${safeJson(value, isTerminal)}\n`),
  };
}

/** JSON in which nothing can paint a terminal. */
export function safeJson(value: unknown, isIndented: boolean): string {
  return JSON.stringify(value, null, isIndented ? 2 : 0).replace(
    /[\p{Cf}\p{Zl}\p{Zp}\u007f-\u009f]/gu,
    (character) => character.split('').map(escaped).join(''),
  );
}

function escaped(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
