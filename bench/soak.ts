/**
 * Watches a relay's memory and file descriptors while players come, go and stall for a long time. Ends with exit code 1 when
 * memory grows, descriptors are left over, or a player that kept up was let down.
 * A run of less than ten minutes is too short to tell growth from a heap that finds its size: it is held to a bound only.
 * Usage: node bench/soak.ts [--minutes 30] [--players 500] [--churn 50] [--slow 5] [--media FILE.flv]
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { openFiles, residentMiB } from './process-gauge.ts';
import { slopeOf } from './slope.ts';
import { testMedia } from './test-media.ts';
import { runLoad, startMeasuredRelay } from './tools.ts';

/** What a short run may grow by after its warm-up, MiB. */
const MAX_SHORT_GROWTH_MIB = 48;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    players: { type: 'string', default: '500' },
    churn: { type: 'string', default: '50' },
    slow: { type: 'string', default: '5' },
    media: { type: 'string' },
  },
});
const seconds = Number(values.minutes) * 60;
/** Memory settles in this part of the time and is not judged, seconds. */
const warmUpSeconds = Math.min(600, seconds / 3);
const sampleSeconds = Math.min(5, seconds / 60);
const media = values.media ?? (await testMedia());

await using relay = await startMeasuredRelay({ fanOut: { stallTimeoutMs: Math.min(15_000, seconds * 100) } });
const { pid } = relay.tool;
const filesBefore = openFiles(pid);
const load = runLoad([
  ...['--players', values.players, '--ramp', '100', '--warm-up', '0', '--duration', String(seconds)],
  ...['--churn', values.churn, '--slow', values.slow, '--publish', media, '--max-failures', '1000000'],
  relay.rtmpUrl('soak/test'),
]);
const samples: { seconds: number; mib: number }[] = [];
const begin = performance.now();
let isOver = false;
const finished = load.finally(() => {
  isOver = true;
});
while (!isOver) {
  const now = (performance.now() - begin) / 1000;
  samples.push({ seconds: now, mib: residentMiB(pid) });
  if (samples.length % 12 === 0)
    console.log(`${now.toFixed(0)} s: ${samples.at(-1)?.mib.toFixed(1)} MiB, ${openFiles(pid)} files`);
  await Promise.race([sleep(sampleSeconds * 1000), finished]);
}
const report = await load;
for (let i = 0; i < 100 && openFiles(pid) > filesBefore; i++) await sleep(100); // connections close in their own time
const filesAfter = openFiles(pid);

const settled = samples.filter((sample) => sample.seconds >= warmUpSeconds);
const { perMinute, error } = slopeOf(settled.map((sample) => ({ x: sample.seconds / 60, y: sample.mib })));
const growthMiB = (settled.at(-1)?.mib ?? 0) - (settled[0]?.mib ?? 0);
const isGrowing = seconds < 600 ? growthMiB > MAX_SHORT_GROWTH_MIB : perMinute > 2 * error;
const { missingMessages: missing, ...counts } = report.counts;
console.log(JSON.stringify({ counts, missing, failures: report.failures }, undefined, 1));
console.log(
  `resident memory after ${warmUpSeconds} s: ${settled[0]?.mib.toFixed(1)} to ${settled.at(-1)?.mib.toFixed(1)} MiB`,
);
console.log(
  `slope ${(perMinute * 1024).toFixed(1)} KiB/min, standard error ${(error * 1024).toFixed(1)} KiB/min`,
);
console.log(`open files: ${filesBefore} before, ${filesAfter} after`);
const faults = [
  ...(isGrowing ? ['memory grows'] : []),
  ...(filesAfter > filesBefore ? ['file descriptors are left over'] : []),
  ...(missing === 0 ? [] : [`${missing ?? 'unknown how many'} messages are missing at players that keep up`]),
];
console.log(faults.length === 0 ? 'soak passed' : `soak failed: ${faults.join('; ')}`);
process.exitCode = faults.length === 0 ? 0 : 1;
