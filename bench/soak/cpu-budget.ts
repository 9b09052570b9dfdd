import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** Clock ticks in a second of /proc/PID/stat: 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;
/** To look costs processor time, too, milliseconds between two looks. */
const LOOK_MS = 1000;

/** Keeps this process and those that it has started, on average, to a share of a core. Linux only. */
export class CpuBudget {
  readonly #cores: number;
  #since = { seconds: usedSeconds(), at: performance.now() };
  #last = { cores: 0, at: 0 };

  /** @param cores - processor time in a second, seconds */
  constructor(cores: number) {
    this.#cores = cores;
  }

  /** What went before does not count any more. */
  begin(): void {
    this.#since = { seconds: usedSeconds(), at: performance.now() };
    this.#last = { cores: 0, at: performance.now() };
  }

  /** Processor time in a second since it has begun, seconds; up to a second old. */
  get cores(): number {
    const now = performance.now();
    if (now - this.#last.at >= LOOK_MS) {
      const seconds = usedSeconds() - this.#since.seconds;
      this.#last = { cores: (seconds * 1000) / (now - this.#since.at), at: now };
    }
    return this.#last.cores;
  }

  /** Resolves when there is processor time left. */
  async turn(): Promise<void> {
    while (this.cores > this.#cores) await sleep(LOOK_MS);
  }
}

/** Processor time of this process and of its children, those that are gone included, seconds. */
function usedSeconds(): number {
  const threads = readdirSync('/proc/self/task');
  const children = threads.flatMap((thread) =>
    textOf(`/proc/self/task/${thread}/children`).trim().split(' '),
  );
  const ticks = ['self', ...children.filter((pid) => pid !== '')].map(ticksOf);
  return ticks.reduce((sum, own) => sum + own, 0) / TICKS_PER_SECOND;
}

function ticksOf(pid: string): number {
  const stat = textOf(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0); // user and system; then of children that are gone
}

/** Empty where the process is gone in between. */
function textOf(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}
