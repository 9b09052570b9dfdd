/**
 * Measures a relay of one worker with growing numbers of players and prints the figures as a table, with the machine, the
 * versions and the command. The relay runs on the first core, publisher and players on the second, where taskset is there.
 * Usage: node bench/figures.ts [--players 20,300,1000,3000] [--seconds 10] [--protocol rtmp|http-flv]
 */
import { parseArgs } from 'node:util';
import { measureLoad } from './measure.ts';
import { testMedia } from './test-media.ts';
import { machine, pinTo, startMeasuredRelay } from './tools.ts';

const { values } = parseArgs({
  options: {
    players: { type: 'string', default: '20,300,1000,3000' },
    seconds: { type: 'string', default: '10' },
    protocol: { type: 'string', default: 'rtmp' },
  },
});
const seconds = Number(values.seconds);
const media = await testMedia();

console.log(`${machine()}\nnode bench/figures.ts ${process.argv.slice(2).join(' ')}\n`);
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
  const { core, usPerPlayer, mib, report } = await measureLoad(pid, players, seconds, [
    ...['--publish', media, '--publish-to', publishUrl],
    url,
  ]);
  const { latencyMs, firstFrameMs } = report.percentiles;
  return `| ${[
    players,
    usPerPlayer.toFixed(0),
    `${(core * 100).toFixed(0)} %`,
    `${latencyMs.p50?.toFixed(1)} / ${latencyMs.p99?.toFixed(1)}`,
    `${firstFrameMs.p50?.toFixed(1)} / ${firstFrameMs.p99?.toFixed(1)}`,
    mib.toFixed(0),
    report.counts.failed,
    report.counts.missingMessages,
  ].join(' | ')} |`;
}
