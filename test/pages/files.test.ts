import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { isPageAsset, pageAsset } from '../../src/service/relay/pages/page-assets.ts';

const folder = new URL('../../src/pages/', import.meta.url);
const files = readdirSync(folder).filter((name) => /\.(?:html|css|js|svg)$/.test(name));

test('every file of the pages is served, and every file that they name is there', async () => {
  expect(files.filter((name) => !isPageAsset(name))).toEqual([]);
  const named = files.flatMap((name) => {
    const text = readFileSync(new URL(name, folder), 'utf8');
    return [...text.matchAll(/"\/assets\/([^"]+)"|from '\.\/([^']+)'/g)].map(
      ([, asset, module]) => asset ?? module ?? '',
    );
  });
  expect(named.length).toBeGreaterThan(10);
  for (const name of named) {
    if (!isPageAsset(name)) throw new Error(`${name} is named, but not served`);
    expect((await pageAsset(name)).plain.bytes.length).toBeGreaterThan(0);
  }
});
