// Puts what browsers are given, which needs no compiler, where the built relay looks for it. Argument: the build's folder.
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const [build = join(root, 'dist')] = process.argv.slice(2);
cpSync(join(root, 'src', 'pages'), join(build, 'src', 'pages'), {
  recursive: true,
  filter: (path) => !/\.(?:json|d\.ts)$/.test(path),
});
