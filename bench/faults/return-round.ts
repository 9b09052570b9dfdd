import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench } from '../compare/measure-case.ts';
import { mediaFile } from '../compare/media.ts';
import { linesOf } from '../compare/program-lines.ts';
import { CLIENT_CORE, startOnCore, startServer, stop } from '../compare/running-server.ts';
import { faultOf, type PlayersReport, type Times } from '../compare/sample.ts';
import { pathOf } from '../compare/server.ts';
import { streampump } from '../compare/servers/streampump.ts';
import type { ReturningOptions } from './returning-options.ts';

/** What players who stay have seen in a part of a round, and what the relay needed for that. */
export interface Phase {
  readonly seconds: number;
  readonly latencyMs: Times;
  /** CPU time of the relay in a second, seconds. */
  readonly core: number;
  readonly mostResidentMiB: number;
  /** CPU time of the program that plays. */
  readonly playersCore: number;
}

/** What the relays have seen that come back; see bench/native/relays.c. */
export interface RelaysReport {
  readonly relays: number;
  readonly live: number;
  readonly failed: number;
  readonly closed: number;
  readonly fault: string;
  readonly first_ms: (Times & { readonly max: number }) | null;
  readonly live_ms: (Times & { readonly max: number }) | null;
  readonly elsewhere: number;
  readonly lost: number;
  readonly repeated: number;
  readonly received: number;
  readonly compared: number;
  readonly differing: number;
  readonly own_cpu_seconds: number;
}

/** What one round has found. */
export interface ReturnRound {
  /** All play, the relays among them. */
  readonly before: Phase;
  /** The relays are gone. */
  readonly away: Phase;
  /** From when they come until each gets what is live. */
  readonly returning: Phase;
  readonly after: Phase;
  readonly relays: RelaysReport;
  /** CPU time in a second of the program that plays the relays, while they come back. */
  readonly relaysCore: number;
}

const SETTLE_MS = 2500;
/** What the relay has to do because many have gone is over by then, milliseconds. */
const GONE_MS = 500;
const MIB = 2 ** 20;

/** A program that is given words, and answers each with a line of JSON. */
class Cued<Answer> implements AsyncDisposable {
  readonly #program: ChildProcess;
  readonly #lines: { next(): Promise<string> };

  constructor(command: string, args: readonly string[]) {
    this.#program = startOnCore(CLIENT_CORE, { command, args }, { stdio: ['pipe', 'pipe', 'pipe'] });
    this.#lines = linesOf(this.#program);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await stop(this.#program);
  }

  cue(word: string): void {
    this.#program.stdin?.write(`${word}\n`);
  }

  async answer(): Promise<Answer> {
    return JSON.parse(await this.#lines.next()) as Answer;
  }
}

/** Has relays leave and come back once, beside so many players. @throws Error when anything fails that is not the measurement itself */
export async function runReturn(
  bench: Bench,
  options: ReturningOptions,
  players: number,
): Promise<ReturnRound> {
  const { relays: count, missedMs, seconds } = options;
  const server = streampump('streampump', bench.root);
  await using running = await startServer(server, bench.ground);
  const port = String(running.place.ports.rtmp);
  const target = ['--port', port, '--path', pathOf(server, 'rtmp', 'test')];
  const file = await mediaFile(bench.mediaFolder, '2.18 Mb/s');
  await using publishers = new Cued<unknown>(bench.native.publishers, [...target, '--file', file]);
  await publishers.answer();
  // whoever plays live has the core when it wants it, as if the relays were elsewhere
  await using relays = new Cued<RelaysReport>('chrt', [
    ...['--idle', '0', bench.native.relays, ...target],
    ...['--relays', String(count), ...(options.isEmpty ? ['--empty'] : [])],
  ]);
  relays.cue('join');
  expectAll(await relays.answer());
  const pids = running.pids().flatMap((pid) => ['--pid', String(pid)]);
  await using audience = new Cued<PlayersReport>(bench.native.players, [
    ...[
      ...target,
      '--players',
      String(players),
      '--probes',
      String(Math.min(players, 50)),
      '--cued',
      ...pids,
    ],
  ]);
  await audience.answer();
  await sleep(SETTLE_MS);
  const phaseThen = async (word: string): Promise<Phase> => {
    audience.cue(word);
    return phaseOf(await audience.answer());
  };
  audience.cue('before');
  await sleep(seconds * 1000);
  const before = await phaseThen('leaving');
  relays.cue('leave');
  await relays.answer();
  await sleep(Math.min(GONE_MS, missedMs / 2));
  await phaseThen('away');
  await sleep(Math.max(missedMs - GONE_MS, missedMs / 2));
  const away = await phaseThen('return');
  relays.cue('return');
  const returned = await relays.answer();
  const returning = await phaseThen('after');
  await sleep(seconds * 1000);
  const after = await phaseThen('end');
  relays.cue('check');
  const last = await relays.answer();
  expectAll(last);
  return {
    before,
    away,
    returning,
    after,
    relays: last,
    relaysCore: returned.own_cpu_seconds / returning.seconds,
  };
}

function phaseOf(report: PlayersReport): Phase {
  const fault = faultOf(report);
  if (fault !== undefined) throw new Error(fault);
  if (report.latency_ms === null) throw new Error('nothing was measured');
  return {
    seconds: report.seconds,
    latencyMs: { p50: report.latency_ms.p50, p99: report.latency_ms.p99 },
    core: report.cpu_seconds / report.seconds,
    mostResidentMiB: report.most_resident_bytes / MIB,
    playersCore: report.own_cpu_seconds / report.seconds,
  };
}

function expectAll({ failed, closed, fault }: RelaysReport): void {
  if (failed + closed > 0) throw new Error(`${failed} relays failed, ${closed} were closed: ${fault}`);
}
