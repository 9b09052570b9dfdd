import { readFile } from 'node:fs/promises';

/** One process of a machine, told apart from a later one with its number. */
export interface ProcessMark {
  readonly pid: number;
  /** When the machine and the process have started, as Linux says; empty elsewhere. */
  readonly since: string;
}

/** The mark of a process; undefined where there is none. */
export async function processMark(pid: number): Promise<ProcessMark | undefined> {
  try {
    const [bootId, stat] = await Promise.all([
      readFile('/proc/sys/kernel/random/boot_id', 'latin1'),
      readFile(`/proc/${pid}/stat`, 'latin1'),
    ]);
    const startTicks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
    return { pid, since: `${bootId.trim()} ${startTicks}` };
  } catch {
    if (process.platform === 'linux') return undefined;
  }
  return isThere(pid) ? { pid, since: '' } : undefined;
}

/** Whether a process that had this mark is still there. */
export async function isAlive(mark: ProcessMark): Promise<boolean> {
  const now = await processMark(mark.pid);
  return now !== undefined && now.since === mark.since;
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
