/**
 * Preloaded into a relay under test, in each of its threads: says on standard error which turns of the event loop were long,
 * by the processor time that they took, for on a busy machine a thread may have to wait; and on SIGUSR2 what the relay holds.
 */
import { writeSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { isMainThread, threadId } from 'node:worker_threads';

/** The watch looks this often, milliseconds: what it calls a turn may be longer than one by so much. */
const TICK_MS = 5;

/** Shorter turns are not told, milliseconds. */
const LONG_MS = 50;

/** A long turn of a thread's event loop. */
export interface LongTurn {
  readonly watch: 'turn';
  /** When it ended, as the log tells time. */
  readonly at: string;
  readonly thread: number;
  /** Processor time of the thread. */
  readonly cpuMs: number;
  readonly wallMs: number;
}

/** What a process holds once all garbage is gone, and what it has used so far. */
export interface Holdings {
  readonly watch: 'holdings';
  /** How often it has been asked. */
  readonly asked: number;
  /** Bytes of the heap in use. */
  readonly heap: number;
  /** Bytes outside of the heap, buffers included. */
  readonly external: number;
  readonly residentBytes: number;
  readonly cpuMs: number;
}

function say(line: LongTurn | Holdings): void {
  try {
    writeSync(2, `${JSON.stringify(line)}\n`);
  } catch {} // nobody reads it just now
}

let wall = performance.now();
let cpu = cpuMs();

function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

setInterval(() => {
  const nowWall = performance.now();
  const nowCpu = cpuMs();
  const turnMs = nowCpu - cpu;
  if (turnMs >= LONG_MS) {
    say({
      watch: 'turn',
      at: new Date().toISOString(),
      thread: threadId,
      cpuMs: turnMs,
      wallMs: nowWall - wall,
    });
  }
  wall = nowWall;
  cpu = nowCpu;
}, TICK_MS).unref();

if (isMainThread) {
  setFlagsFromString('--expose-gc');
  let asked = 0;
  const collectGarbage = runInNewContext('gc') as () => void;
  process.on('SIGUSR2', () => {
    collectGarbage();
    setImmediate(() => {
      collectGarbage(); // what finalizers have let go of
      const { heapUsed, external, rss } = process.memoryUsage();
      const { user, system } = process.cpuUsage();
      const used = (user + system) / 1000;
      say({ watch: 'holdings', asked: ++asked, heap: heapUsed, external, residentBytes: rss, cpuMs: used });
      wall = performance.now();
      cpu = cpuMs(); // this turn was the watch's own
    });
  });
}
