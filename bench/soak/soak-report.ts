import { figures, type Sample } from './figures.ts';
import type { Deeds } from './rounds.ts';
import type { Verdict } from './verdict.ts';

/** What was found of one relay. */
export interface RelayFindings {
  readonly name: string;
  readonly workers: number;
  /** Samples that are not judged, at the beginning: everything is loaded and compiled in that time. */
  readonly warmUpRounds: number;
  readonly samples: readonly Sample[];
  readonly verdicts: readonly Verdict[];
  /** Players that came and went, and failed. */
  readonly guests: { readonly opened: number; readonly failed: number };
  /** Of the players that played all the time: how often one was let down, and messages that were missing. */
  readonly steady: { readonly failed: number; readonly missing: number };
  /** What its log has of errors. */
  readonly complaints: readonly string[];
  /** Lines of its log by event. */
  readonly events: Readonly<Record<string, number>>;
}

/** All that a soak has found; its JSON. */
export interface SoakReport {
  readonly machine: string;
  readonly commit: string;
  readonly command: string;
  readonly date: string;
  readonly hours: number;
  readonly rounds: number;
  /** Processor time in a second of all processes, seconds. */
  readonly cores: number;
  readonly deeds: readonly {
    readonly name: string;
    readonly about: string;
    readonly count: number;
    readonly faults: Readonly<Record<string, number>>;
  }[];
  readonly relays: readonly RelayFindings[];
  /** Why it has failed; none: it has passed. */
  readonly broken: readonly string[];
}

/** What was done, as the report has it. */
export function deedsOf(
  deeds: ReadonlyMap<string, Deeds>,
  aboutOf: (name: string) => string,
): SoakReport['deeds'] {
  return [...deeds].map(([name, { count, faults }]) => ({
    ...{ name, about: aboutOf(name), count },
    faults: Object.fromEntries(faults),
  }));
}

/** The report for people, in Markdown. */
export function formatSoak(report: SoakReport): string {
  const head = [
    `${report.machine}; commit ${report.commit}; ${report.date}`,
    `\`${report.command}\`: ${report.rounds} rounds in ${report.hours.toFixed(2)} h, ${(report.cores * 100).toFixed(0)} % of a core for all processes`,
  ];
  const done = report.deeds.map(
    ({ name, about, count, faults }) => `| ${name} | ${about} | ${count} | ${faultsIn(faults)} |`,
  );
  const result = report.broken.length === 0 ? ['soak passed'] : report.broken.map((why) => `FAILED ${why}`);
  return `${[
    ...head,
    '',
    '| what | happens | times | not as it should |',
    '| --- | --- | --- | --- |',
    ...done,
    ...report.relays.flatMap(formatRelay),
    '',
    ...result,
  ].join('\n')}\n`;
}

function formatRelay(found: RelayFindings): string[] {
  const judged = found.samples.length - found.warmUpRounds;
  const { guests, steady } = found;
  return [
    '',
    `**${found.name}**, ${found.workers} ${found.workers === 1 ? 'worker' : 'workers'}: ${judged} samples after ${found.warmUpRounds} rounds of warm-up; ${guests.opened} guests, ${guests.failed} of them not served; steady players let down ${steady.failed} times, ${steady.missing} messages missing`,
    '',
    '| figure | first | last | slope per hour | 95 % | verdict |',
    '| --- | --- | --- | --- | --- | --- |',
    ...found.verdicts.map(formatVerdict),
  ];
}

function formatVerdict({ figure, first, last, trend, judgement }: Verdict): string {
  const { title, unit } = figures[figure];
  const digits = unit === '' ? 1 : 0;
  const shown = (value: number | undefined): string => value?.toFixed(digits) ?? '';
  const range = trend === undefined ? '' : `${shown(trend.low)} to ${shown(trend.high)}`;
  const name = unit === '' ? title : `${title}, ${unit}`;
  return `| ${[name, shown(first), shown(last), shown(trend?.slope), range, judgement].join(' | ')} |`;
}

function faultsIn(faults: Readonly<Record<string, number>>): string {
  const all = Object.entries(faults).map(([sentence, count]) =>
    count > 1 ? `${sentence} (${count} times)` : sentence,
  );
  return all.length === 0 ? '-' : all.join('; ');
}
