import type { ChildProcess } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Report } from '../../load-tester/report/report.ts';
import { cpuSeconds, residentMiB } from '../process-gauge.ts';
import { type Load, recordedSecondsOf, STREAMS_PER_SECOND } from './load.ts';
import { mediaFile } from './media.ts';
import type { NativePrograms } from './native.ts';
import { linesOf } from './program-lines.ts';
import {
  CLIENT_CORE,
  type Ground,
  type RunningServer,
  startOnCore,
  startServer,
  stop,
} from './running-server.ts';
import {
  type PlayersReport,
  type PublishersReport,
  refusedSample,
  type Sample,
  sampleOfIdle,
  sampleOfLoad,
  sampleOfPlayback,
  sampleOfPlayers,
  sampleOfPublishers,
} from './sample.ts';
import { pathOf, type Server } from './server.ts';

/** From the last stream's beginning to the first player, milliseconds. */
const SETTLE_MS = 1000;
/** At the edges of what `streampump load` measures the server is not asked, milliseconds. */
const MARGIN_MS = 700;
const SAMPLE_MS = 100;
/** A recording is finished when its publisher has been away for a while, milliseconds. */
const FINISH_MS = 60_000;

/** What measuring needs. */
export interface Bench {
  readonly ground: Ground;
  readonly native: NativePrograms;
  readonly mediaFolder: string;
  /** Of the project, built. */
  readonly root: string;
}

/**
 * Measures a server under a load once; whatever goes wrong is a refused sample.
 * @param watch - told of the server when it runs, to look at it besides
 */
export async function measureCase(
  server: Server,
  load: Load,
  bench: Bench,
  watch: (running: RunningServer) => void = () => {},
): Promise<Sample> {
  try {
    await using running = await startServer(server, bench.ground);
    watch(running);
    if (load.streams === 0) return await idle(running, load);
    if (load.isRecorded) return await recordedThenPlayed(running, load, bench);
    if (server.isSource) return await play(running, load, bench);
    return await published(running, load, bench);
  } catch (error) {
    return refusedSample(error instanceof Error ? error.message : String(error));
  }
}

async function idle(running: RunningServer, { warmUp }: Load): Promise<Sample> {
  await sleep(warmUp * 1000);
  return sampleOfIdle(sum(running.pids().map(residentMiB)));
}

async function published(running: RunningServer, load: Load, bench: Bench): Promise<Sample> {
  const { server, place } = running;
  const { streams, warmUp, seconds, players } = load;
  const name = streams === 1 ? 'test' : 's%d';
  const publishers = onClientCore(bench.native.publishers, [
    ...['--port', String(place.ports.rtmp), '--path', pathOf(server, 'rtmp', name)],
    ...['--streams', String(streams), '--ramp', String(STREAMS_PER_SECOND)],
    ...['--file', await mediaFile(bench.mediaFolder, load.media)],
    ...(players === 0 ? ['--warm-up', String(warmUp), '--seconds', String(seconds), ...pidsOf(running)] : []),
  ]);
  const lines = linesOf(publishers);
  try {
    await lines.next();
    if (players === 0) return sampleOfPublishers(JSON.parse(await lines.next()) as PublishersReport);
    await sleep(SETTLE_MS);
    return await (load.generator === 'native' ? play : playByLoadTester)(running, load, bench);
  } finally {
    await stop(publishers);
  }
}

/** Records a stream for as long as it will be played, and then has the recording played. */
async function recordedThenPlayed(running: RunningServer, load: Load, bench: Bench): Promise<Sample> {
  const { server, place } = running;
  const publishers = onClientCore(bench.native.publishers, [
    ...['--port', String(place.ports.rtmp), '--path', pathOf(server, 'rtmp', 'test')],
    ...['--file', await mediaFile(bench.mediaFolder, load.media)],
  ]);
  try {
    await linesOf(publishers).next();
    await sleep(recordedSecondsOf(load) * 1000);
  } finally {
    await stop(publishers);
  }
  const id = await finishedRecording(join(place.folder, 'recordings', 'live', 'test'));
  const [, store = 0] = running.pids();
  const readings: { readonly at: number; readonly cpuSeconds: number }[] = [];
  const sampler = setInterval(
    () => readings.push({ at: performance.now(), cpuSeconds: cpuSeconds(store) }),
    SAMPLE_MS,
  );
  try {
    const report = await playersReport(running, load, bench, [
      ...['--path', `/recordings/live/test/${id}`, '--recorded'],
    ]);
    const end = readings.at(-1);
    const begin = readings.find(({ at }) => at >= (end?.at ?? 0) - report.seconds * 1000);
    if (begin === undefined || end === undefined || begin === end) throw new Error('it was over too soon');
    const storeCore = ((end.cpuSeconds - begin.cpuSeconds) * 1000) / (end.at - begin.at);
    return sampleOfPlayback(report, storeCore);
  } finally {
    clearInterval(sampler);
  }
}

