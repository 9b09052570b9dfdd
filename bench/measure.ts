import type { Report } from '../load-tester/report/report.ts';
import { cpuSeconds, residentMiB } from './process-gauge.ts';
import { runLoad } from './tools.ts';

/** Players that join each second. */
const RAMP = 500;
/** From the last player joining to the measurement, seconds. */
const WARM_UP = 4;

/** What it costs a relay to serve players, and what they find. */
export interface Measured {
  /** CPU time to serve one player for one second, microseconds. */
  readonly usPerPlayer: number;
  /** CPU time in a second, seconds. */
  readonly core: number;
  /** Resident memory, MiB. */
  readonly mib: number;
  readonly report: Report;
}

/**
 * Measures a relay while players play, with `streampump load` on the second core.
 * @param pid - of the relay
 * @param seconds - length of the measurement, at least 4
 * @param args - what to play and to publish
 */
export async function measureLoad(
  pid: number,
  players: number,
  seconds: number,
  args: readonly string[],
): Promise<Measured> {
  const begin = { cpu: 0, at: 0 };
  const timer = setTimeout(
    () => {
      begin.cpu = cpuSeconds(pid);
      begin.at = performance.now();
    },
    1000 * (players / RAMP + WARM_UP + 1),
  );
  const samples: { cpu: number; mib: number; at: number }[] = [];
  const sampler = setInterval(
    () => samples.push({ cpu: cpuSeconds(pid), mib: residentMiB(pid), at: performance.now() }),
    500,
  );
  const times = ['--ramp', String(RAMP), '--warm-up', String(WARM_UP), '--duration', String(seconds)];
  const report = await runLoad(['--players', String(players), ...times, ...args], 1);
  clearTimeout(timer);
  clearInterval(sampler);
  // the last samples are of players that leave
  const last = samples.filter(({ at }) => at <= begin.at + (seconds - 2) * 1000).at(-1);
  const core = last === undefined ? Number.NaN : ((last.cpu - begin.cpu) * 1000) / (last.at - begin.at);
  return { usPerPlayer: (core / players) * 1e6, core, mib: last?.mib ?? Number.NaN, report };
}
