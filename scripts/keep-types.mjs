// Leaves of the declarations in the build those that an export of the package leads to, and has them name each other as they are called there.
// Argument: the build's folder.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const [build = join(root, 'dist')] = process.argv.slice(2);

/** Where a declaration file names another one of this package: the quote, and its path without the extension. */
const imports = /(\bfrom |\bimport\()'(\.[^']*)\.ts'/g;

const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const entries = Object.values(exports).flatMap(({ types }) => (types === undefined ? [] : [types]));
const kept = new Set();
for (const entry of entries) keep(join(build, entry.replace(/^\.\/dist\//, '')));

for (const path of readdirSync(build, { recursive: true })) {
  const file = join(build, path);
  if (file.endsWith('.d.ts') && !kept.has(file)) rmSync(file);
}

function keep(file) {
  if (kept.has(file)) return;
  kept.add(file);
  const text = readFileSync(file, 'utf8');
  for (const [, , path] of text.matchAll(imports)) keep(join(dirname(file), `${path}.d.ts`));
  // TypeScript puts .js into what it compiles, but not into declarations
  writeFileSync(file, text.replace(imports, "$1'$2.js'"));
}
