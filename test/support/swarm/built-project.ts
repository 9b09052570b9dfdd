/**
 * The project as users get it, built: what compiles the sources as they are loaded would take 30 MB that no user's relay takes, a third
 * of what a relay under watch may take for itself.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inject } from 'vitest';
import type { TestProject } from 'vitest/node';
import { root } from '../markdown.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The folder that this project was built in. */
    builtProject: string;
  }
}

/** The command `streampump` as it was built. */
export const builtCli = (): string => join(inject('builtProject'), 'dist', 'src', 'cli.js');

/** The watch over a relay's turns, to be preloaded. */
export const builtWatch = (): string => join(inject('builtProject'), 'relay-watch.js');

/** Builds it for a run of the tests; removes it afterwards. */
export function setup({ provide }: TestProject): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'streampump-built-'));
  const dist = join(folder, 'dist');
  const node = (...args: readonly string[]) => execFileSync(process.execPath, args, { cwd: root });
  node(join('node_modules', 'typescript', 'bin', 'tsc'), '-p', 'tsconfig.build.json', '--outDir', dist);
  node(join('scripts', 'copy-pages.mjs'), dist);
  cpSync(join(root, 'package.json'), join(folder, 'package.json'));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  const watch = readFileSync(fileURLToPath(new URL('relay-watch.ts', import.meta.url)), 'utf8');
  writeFileSync(join(folder, 'relay-watch.js'), stripTypeScriptTypes(watch));
  provide('builtProject', folder);
  return () => rmSync(folder, { recursive: true, force: true });
}
