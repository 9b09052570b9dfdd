import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** `jsonc-parser`, loaded for the first text: who has no config file does without. */
export function jsoncLibrary(): typeof import('jsonc-parser') {
  return require('jsonc-parser');
}
