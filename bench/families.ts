/**
 * Compares what players of ASF cost with what players of HTTP-FLV cost: a relay of one worker serves one stream at a time, FLV
 * and ASF of the same bit rate, to as many players of each kind in turns, and prints the medians of all rounds as a table, with
 * the machine, the versions and the command. The relay runs on the first core, publisher and players on the second, where
 * taskset is there.
 * Usage: node bench/families.ts [--players 1000] [--rounds 3] [--seconds 6]
 */
import { parseArgs } from 'node:util';
import type { DistributionName } from '../load-tester/report/tally.ts';
import type { RelayProcess } from '../test/support/relay-process.ts';
import { type Measured, measureLoad } from './measure.ts';
import { asfTestMedia, testMedia } from './test-media.ts';
import { machine, pinTo, startMeasuredRelay } from './tools.ts';

const { values } = parseArgs({
  options: {
    players: { type: 'string', default: '1000' },
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '6' },
  },
});
const players = Number(values.players);
const [flv, asf] = [await testMedia(), await asfTestMedia()];

/** What `streampump load` is told, for each kind of player: what it publishes, and what it plays. @param name - of the stream */
const kinds: Readonly<Record<string, (relay: RelayProcess, name: string) => string[]>> = {
  'HTTP-FLV': (relay, name) => [
    ...['--publish', flv, '--publish-to', relay.rtmpUrl(`streams/${name}`)],
    relay.flvUrl(`streams/${name}`),
  ],
  MMSH: ({ httpPort }, name) => ['--publish', asf, `mmsh://127.0.0.1:${httpPort}/streams/${name}`],
  'raw ASF': ({ httpPort }, name) => {
    const url = `http://127.0.0.1:${httpPort}/streams/${name}`;
    return ['--publish', asf, '--publish-to', `${url}_push`, `${url}.asf`];
  },
};

console.log(`${machine()}\nnode bench/families.ts ${process.argv.slice(2).join(' ')}\n`);
await using relay = await startMeasuredRelay();
pinTo(0, relay.tool.pid);
const names = Object.keys(kinds);
const found = new Map<string, Measured[]>(names.map((name) => [name, []]));
for (let round = 0; round < Number(values.rounds); round++) {
  for (let turn = 0; turn < names.length; turn++) {
    const kind = names[(round + turn) % names.length] ?? '';
    const args = kinds[kind]?.(relay, `bench${round}${turn}`) ?? [];
    found.get(kind)?.push(await measureLoad(relay.tool.pid, players, Number(values.seconds), args));
  }
}
console.log(
  '| players of | Mb/s | us/player/s | of HTTP-FLV | latency p50 / p99 ms | first frame p50 ms | p99 ms | failed | missing |',
);
console.log('|---|---|---|---|---|---|---|---|---|');
const reference = median((found.get('HTTP-FLV') ?? []).map(({ usPerPlayer }) => usPerPlayer));
for (const [kind, all] of found) console.log(rowOf(kind, all));

function rowOf(kind: string, all: readonly Measured[]): string {
  const us = all.map(({ usPerPlayer }) => usPerPlayer);
  const figures = (name: DistributionName, percentile: 'p50' | 'p99'): number[] =>
    all.map(({ report }) => report.percentiles[name][percentile] ?? Number.NaN);
  const sum = (name: 'failed' | 'missingMessages'): number =>
    all.reduce((total, { report }) => total + (report.counts[name] ?? Number.NaN), 0);
  const cells = [
    kind,
    median(figures('bitRateMbps', 'p50')).toFixed(2),
    withRounds(us, 0),
    (median(us) / reference).toFixed(2),
    `${median(figures('latencyMs', 'p50')).toFixed(1)} / ${median(figures('latencyMs', 'p99')).toFixed(1)}`,
    median(figures('firstFrameMs', 'p50')).toFixed(1),
    withRounds(figures('firstFrameMs', 'p99'), 1),
    sum('failed'),
    sum('missingMessages'),
  ];
  return `| ${cells.join(' | ')} |`;
}

function withRounds(figures: readonly number[], digits: number): string {
  return `${median(figures).toFixed(digits)} (${figures.map((figure) => figure.toFixed(digits)).join(', ')})`;
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}
