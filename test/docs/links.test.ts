import { existsSync } from 'node:fs';
import { join, posix } from 'node:path';
import { expect, test } from 'vitest';
import { anchorsOf, readPages, readText, root, withoutCode } from '../support/markdown.ts';

const pages = readPages();

/** Targets of the links of a page, images included. */
function linksIn(text: string): string[] {
  return [...withoutCode(text).matchAll(/\]\(([^()\s]+)\)/g)].map(([, target = '']) => target);
}

test.for(pages.map(({ path, text }) => ({ path, text })))(
  'every link of $path leads somewhere',
  ({ path, text }) => {
    for (const link of linksIn(text)) {
      if (/^https:\/\//.test(link)) continue;
      expect(link, 'a link is relative or https').not.toMatch(/^\w+:/);
      const [file = '', anchor] = link.split('#', 2);
      const target = file === '' ? path : posix.join(posix.dirname(path), file);
      expect(existsSync(join(root, target)), `${link} in ${path}`).toBe(true);
      if (anchor !== undefined) expect(anchorsOf(readText(target)), `${link} in ${path}`).toContain(anchor);
    }
  },
);

test('every page of the docs can be reached from the README', () => {
  const reached = new Set(['README.md']);
  for (const path of reached) {
    for (const link of linksIn(readText(path))) {
      const [file = ''] = link.split('#', 1);
      const target = posix.join(posix.dirname(path), file);
      if (file.endsWith('.md') && !/^\w+:/.test(link)) reached.add(target);
    }
  }
  const docs = pages.map(({ path }) => path).filter((path) => path.startsWith('docs/'));
  expect(docs.filter((path) => !reached.has(path))).toEqual([]);
});

test('the README can be read in one go', () => {
  expect(readText('README.md').trimEnd().split('\n').length).toBeLessThanOrEqual(150);
});
