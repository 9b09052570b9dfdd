import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where test files share the installed package; empty until one of them installs it. */
    packageFolder: string;
  }
}

/** Makes the folder for a run of the tests, and removes it afterwards. */
export function setup({ provide }: TestProject): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'streampump-package-'));
  provide('packageFolder', folder);
  return () => rmSync(folder, { recursive: true, force: true });
}
