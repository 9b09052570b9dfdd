import { execFileSync, spawnSync } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import type { Server } from './server.ts';

/** The commit that is measured, and whether files differ from it. */
export function commitOf(root: string): string {
  const git = (...args: string[]): string =>
    execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim();
  try {
    const isClean = git('status', '--porcelain', '--untracked-files=no') === '';
    return `${git('rev-parse', '--short=10', 'HEAD')}${isClean ? '' : ' with changes'}`;
  } catch {
    return 'unknown';
  }
}

/** Whether a server's program is on this machine. */
export function isInstalled({ needs }: Server): boolean {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin'];
  const places = isAbsolute(needs) ? [needs] : folders.map((folder) => join(folder, needs));
  return places.some((place) => {
    try {
      accessSync(place, constants.X_OK);
      return statSync(place).isFile();
    } catch {
      return false;
    }
  });
}

/** What a server says is its version; `unknown` where it does not say. */
export function versionOf({ version }: Server): string {
  const { command, args } = version.program;
  const { stdout, stderr } = spawnSync(command, [...args], { encoding: 'utf8', timeout: 10_000 });
  const match = version.pattern.exec(`${stdout ?? ''}${stderr ?? ''}`);
  return match?.slice(1).find((group) => group !== undefined) ?? match?.[0] ?? 'unknown';
}
