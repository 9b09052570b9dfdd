import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpus, release, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Report } from '../load-tester/report/report.ts';
import { type RelayProcess, startRelayProcess } from '../test/support/relay-process.ts';

const cli = fileURLToPath(new URL('../src/cli.ts', import.meta.url));

/** What figures are to be judged by. */
export function machine(): string {
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  return `${cpus().length} x ${cpus()[0]?.model.trim()}, ${memory}, Linux ${release()}, Node ${process.version}`;
}

/** Of the clone, short; `unknown` where there is no git. */
export function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  } catch {
    return 'unknown';
  }
}

/** Starts the relay that is measured: quiet, and with the limits of a busy one. */
export function startMeasuredRelay(config: Readonly<Record<string, unknown>> = {}): Promise<RelayProcess> {
  const limits = { pendingSessions: 20_000, pendingSessionsPerAddress: 20_000 };
  return startRelayProcess({
    config: { limits, log: { level: 'info', format: 'json' }, ...config },
    timeLimitMs: 2 ** 31 - 1,
  });
}

/** Keeps a process and its threads on one core; does nothing where that is not possible. */
export function pinTo(core: number, pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    execFileSync('taskset', ['-a', '-c', '-p', String(core), String(pid)], { stdio: 'ignore' });
  } catch {} // no taskset, or not so many cores
}

/** Runs `streampump load` in a process of its own; its progress goes to standard error. @param core - to keep it on @returns its report */
export async function runLoad(args: readonly string[], core?: number): Promise<Report> {
  const load = spawn(process.execPath, [cli, 'load', '--json', ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (core !== undefined) pinTo(core, load.pid);
  const parts: Buffer[] = [];
  load.stdout.on('data', (part: Buffer) => parts.push(part));
  await once(load, 'close');
  return JSON.parse(Buffer.concat(parts).toString()) as Report;
}
