#!/usr/bin/env node
import { collectForLoad } from './garbage.ts';
import { optimize } from './quick-start.ts';

// Node's answer would be to open a debugger's port.
process.on('SIGUSR1', () => {});

// Not with an import of its own: all that is imported so is read before anything runs, and V8's young generation grows with it.
await import('./commands.ts');
optimize();
collectForLoad();
