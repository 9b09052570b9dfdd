/** How many columns of a terminal text takes, as far as that can be known without asking it. */

/** Scripts whose characters take two columns, and pictures. */
const WIDE =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\u3000-\u303f\uff01-\uff60\uffe0-\uffe6]/u;

/** What joins the character before it. */
const JOINED = /^\p{M}$/u;

const CUT = '…';

/** The columns that text without control characters takes. */
export function widthOf(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += characterWidth(character);
  return width;
}

/** The text if it fits, else as much of its beginning as does, with `…`. @param width - columns, at least 0 */
export function cutText(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  if (width < 1) return '';
  let kept = '';
  let taken = 1; // the sign that something is missing
  for (const character of text) {
    taken += characterWidth(character);
    if (taken > width) break;
    kept += character;
  }
  return kept + CUT;
}

/** The text in exactly so many columns: cut, or filled with blanks on the other side. */
export function fitText(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const shown = cutText(text, width);
  const blanks = ' '.repeat(Math.max(0, width - widthOf(shown)));
  return align === 'left' ? shown + blanks : blanks + shown;
}

function characterWidth(character: string): number {
  if (JOINED.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}
