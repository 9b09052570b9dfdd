import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** Clock ticks in a second of /proc/PID/stat: 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;
const LOOK_MS = 100;

/** Keeps this process and all that it has started, on average, to a share of a core. Linux only. */
export class CpuBudget {
  readonly #cores: number;
  #since = { cpu: ownSeconds(), at: performance.now() };

  /** @param cores - processor time in a second, seconds; Infinity: no limit */
  constructor(cores: number) {
    this.#cores = cores;
  }

  /** What went before does not count any more. */
  begin(): void {
    this.#since = { cpu: ownSeconds(), at: performance.now() };
  }

  /** Processor time in a second since it has begun, seconds. */
  get cores(): number {
    return ((ownSeconds() - this.#since.cpu) * 1000) / (performance.now() - this.#since.at);
  }

  /** Resolves when there is processor time left. */
  async turn(): Promise<void> {
    while (this.cores > this.#cores) await sleep(LOOK_MS);
  }
}

/** Processor time of this process and of all below it, the ones that are gone included, seconds. */
function ownSeconds(): number {
  const parents = new Map<number, { readonly parent: number; readonly seconds: number }>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'latin1');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0); // its own and of children that it has waited for
      parents.set(Number(name), { parent: Number(fields[1]), seconds: ticks / TICKS_PER_SECOND });
    } catch {} // gone in between
  }
  const isBelow = (pid: number): boolean => {
    for (let at = pid; at > 1; at = parents.get(at)?.parent ?? 0) if (at === process.pid) return true;
    return false;
  };
  return [...parents].reduce((sum, [pid, { seconds }]) => sum + (isBelow(pid) ? seconds : 0), 0);
}
