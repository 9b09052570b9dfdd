import type { Line, Tone } from './line.ts';

/** Escape sequences before and after a piece, ECMA-48 8.3.117. */
const codes: Readonly<Record<Tone, readonly [number, number]>> = {
  heading: [1, 22],
  quiet: [2, 22],
  good: [32, 39],
  warning: [33, 39],
  bad: [31, 39],
  accent: [36, 39],
  selected: [7, 27],
};

/** Turns lines into what is written. */
export type Palette = (line: Line) => string;

/** For terminals with colours. */
export const colourful: Palette = (line) =>
  line
    .map(({ text, tone }) => {
      if (tone === undefined || text === '') return text;
      const [before, after] = codes[tone];
      return `\x1b[${before}m${text}\x1b[${after}m`;
    })
    .join('');

/** For everything else. */
export const plain: Palette = (line) =>
  line
    .map(({ text }) => text)
    .join('')
    .trimEnd();
