/** The package as users get it: packed, and installed in an empty folder. */
import { mkdir, readFile, rename, watch, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { inject } from 'vitest';
import { copyDependencies, copyProject } from './packages.ts';
import { runTool } from './run-tool.ts';

/** This test's Node before the machine's, nothing from the network, nothing into the user's cache. */
export const packageEnv: Readonly<Record<string, string>> = {
  PATH: `${dirname(process.execPath)}${delimiter}${process.env['PATH']}`,
  npm_config_offline: 'true',
};

/** Where the package is. */
export interface InstalledPackage {
  /** The folder that it was installed in, with a `package.json` that says nothing. All test files that ask for it have the same. */
  readonly path: string;
  readonly tarball: string;
  /** What is in the tarball. */
  readonly packedFiles: readonly string[];
}

/** Packing and installing take minutes on a machine that has other things to do. */
const timeLimitMs = 240_000;

/** Packs and installs this project, or waits until the test file that began with it is done. */
export async function installedPackage(): Promise<InstalledPackage> {
  const folder = inject('packageFolder');
  const outcome = join(folder, 'outcome.json');
  if (await isFirst(folder)) {
    const done = await install(folder).catch((error: unknown) => ({ error: String(error) }));
    await writeFile(`${outcome}.new`, JSON.stringify(done));
    await rename(`${outcome}.new`, outcome);
  }
  const { error, ...installed } = JSON.parse(await contentOf(folder, outcome)) as InstalledPackage & {
    readonly error?: string;
  };
  if (error !== undefined) throw new Error(error);
  return installed;
}

async function isFirst(folder: string): Promise<boolean> {
  return mkdir(join(folder, 'begun')).then(
    () => true,
    () => false,
  );
}

/** Waits for a file in a folder. */
async function contentOf(folder: string, file: string): Promise<string> {
  const found = new AbortController();
  const signal = AbortSignal.any([found.signal, AbortSignal.timeout(timeLimitMs)]);
  const changes = watch(folder, { signal })[Symbol.asyncIterator]();
  try {
    for (;;) {
      const change = changes.next(); // before the look, so that none is missed
      const content = await readFile(file, 'utf8').catch(() => undefined);
      if (content === undefined) await change;
      else {
        change.catch(() => {});
        return content;
      }
    }
  } finally {
    found.abort();
  }
}

async function install(folder: string): Promise<InstalledPackage> {
  const copy = join(folder, 'copy');
  await copyProject(copy);
  const pack = ['pack', '--json', '--pack-destination', folder];
  await using packing = runTool('npm', pack, { cwd: copy, env: packageEnv, timeLimitMs });
  const [, json = ''] = /^(\[\n[\s\S]*)/m.exec(await packing.output) ?? [];
  const [{ filename, files }] = JSON.parse(json) as [{ filename: string; files: { path: string }[] }];
  const tarball = join(folder, filename);
  const path = join(folder, 'installed');
  await mkdir(path);
  await copyDependencies(path);
  await writeFile(join(path, 'package.json'), '{}');
  const install = ['install', '--no-audit', '--no-fund', tarball];
  await using npm = runTool('npm', install, { cwd: path, env: packageEnv, timeLimitMs });
  await npm.output;
  return { path, tarball, packedFiles: files.map((file) => file.path) };
}
