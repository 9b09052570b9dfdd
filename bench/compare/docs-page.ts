/** Puts text between two marks of a page. @throws Error where the page does not have both, one after the other */
export function fillMarks(page: string, mark: string, text: string): string {
  const [open, close] = [`<!-- ${mark} -->`, `<!-- /${mark} -->`];
  const [from, to] = [page.indexOf(open), page.indexOf(close)];
  if (from < 0 || to < from) throw new Error(`the page does not have ${open} and then ${close}`);
  return `${page.slice(0, from + open.length)}\n${text.trimEnd()}\n${page.slice(to)}`;
}
