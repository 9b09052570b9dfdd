import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of the repository. */
export const root: string = fileURLToPath(new URL('../..', import.meta.url));

/** One page of the documentation. */
export interface Page {
  /** From the root of the repository, with `/`. */
  readonly path: string;
  readonly text: string;
}

/** A block of code with what stands behind its opening fence, such as `json` or `json answer`. */
export interface CodeBlock {
  readonly info: string;
  readonly text: string;
}

/** Every page that a reader may come across. */
export function readPages(): readonly Page[] {
  const folders = ['.', 'docs', 'test/fixtures', 'bench', 'load-tester'];
  return folders
    .flatMap((folder) => markdownIn(folder).map((name) => posix.join(folder, name)))
    .map((path) => ({ path, text: readText(path) }));
}

/** The text of a file of the repository. */
export function readText(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

function markdownIn(folder: string): string[] {
  try {
    return readdirSync(join(root, folder)).filter((name) => name.endsWith('.md'));
  } catch {
    return []; // not every folder is there
  }
}

/** The fenced blocks of a page. */
export function codeBlocks(text: string): readonly CodeBlock[] {
  const blocks = text.matchAll(/^```(.*)\n([\s\S]*?)^```$/gm);
  return [...blocks].map(([, info = '', block = '']) => ({ info: info.trim(), text: block }));
}

/** The text of a page without its fenced blocks. */
export function withoutCode(text: string): string {
  return text.replace(/^```.*\n[\s\S]*?^```$/gm, '');
}

/** The rows of the table whose first column has this heading, each as its cells; none where there is no such table. */
export function tableRows(text: string, heading: string): readonly (readonly string[])[] {
  const lines = text.split('\n');
  const start = lines.findIndex((line) => line.startsWith(`| ${heading} |`));
  if (start < 0) return [];
  const rows = lines.slice(start + 2);
  const end = rows.findIndex((line) => !line.startsWith('|'));
  return rows.slice(0, end < 0 ? undefined : end).map(cellsOf);
}

function cellsOf(row: string): readonly string[] {
  const cells = row.split('|').slice(1, -1);
  return cells.map((cell) => cell.trim());
}

/** What stands in the first backquotes of a cell. */
export function quoted(cell = ''): string | undefined {
  return /`([^`]*)`/.exec(cell)?.[1];
}

/** The names by which the headings of a page can be linked to. */
export function anchorsOf(text: string): ReadonlySet<string> {
  const headings = withoutCode(text).matchAll(/^#+ (.+)$/gm);
  return new Set([...headings].map(([, heading = '']) => anchorOf(heading)));
}

function anchorOf(heading: string): string {
  const plain = heading.replace(/`/g, '').toLowerCase();
  return plain.replace(/[^\p{L}\p{N} _-]/gu, '').replaceAll(' ', '-');
}
