/**
 * Compares servers: each row puts some of them under the same load, in alternating order and several rounds, server on the first
 * core, publishers and players on the second. Results are added to a file of JSON, from which a table (Markdown) and a chart (SVG)
 * are made, so that rows can be measured one after the other.
 * Usage: npm run bench:compare [-- --rows a,b --servers a,b --rounds 3 --scale 1 --seconds 7 --baseline FOLDER --out FOLDER --list
 * --report --docs]; see docs/benchmarks.md
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { machine } from '../tools.ts';
import { drawChart, panelsOf } from './chart.ts';
import { fillMarks } from './docs-page.ts';
import { type Load, secondsOf } from './load.ts';
import { commitOf, isInstalled, versionOf } from './machine-facts.ts';
import { type Bench, measureCase } from './measure-case.ts';
import { bytesPerSecond, mediaFile } from './media.ts';
import { openBench } from './open-bench.ts';
import { type CompareOptions, readOptions } from './options.ts';
import { appendRecord, latestRecords, type RowRecord, readRecords, writeRecords } from './record.ts';
import { type Case, type Row, rows } from './rows.ts';
import type { PlaybackSample, Sample } from './sample.ts';
import type { Server } from './server.ts';
import { allServers } from './servers/all-servers.ts';
import { makeTable } from './table.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const docs = join(root, 'docs');

const options = read();
const out = resolve(options.out ?? join(root, 'bench', 'build'));
const resultsFile = join(out, 'results.json');
mkdirSync(out, { recursive: true });
const chosen = rows.filter(({ name }) => options.rows.length === 0 || options.rows.includes(name));
if (options.isList) list();
else {
  if (!options.isReport) await measureAll();
  report();
}

function read(): CompareOptions {
  try {
    return readOptions(
      process.argv.slice(2),
      rows.map(({ name }) => name),
    );
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(2);
  }
}

function list(): void {
  for (const row of chosen) {
    const cases = casesOf(row, serversAt(row));
    const seconds = cases.reduce((sum, { load }) => sum + secondsOf(load), 0) * options.rounds;
    console.log(
      `${row.name.padEnd(16)} ${Math.ceil(seconds / 60)
        .toString()
        .padStart(3)} min  ${row.title}`,
    );
  }
  console.log(`altogether about ${minutesOf(chosen)} minutes`);
}

function minutesOf(some: readonly Row[]): number {
  const seconds = some
    .flatMap((row) => casesOf(row, serversAt(row)))
    .reduce((sum, { load }) => sum + secondsOf(load), 0);
  return Math.ceil((seconds * options.rounds) / 60);
}

/** The servers that a row may name and that are installed here; the floor writes what the row's stream has. */
function serversAt(row: Row, floor = process.execPath, bytes = 0): Server[] {
  const { baseline } = options;
  const servers = allServers({
    root,
    baseline: baseline === undefined ? undefined : resolve(baseline),
    floor,
    bytesPerSecond: bytes,
  });
  const named = new Set(row.cases.map(({ server }) => server));
  return servers.filter(({ name }) => named.has(name) || name === 'baseline').filter(isInstalled);
}

/** The cases of a row that are measured here and now. A baseline is measured wherever the relay is. */
function casesOf(row: Row, servers: readonly Server[]): Case[] {
  const wanted = (name: string): boolean =>
    options.servers.length === 0 || options.servers.some((beginning) => name.startsWith(beginning));
  const has = (name: string): boolean => servers.some((server) => server.name === name);
  return row.cases
    .flatMap((one) =>
      one.server === 'streampump' && has('baseline') ? [one, { ...one, server: 'baseline' }] : [one],
    )
    .filter(({ server }) => has(server) && wanted(server))
    .map(({ server, load }) => ({ server, load: scaled(load) }));
}

function scaled(load: Load): Load {
  const part = (count: number): number => Math.ceil(count / options.scale);
  const { seconds = load.seconds } = options;
  const streams = load.streams > 1 ? part(load.streams) : load.streams;
  const players = part(load.players);
  return {
    ...load,
    streams,
    players,
    probes: Math.min(load.probes, players),
    handshakes: part(load.handshakes),
    seconds: load.streams === 0 ? load.seconds : seconds,
  };
}

