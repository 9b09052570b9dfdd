/**
 * Measures a relay of one worker with growing numbers of players and prints the figures as a table, with the machine, the
 * versions and the command. The relay runs on the first core, publisher and players on the second, where taskset is there.
 * Usage: node bench/figures.ts [--players 20,300,1000,3000] [--seconds 10] [--protocol rtmp|http-flv]
 */
import { cpus, release, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { cpuSeconds, residentMiB } from './process-gauge.ts';
import { testMedia } from './test-media.ts';
import { pinTo, runLoad, startMeasuredRelay } from './tools.ts';

const { values } = parseArgs({
  options: {
    players: { type: 'string', default: '20,300,1000,3000' },
    seconds: { type: 'string', default: '10' },
    protocol: { type: 'string', default: 'rtmp' },
  },
});
const seconds = Number(values.seconds);
const media = await testMedia();

console.log(
  `${cpus().length} x ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}, Node ${process.version}`,
);
console.log(`node bench/figures.ts ${process.argv.slice(2).join(' ')}\n`);
console.log(
  '| players | us/player/s | core | latency p50 / p99 ms | first frame p50 / p99 ms | RSS MiB | failed | missing |',
);
console.log('|---|---|---|---|---|---|---|---|');
for (const players of values.players.split(',').map(Number)) console.log(await measure(players));

async function measure(players: number): Promise<string> {
  await using relay = await startMeasuredRelay();
  const { pid } = relay.tool;
  pinTo(0, pid);
  const publishUrl = relay.rtmpUrl('bench/test');
  const url = values.protocol === 'rtmp' ? publishUrl : relay.flvUrl('bench/test');
  const warmUp = 4;
  const args = [
    '--players',
    String(players),
    '--ramp',
    '500',
    '--warm-up',
    String(warmUp),
    '--duration',
    String(seconds),
  ];
  const target = ['--publish', media, '--publish-to', publishUrl, url];
  const beginning = 1000 * (players / 500 + warmUp + 1);
  const gauge = { cpu: 0, at: 0 };
  const timer = setTimeout(() => {
    gauge.cpu = cpuSeconds(pid);
    gauge.at = performance.now();
  }, beginning);
  const measured: { cpu: number; mib: number; at: number }[] = [];
  const sampler = setInterval(
    () => measured.push({ cpu: cpuSeconds(pid), mib: residentMiB(pid), at: performance.now() }),
    500,
  );
  const report = await runLoad([...args, ...target], 1);
  clearTimeout(timer);
  clearInterval(sampler);
  // the last samples are of players that leave
  const last = measured.filter(({ at }) => at <= gauge.at + (seconds - 2) * 1000).at(-1);
  const elapsed = last === undefined ? Number.NaN : (last.at - gauge.at) / 1000;
  const core = last === undefined ? Number.NaN : (last.cpu - gauge.cpu) / elapsed;
  const { latencyMs, firstFrameMs } = report.percentiles;
  return `| ${[
    players,
    ((core / players) * 1e6).toFixed(0),
    `${(core * 100).toFixed(0)} %`,
    `${latencyMs.p50?.toFixed(1)} / ${latencyMs.p99?.toFixed(1)}`,
    `${firstFrameMs.p50?.toFixed(1)} / ${firstFrameMs.p99?.toFixed(1)}`,
    last?.mib.toFixed(0),
    report.counts.failed,
    report.counts.missingMessages,
  ].join(' | ')} |`;
}
