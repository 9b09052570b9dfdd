import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { expect, test } from 'vitest';
import { relayPage } from '../../src/service/admin/status-page.ts';
import { housePage } from '../../src/service/house/house-page.ts';
import { watchAssets } from '../../src/service/pages/page-assets.ts';

const folder = new URL('../../src/pages/', import.meta.url);
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
  /\.(?:html|css|js|svg)$/.test(name),
);

test.each([
  {
    pages: 'of the watch page',
    assets: watchAssets,
    own: files.filter((name) => !name.includes('/') || name.startsWith('players/')),
  },
  {
    pages: 'of the status page',
    assets: relayPage.assets,
    own: files.filter((name) => name.startsWith('status/')),
  },
  {
    pages: 'of the status page of a house',
    assets: housePage.assets,
    own: files.filter((name) => name.startsWith('house/')),
  },
])('every file $pages is served, and every file that it names is there', async ({ assets, own }) => {
  expect(own.filter((name) => !assets.has(name))).toEqual([]);
  const named = own.flatMap((name) => {
    const text = readFileSync(new URL(name, folder), 'utf8');
    return [...text.matchAll(/"\/assets\/([^"]+)"|(?:^(?:import .*|\} )from |import\()'(\.[^']+)'/gm)].map(
      ([, asset, module = '']) => asset ?? posix.join(posix.dirname(name), module),
    );
  });
  expect(named.length).toBeGreaterThan(10);
  for (const name of named) {
    if (!assets.has(name)) throw new Error(`${name} is named, but not served`);
    expect((await assets.get(name)).plain.bytes.length).toBeGreaterThan(0);
  }
});