async function measureAll(): Promise<void> {
  if (cpus().length < 2) throw new Error('two cores are needed: one for the server, one for its clients');
  const bench = openBench(root, out);
  console.log(`${machine()}, commit ${commitOf(root)}: about ${minutesOf(chosen)} minutes`);
  for (const row of chosen) await measureRow(row, bench);
}

async function measureRow(row: Row, bench: Bench): Promise<void> {
  const media = row.cases[0]?.load.media;
  if (media === undefined) return;
  const bytes = bytesPerSecond(await mediaFile(bench.mediaFolder, media));
  const servers = serversAt(row, bench.native.kernelFloor, bytes);
  const cases = casesOf(row, servers);
  if (cases.length === 0) return;
  console.log(`\n${row.title} (${row.name})`);
  for (const { name, isUntried } of servers) if (isUntried) console.log(`  ${name}: its file is untried`);
  const samples: Sample[][] = cases.map(() => []);
  for (let round = 0; round < options.rounds; round++) {
    for (let turn = 0; turn < cases.length; turn++) {
      const index = (round + turn) % cases.length; // each has its turn first
      const [one, own] = [cases[index], samples[index]];
      const server = servers.find(({ name }) => name === one?.server);
      if (one === undefined || own === undefined || server === undefined) continue;
      const sample = await measureCase(server, one.load, bench);
      own.push(sample);
      console.log(`  round ${round + 1}  ${server.name}, ${one.load.wire}: ${inBrief(sample)}`);
    }
  }
  appendRecord(resultsFile, {
    row: row.name,
    title: options.scale === 1 ? row.title : `${row.title}, divided by ${options.scale}`,
    unit: row.unit,
    ...(row.reference === undefined ? {} : { reference: row.reference }),
    date: new Date().toISOString(),
    commit: commitOf(root),
    machine: machine(),
    versions: Object.fromEntries(
      servers
        .filter(({ name }) => cases.some(({ server }) => server === name))
        .map((one) => [one.name, versionOf(one)]),
    ),
    rounds: options.rounds,
    cases: cases.map((one, index) => ({ ...one, samples: samples[index] ?? [] })),
  });
}

function inBrief({ refused, core, latencyMs, residentMiB, megabitsPerSecond, playback }: Sample): string {
  if (refused !== undefined) return `refused: ${refused}`;
  return [
    ...(core === null ? [] : [`${(core * 100).toFixed(1)} % of the core`]),
    ...(latencyMs === null ? [] : [`latency ${latencyMs.p50.toFixed(1)} / ${latencyMs.p99.toFixed(1)} ms`]),
    `${residentMiB.toFixed(0)} MiB`,
    ...(playback === undefined ? [] : playbackInBrief(playback, megabitsPerSecond ?? 0)),
  ].join(', ');
}

function playbackInBrief(
  { storeCore, lateMs, latePlayers, longestGapMs }: PlaybackSample,
  megabitsPerSecond: number,
): string[] {
  return [
    `of that the store ${(storeCore * 100).toFixed(1)} % of the core`,
    `${megabitsPerSecond.toFixed(0)} Mb/s`,
    `${latePlayers} players late (${lateMs.p50.toFixed(0)} / ${lateMs.p99.toFixed(0)} / ${lateMs.max.toFixed(0)} ms after their time)`,
    `longest gaps ${longestGapMs.p50.toFixed(0)} / ${longestGapMs.max.toFixed(0)} ms`,
  ];
}

function report(): void {
  const records: readonly RowRecord[] = latestRecords(readRecords(resultsFile), rows);
  if (records.length === 0) return;
  const [table, chart] = [makeTable(records), drawChart(panelsOf(records))];
  writeFileSync(join(out, 'table.md'), table);
  writeFileSync(join(out, 'players.svg'), chart);
  console.log(`\n${table}\n${resultsFile}, ${join(out, 'table.md')}, ${join(out, 'players.svg')}`);
  if (!options.isDocs) return;
  const page = join(docs, 'benchmarks.md');
  const shown = [
    '![CPU time of a player and latency, over the number of players](benchmarks.svg)',
    table,
    'All samples of all rounds are in [benchmarks.json](benchmarks.json).',
  ];
  writeFileSync(page, fillMarks(readFileSync(page, 'utf8'), 'compared', shown.join('\n\n')));
  writeRecords(join(docs, 'benchmarks.json'), records);
  writeFileSync(join(docs, 'benchmarks.svg'), chart);
}
