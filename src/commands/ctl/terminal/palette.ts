import type { Line, Tone } from './line.ts';

/** Turns lines into what is written. */
export type Palette = (line: Line) => string;

/** Escape sequences before and after a piece, ECMA-48 8.3.117: those that are no colours, and those that are. */
const emphases: Readonly<Partial<Record<Tone, readonly [number, number]>>> = {
  heading: [1, 22],
  quiet: [2, 22],
  selected: [7, 27],
};
const colours: typeof emphases = {
  good: [32, 39],
  warning: [33, 39],
  bad: [31, 39],
  accent: [36, 39],
};

/** For terminals with colours. */
export const colourful: Palette = painted({ ...emphases, ...colours });

/** For a screen without colours, on which it has to be seen all the same what is selected. */
export const monochrome: Palette = painted(emphases);

/** For everything else. */
export const plain: Palette = (line) => painted({})(line).trimEnd();

function painted(codes: typeof emphases): Palette {
  return (line) =>
    line
      .map(({ text, tone }) => {
        const code = tone === undefined || text === '' ? undefined : codes[tone];
        return code === undefined ? text : `\x1b[${code[0]}m${text}\x1b[${code[1]}m`;
      })
      .join('');
}
