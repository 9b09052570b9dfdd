import { readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';

/** The version of this package; `unknown` where its package.json is not to be found. */
export const version: string = read();

function read(): string {
  const file = findPackageJSON(import.meta.url);
  return file === undefined
    ? 'unknown'
    : (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
