// Runs what was built from the sources: in the package always, in a clone if it is there and no source is newer; else the
// sources. Apart from the launcher, because a Node that is too old cannot even read a file with import() in it.
'use strict';

const { existsSync, readdirSync, statSync } = require('node:fs');
const { join } = require('node:path');

const root = join(__dirname, '..');

/** Whether something in a folder was changed after that moment. */
function isNewer(folder, moment) {
  return readdirSync(folder, { withFileTypes: true }).some((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? isNewer(path, moment) : statSync(path).mtimeMs > moment;
  });
}

function hasFreshBuild() {
  const built = join(root, 'dist', 'src', 'cli.js');
  if (!existsSync(built)) return false;
  const { mtimeMs } = statSync(built);
  return ['src', 'load-tester'].every((folder) => !isNewer(join(root, folder), mtimeMs));
}

const isClone = existsSync(join(root, 'src', 'cli.ts'));
void import(isClone && !hasFreshBuild() ? '../src/cli.ts' : '../dist/src/cli.js');
