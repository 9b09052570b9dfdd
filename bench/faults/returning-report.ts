import { formatSpread, spreadOf } from '../compare/statistics.ts';
import type { Phase, ReturnRound } from './return-round.ts';
import type { ReturningOptions } from './returning-options.ts';

/** While relays come back, the latency of 99 of 100 messages of those who stay may be so many times that from before. */
const MOST_TIMES = 1.3;

/** All rounds with so many players. */
export interface ReturnRun {
  readonly players: number;
  readonly rounds: readonly ReturnRound[];
}

/** What all runs have found; its JSON. */
export interface ReturningReport {
  readonly machine: string;
  readonly commit: string;
  readonly date: string;
  readonly options: ReturningOptions;
  readonly runs: readonly ReturnRun[];
}

/** Why a report has failed; nothing where it has passed. */
export function brokenBy({ options, runs }: ReturningReport): string[] {
  return runs.flatMap(({ players, rounds }) => {
    const times = spreadOf(rounds.map(({ before, returning }) => timesOf(returning, before)))?.median ?? 0;
    const slow = `${players} players: latency is ${times.toFixed(2)} times that from before`;
    return [
      ...(times > MOST_TIMES ? [slow] : []),
      ...rounds.flatMap((round, i) => faultsOf(round, options).map((fault) => `round ${i + 1}: ${fault}`)),
    ];
  });
}

/** The report for people, in Markdown. */
export function formatReturning(report: ReturningReport): string {
  const { machine, commit, date, options, runs } = report;
  const { relays, missedMs, isEmpty } = options;
  const come = isEmpty ? 'come back and begin anew' : `come back for what they have missed of ${missedMs} ms`;
  const broken = brokenBy(report);
  return `${[
    `${relays} relays ${come}, one stream of 2.18 Mb/s, over RTMP; the median of the rounds, in parentheses the least and the most.`,
    `${machine}; commit ${commit}; ${date}`,
    '',
    '| players | while the relays | p50, ms | p99, ms | p99, times before | CPU of the relay, % of a core | memory of the relay at most, MiB |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...runs.flatMap(formatRun),
    '',
    '| players | all live after, ms | half of the relays live after, ms | first message after, p99, ms | messages lost | sent again | relays that began anew | compared by hash | of them differ |',
    '| --- | --- | --- | --- | --- | --- | --- | --- | --- |',
    ...runs.map(formatRelays),
    '',
    ...(broken.length === 0 ? ['return passed'] : broken.map((why) => `FAILED ${why}`)),
  ].join('\n')}\n`;
}

/** One round, in a line. */
export function inBrief({ before, away, returning, after, relays, relaysCore }: ReturnRound): string {
  const phases = { before, away, returning, after };
  const texts = Object.entries(phases).map(
    ([name, { latencyMs, core, playersCore }]) =>
      `${name} ${latencyMs.p50.toFixed(1)}/${latencyMs.p99.toFixed(1)} ms ${(core * 100).toFixed(0)} % (${(playersCore * 100).toFixed(0)} %)`,
  );
  return [
    ...texts,
    `all live after ${relays.live_ms?.max.toFixed(0)} ms, relays' own ${(relaysCore * 100).toFixed(0)} %`,
    `${returning.mostResidentMiB.toFixed(0)} MiB`,
  ].join(', ');
}

function faultsOf({ relays }: ReturnRound, { isEmpty }: ReturningOptions): string[] {
  const { relays: count, live, elsewhere, lost, repeated, differing } = relays;
  return [
    ...(live < count ? [`${count - live} relays are not live`] : []),
    ...(repeated > 0 ? [`${repeated} messages out of order`] : []),
    ...(differing > 0 ? [`${differing} messages differ`] : []),
    ...(lost > 0 && !isEmpty ? [`${lost} messages lost`] : []),
    ...(elsewhere > 0 && !isEmpty ? [`${elsewhere} relays began anew`] : []),
  ];
}

function timesOf({ latencyMs }: Phase, before: Phase): number {
  return latencyMs.p99 / before.latencyMs.p99;
}

function formatRun({ players, rounds }: ReturnRun): string[] {
  const row = (phase: 'before' | 'away' | 'returning' | 'after', name: string): string => {
    const text = (figure: (one: Phase, round: ReturnRound) => number): string =>
      formatSpread(spreadOf(rounds.map((round) => figure(round[phase], round))));
    return `| ${[
      players,
      name,
      text(({ latencyMs }) => latencyMs.p50),
      text(({ latencyMs }) => latencyMs.p99),
      text((one, { before }) => timesOf(one, before)),
      text(({ core }) => core * 100),
      text(({ mostResidentMiB }) => mostResidentMiB),
    ].join(' | ')} |`;
  };
  return [
    row('before', 'play'),
    row('away', 'are gone'),
    row('returning', 'come back'),
    row('after', 'play again'),
  ];
}

function formatRelays({ players, rounds }: ReturnRun): string {
  const text = (figure: (round: ReturnRound) => number): string => formatSpread(spreadOf(rounds.map(figure)));
  const most = (figure: (round: ReturnRound) => number): string => String(Math.max(...rounds.map(figure)));
  return `| ${[
    players,
    text(({ relays }) => relays.live_ms?.max ?? Number.NaN),
    text(({ relays }) => relays.live_ms?.p50 ?? Number.NaN),
    text(({ relays }) => relays.first_ms?.p99 ?? Number.NaN),
    most(({ relays }) => relays.lost),
    most(({ relays }) => relays.repeated),
    most(({ relays }) => relays.elsewhere),
    most(({ relays }) => relays.compared),
    most(({ relays }) => relays.differing),
  ].join(' | ')} |`;
}
