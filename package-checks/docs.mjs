// Makes the documentation of what the package exports, of the comments in its types. Any fault fails it: an export without words, a link that
// leads nowhere, a type that an export needs and nobody exports.
// Arguments: the folder of a built package, where the pages go.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Application, TSConfigReader, TypeDocReader } from 'typedoc';

const own = fileURLToPath(new URL('.', import.meta.url));
const [folder = '..', pages = join(own, 'pages')] = process.argv.slice(2);
const projectFolder = resolve(folder);
const { exports } = JSON.parse(readFileSync(join(projectFolder, 'package.json'), 'utf8'));
const entryPoints = Object.values(exports).flatMap(({ types }) =>
  types === undefined ? [] : [join(projectFolder, types)],
);

const scratch = mkdtempSync(join(tmpdir(), 'streampump-typedoc-'));
try {
  const tsconfig = join(scratch, 'tsconfig.json');
  const { compilerOptions } = JSON.parse(readFileSync(join(own, 'tsconfig.json'), 'utf8'));
  const typeRoots = compilerOptions.typeRoots.map((path) => resolve(own, path));
  writeFileSync(
    tsconfig,
    JSON.stringify({ compilerOptions: { ...compilerOptions, typeRoots }, files: entryPoints }),
  );
  const readers = [new TypeDocReader(), new TSConfigReader()];
  const app = await Application.bootstrap({ options: own, tsconfig, entryPoints }, readers);
  const project = await app.convert();
  if (project !== undefined) app.validate(project);
  if (project === undefined || app.logger.hasErrors() || app.logger.hasWarnings()) process.exitCode = 1;
  else await app.generateDocs(project, resolve(pages));
  if (app.logger.hasErrors() || app.logger.hasWarnings()) process.exitCode = 1;
} finally {
  rmSync(scratch, { recursive: true });
}
