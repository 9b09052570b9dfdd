import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { diesWithParent } from '../../test/support/dies-with-parent.ts';
import { freePorts } from '../../test/support/free-port.ts';
import type { Place, Program, Server } from './server.ts';

/** The server has this core, whoever publishes and plays the other. */
export const SERVER_CORE = 0;
export const CLIENT_CORE = 1;

const START_MS = 30_000;
const STOP_MS = 3000;

/** A server that runs on the server's core and listens. */
export interface RunningServer extends AsyncDisposable {
  readonly server: Server;
  readonly place: Place;
  /** Of all its processes, whoever started them. */
  pids(): readonly number[];
}

/** What all places have in common. */
export interface Ground extends Pick<Place, 'certFile' | 'keyFile' | 'pemFile'> {
  /** Each server gets a folder in it while it runs. */
  readonly folder: string;
}

/** Starts a server; resolves when it listens. @throws Error with the end of its log when it does not */
export async function startServer(server: Server, ground: Ground): Promise<RunningServer> {
  const [rtmp = 0, flv = 0, rtmps = 0, https = 0, admin = 0, hiddenHttps = 0, hiddenRtmps = 0] =
    await freePorts(7);
  mkdirSync(ground.folder, { recursive: true });
  const folder = mkdtempSync(join(ground.folder, 'server-'));
  const ports = { rtmp, 'http-flv': flv, rtmps, 'https-flv': https, admin, hiddenHttps, hiddenRtmps };
  const place: Place = { ...ground, folder, ports };
  for (const [name, text] of Object.entries(server.files?.(place) ?? {}))
    writeFileSync(join(folder, name), text);
  const logFile = join(folder, 'log');
  const log = openSync(logFile, 'a');
  const programs = server
    .programs(place)
    .map((program) =>
      startOnCore(SERVER_CORE, program, { cwd: folder, stdio: ['ignore', log, log] }, 'TERM'),
    );
  closeSync(log);
  const running: RunningServer = {
    server,
    place,
    pids: () => programs.flatMap(({ pid }) => (pid === undefined ? [] : familyOf(pid))),
    [Symbol.asyncDispose]: async () => {
      await Promise.all(programs.toReversed().map(stop));
      rmSync(folder, { recursive: true, force: true });
    },
  };
  try {
    const wires = new Set([...server.wires, ...(server.isSource ? [] : ['rtmp' as const])]);
    await Promise.all([...wires].map((wire) => listening(ports[wire], programs)));
  } catch (error) {
    const end = readFileSync(logFile, 'utf8').trim().slice(-500);
    await running[Symbol.asyncDispose]();
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${server.name} does not start: ${reason}; its log ends with: ${end}`);
  }
  return running;
}

/**
 * Starts a program on one core.
 * @param signal - what the kernel sends it when this process ends: a server is asked to go, so that it ends its workers
 */
export function startOnCore(
  core: number,
  { command, args, env }: Program,
  options: SpawnOptions,
  signal?: 'KILL' | 'TERM',
): ChildProcess {
  const onCore = ['taskset', '-c', String(core), command, ...args];
  const [program = '', ...rest] = [...diesWithParent(signal), ...onCore];
  return spawn(program, rest, { ...options, env: { ...process.env, ...env } });
}

async function listening(port: number, programs: readonly ChildProcess[]): Promise<void> {
  const until = performance.now() + START_MS;
  while (performance.now() < until && programs.every(isRunning)) {
    const socket = connect(port, '127.0.0.1');
    try {
      await once(socket, 'connect');
      return;
    } catch {
      await sleep(50);
    } finally {
      socket.destroy();
    }
  }
  throw new Error(`nothing listens on port ${port}`);
}

function isRunning({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode === null && signalCode === null;
}

/** Ends a program: asked to go it may wait for its players, so it is asked twice, then killed. */
export async function stop(program: ChildProcess): Promise<void> {
  if (!isRunning(program) || program.pid === undefined) return;
  const gone = once(program, 'close');
  const family = familyOf(program.pid);
  program.kill('SIGTERM');
  const again = setTimeout(() => program.kill('SIGTERM'), 300);
  const last = setTimeout(() => {
    for (const pid of family) kill(pid);
  }, STOP_MS);
  await gone;
  clearTimeout(again);
  clearTimeout(last);
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {} // it is gone
}

/** A process and all that it has started, as /proc says. */
function familyOf(pid: number): number[] {
  const children = new Map<number, number[]>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const parent = parentOf(name);
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  const descend = (one: number): number[] => [one, ...(children.get(one) ?? []).flatMap(descend)];
  return descend(pid);
}

function parentOf(pid: string): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return undefined; // it is gone
  }
}
