// Makes of the exports that browsers can use modules that need nothing of Node's: with a Buffer and hashes of their own, and without globals.
// Argument: the build's folder.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const [folder = join(root, 'dist')] = process.argv.slice(2);
const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const names = Object.entries(exports).flatMap(([name, { browser }]) =>
  browser === undefined ? [] : [name.slice(2)],
);

await build({
  entryPoints: names.map((name) => join(folder, 'src', 'library', `${name}.js`)),
  outdir: join(folder, 'browser'),
  bundle: true,
  splitting: true, // a class that several exports have is one
  format: 'esm',
  platform: 'browser',
  target: 'es2022',
  logLevel: 'warning',
  nodePaths: [join(root, 'node_modules')],
  // Node's own would be taken for node:buffer
  alias: {
    'node:crypto': join(root, 'scripts', 'browser', 'node-crypto.mjs'),
    buffer: join(root, 'node_modules', 'buffer', 'index.js'),
  },
  inject: [join(root, 'scripts', 'browser', 'buffer.mjs')],
});
