// Runs the sources where there are any, in a clone, else what was built from them, in the package. Apart from the
// launcher, because a Node that is too old cannot even read a file with import() in it.
'use strict';

const { existsSync } = require('node:fs');
const { join } = require('node:path');

const isClone = existsSync(join(__dirname, '..', 'src', 'cli.ts'));
void import(isClone ? '../src/cli.ts' : '../dist/src/cli.js');
