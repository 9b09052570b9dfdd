import { printable } from '../../../log.ts';
import { cutText, widthOf } from './text-width.ts';

/** What a piece of text is to the reader; a terminal with colours shows it. */
export type Tone = 'heading' | 'quiet' | 'good' | 'warning' | 'bad' | 'accent' | 'selected';

/** A piece of a line in one tone, with everything escaped that could paint or forge. */
export class Span {
  readonly text: string;
  readonly tone: Tone | undefined;
  readonly width: number;

  constructor(text: string, tone?: Tone) {
    this.text = printable(text, Number.MAX_SAFE_INTEGER);
    this.tone = tone;
    this.width = widthOf(this.text);
  }
}

/** One line for people. */
export type Line = readonly Span[];

/** A line of text, or of pieces with their tones. */
export function line(...pieces: readonly (string | Span | readonly [string, Tone | undefined])[]): Line {
  return pieces.map((piece) => {
    if (piece instanceof Span) return piece;
    return typeof piece === 'string' ? new Span(piece) : new Span(...piece);
  });
}

/** The columns that a line takes. */
export function lineWidth(shown: Line): number {
  return shown.reduce((sum, { width }) => sum + width, 0);
}

/** As much of a line as fits. @param width - columns */
export function cutLine(shown: Line, width: number): Line {
  const kept: Span[] = [];
  let room = width;
  for (const span of shown) {
    if (span.width > room) {
      if (room > 0) kept.push(new Span(cutText(span.text, room), span.tone));
      return kept;
    }
    kept.push(span);
    room -= span.width;
  }
  return kept;
}

/** The lines without their tones. */
export function plainText(lines: readonly Line[]): string[] {
  return lines.map((shown) =>
    shown
      .map(({ text }) => text)
      .join('')
      .trimEnd(),
  );
}
