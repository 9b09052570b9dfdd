/** Copies of this project and of what it depends on, for tests that install it. */
import { cp, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { readText, root } from './markdown.ts';

/** A folder that goes with its scope. */
export interface TemporaryFolder extends AsyncDisposable {
  readonly path: string;
}

/** Makes an empty folder. */
export async function temporaryFolder(): Promise<TemporaryFolder> {
  const path = await mkdtemp(join(tmpdir(), 'streampump-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** Copies the files of this project to a folder; what is installed is not copied but linked to. */
export async function copyProject(to: string): Promise<void> {
  const unwanted = new Set([
    '.git',
    '.scratch',
    'certs',
    'coverage',
    'dist',
    'node_modules',
    'package-checks/node_modules',
  ]);
  await cp(root, to, { recursive: true, filter: (from) => !unwanted.has(relative(root, from)) });
  await symlink(join(root, 'node_modules'), join(to, 'node_modules'));
}

/** Copies to a folder what the package needs to run, in the versions of the lock file: what npm would have installed. */
export async function copyDependencies(to: string): Promise<void> {
  const { packages } = JSON.parse(readText('package-lock.json')) as {
    packages: Readonly<Record<string, { readonly dev?: boolean }>>;
  };
  const needed = Object.keys(packages).filter((path) => path !== '' && packages[path]?.dev !== true);
  for (const path of needed) {
    await mkdir(dirname(join(to, path)), { recursive: true });
    await cp(join(root, path), join(to, path), { recursive: true });
  }
}
