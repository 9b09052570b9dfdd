import { cutText, widthOf } from './text-width.ts';

/** Text on as many lines as it takes, broken between words. @param width - columns; a longer word is cut */
export function wrapText(text: string, width: number): readonly string[] {
  const room = Math.max(width, 1);
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const former = lines.at(-1);
    const longer = former === undefined ? word : `${former} ${word}`;
    if (former !== undefined && widthOf(longer) <= room) lines[lines.length - 1] = longer;
    else lines.push(cutText(word, room));
  }
  return lines;
}
