import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const fileOf = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

test('every row of what players see of faults names tests that are there', async () => {
  const text = await readFile(fileOf('docs/chains.md'), 'utf8');
  const [, section = ''] = text.split('## What players see of faults');
  const rows = section.split('\n## ', 1)[0]?.match(/^\| (?!what happens|---).*\|$/gm) ?? [];
  expect(rows.length).toBeGreaterThan(10);
  const named = rows.map((row) =>
    [...(row.split(' | ').at(-1) ?? '').matchAll(/`([\w/-]+)`/g)].map(([, name]) => name),
  );
  expect(named.filter((tests) => tests.length === 0)).toEqual([]);
  expect(named.flat().filter((name) => !existsSync(fileOf(`test/${name}.test.ts`)))).toEqual([]);
});
