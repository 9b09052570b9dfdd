#!/usr/bin/env node
// The command `streampump`. In syntax that the oldest Node understands, so that it can say that it is too old.
'use strict';

process.on('SIGUSR1', () => {}); // Node's answer would be to open a debugger's port

const { engines } = require('../package.json');

const needed = parseInt(engines.node.replace('>=', ''), 10);
if (parseInt(process.versions.node, 10) >= needed) {
  require('./run.cjs');
} else {
  const fault = `streampump needs Node ${needed} or newer, and this is ${process.version}`;
  const advice =
    'get a newer one from https://nodejs.org, or in a clone run npm start, which brings one along';
  console.error(`${fault}: ${advice}.`);
  process.exitCode = 2;
}