/** @returns the id of the recording in a folder, once its file is whole @throws Error when that takes too long */
async function finishedRecording(folder: string): Promise<string> {
  const until = performance.now() + FINISH_MS;
  while (performance.now() < until) {
    const name = readdirSync(folder).find((each) => each.endsWith('.flv'));
    if (name !== undefined) return name.slice(0, -'.flv'.length);
    await sleep(SAMPLE_MS);
  }
  throw new Error('the recording is not finished in time');
}

async function play(running: RunningServer, load: Load, bench: Bench): Promise<Sample> {
  const { wire, streams } = load;
  return sampleOfPlayers(
    await playersReport(running, load, bench, [
      ...[
        '--streams',
        String(streams),
        '--path',
        pathOf(running.server, wire, streams === 1 ? 'test' : 's%d'),
      ],
    ]),
  );
}

/** What players of these paths say. */
async function playersReport(
  { place, pids }: RunningServer,
  load: Load,
  { native }: Bench,
  paths: readonly string[],
): Promise<PlayersReport> {
  const { wire, players, ramp, warmUp, seconds, probes, stalledPercent, handshakes } = load;
  const program = onClientCore(native.players, [
    ...['--port', String(place.ports[wire]), ...paths],
    ...(wire.endsWith('flv') ? ['--http'] : []),
    ...(wire === 'rtmps' || wire === 'https-flv' ? ['--tls'] : []),
    ...['--players', String(players), '--ramp', String(ramp), '--probes', String(probes)],
    ...['--warm-up', String(warmUp), '--seconds', String(seconds)],
    ...['--stalled', String(stalledPercent), '--handshakes', String(handshakes)],
    ...pids().flatMap((pid) => ['--pid', String(pid)]),
  ]);
  try {
    return JSON.parse(await linesOf(program).next()) as PlayersReport;
  } finally {
    await stop(program);
  }
}

/** The same players, played by `streampump load`: what it costs the server is read meanwhile. */
async function playByLoadTester(running: RunningServer, load: Load, { root }: Bench): Promise<Sample> {
  const { players, ramp, warmUp, seconds, probes } = load;
  const { server, place } = running;
  const url = `rtmp://127.0.0.1:${place.ports.rtmp}${pathOf(server, 'rtmp', 'test')}`;
  const tester = onClientCore(process.execPath, [
    ...[join(root, 'dist', 'src', 'cli.js'), 'load', '--json', '--players', String(players)],
    ...['--ramp', String(ramp), '--warm-up', String(warmUp), '--duration', String(seconds)],
    ...['--probes', String(probes), url],
  ]);
  const readings: {
    readonly at: number;
    readonly server: number;
    readonly own: number;
    readonly mib: number;
  }[] = [];
  const { pid = 0 } = tester;
  const pids = running.pids();
  const sampler = setInterval(() => {
    const at = performance.now();
    try {
      const server = sum(pids.map(cpuSeconds));
      readings.push({ at, server, own: cpuSeconds(pid), mib: sum(pids.map(residentMiB)) });
    } catch {} // it has ended
  }, SAMPLE_MS);
  try {
    const parts: Buffer[] = [];
    for await (const part of tester.stdout ?? []) parts.push(part as Buffer);
    const end = readings.at(-1)?.at ?? 0;
    const report = JSON.parse(Buffer.concat(parts).toString()) as Report;
    const within = readings.filter(({ at }) => at > end - seconds * 1000 + MARGIN_MS && at < end - MARGIN_MS);
    const [first, last] = [within[0], within.at(-1)];
    if (first === undefined || last === undefined) throw new Error('streampump load was over too soon');
    const elapsed = (last.at - first.at) / 1000;
    return sampleOfLoad(report, {
      core: (last.server - first.server) / elapsed,
      residentMiB: last.mib,
      mostResidentMiB: Math.max(...within.map(({ mib }) => mib)),
      generatorCore: (last.own - first.own) / elapsed,
    });
  } finally {
    clearInterval(sampler);
    await stop(tester);
  }
}

function pidsOf(running: RunningServer): string[] {
  return running.pids().flatMap((pid) => ['--pid', String(pid)]);
}

function onClientCore(command: string, args: readonly string[]): ChildProcess {
  return startOnCore(CLIENT_CORE, { command, args }, { stdio: ['ignore', 'pipe', 'pipe'] });
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
