/** The tools that look at what the package exports, which have a folder and a lock file of their own: some refuse the compiler of this project. */
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { root } from './markdown.ts';
import { runTool } from './run-tool.ts';

const folder = join(root, 'package-checks');

/** Installs them, unless what the lock file says is there. */
export async function installPackageChecks(): Promise<void> {
  const lock = async (path: string): Promise<unknown> =>
    (JSON.parse(await readFile(path, 'utf8')) as { packages: Record<string, unknown> }).packages;
  const installed = join(folder, 'node_modules', '.package-lock.json');
  if (existsSync(installed)) {
    const [wanted, there] = await Promise.all([lock(join(folder, 'package-lock.json')), lock(installed)]);
    const { '': _root, ...packages } = wanted as Record<string, unknown>;
    if (JSON.stringify(Object.keys(packages).sort()) === JSON.stringify(Object.keys(there as object).sort()))
      return;
  }
  await using npm = runTool('npm', ['ci', '--no-audit', '--no-fund'], { cwd: folder });
  await npm.output;
}

/** What a tool says, and how it ends. */
export interface CheckOutcome {
  readonly code: number | null;
  readonly text: string;
}

/** Runs one of them: a command of its packages, or a script of the folder. */
export async function packageCheck(name: string, ...args: readonly string[]): Promise<CheckOutcome> {
  const isScript = name.endsWith('.mjs');
  const command = isScript ? process.execPath : join(folder, 'node_modules', '.bin', name);
  const file = isScript ? [join(folder, name)] : [];
  await using tool = runTool(command, [...file, ...args], {
    cwd: folder,
    env: { NO_COLOR: '1', FORCE_COLOR: '0' },
  });
  const { code } = await tool.exited;
  return { code, text: `${tool.stdoutBuffer.toString()}${tool.stderr}` };
}

/** The links of HTML pages that lead to no file of them. */
export async function deadLinks(pages: string): Promise<readonly string[]> {
  const names = (await readdir(pages, { recursive: true })).filter((name) => name.endsWith('.html'));
  const found = await Promise.all(
    names.map(async (name) => {
      const html = await readFile(join(pages, name), 'utf8');
      const links = [...html.matchAll(/href="([^"#]+)(?:#[^"]*)?"/g)].map(([, link = '']) => link);
      return links
        .filter((link) => !/^\w+:/.test(link) && !existsSync(resolve(pages, dirname(name), link)))
        .map((link) => `${name}: ${link}`);
    }),
  );
  return found.flat();
}
