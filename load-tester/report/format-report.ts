import type { Percentiles } from './distribution.ts';
import type { Report } from './report.ts';

/** From here on a thread of the load tester is so busy that its own delay is in the figures, percent. */
const BUSY_PERCENT = 85;

/** The report as text for people, with a line end behind each line. */
export function formatReport(report: Report): string {
  const { url, percentiles, receivedMbps } = report;
  const rows = [
    ['', 'min', 'p50', 'p90', 'p99', 'max'],
    row('connect', percentiles.connectMs, 'ms'),
    row('first frame', percentiles.firstFrameMs, 'ms'),
    row('latency', percentiles.latencyMs, 'ms'),
    row('longest gap', percentiles.longestGapMs, 'ms'),
    row('bit rate', percentiles.bitRateMbps, 'Mb/s'),
  ];
  const facts = [
    ['players', playersOf(report)],
    ['measured', measuredOf(report)],
    ['received', `${rate(receivedMbps)} by all players together`],
    ['checked', checkedOf(report)],
    ['load tester', busyOf(report)],
    ['failures', report.failures.length === 0 ? 'none' : `${whole(report.counts.failed)} of the players`],
  ];
  return [
    url,
    '',
    ...table(rows),
    '',
    ...facts.map(([name = '', fact = '']) => `${name.padEnd(13)}${fact}`),
    ...report.failures.map(
      ({ reason, count, example }) => `  ${whole(count).padStart(9)}  ${reason} (${example})`,
    ),
    ...report.broken.map((sentence) => `FAILED       ${sentence}`),
  ]
    .map((line) => `${line.trimEnd()}\n`)
    .join('');
}

/** A rate in the unit that people would choose. */
export function rate(mbps: number): string {
  return mbps >= 1000 ? `${(mbps / 1000).toFixed(2)} Gb/s` : `${mbps.toFixed(2)} Mb/s`;
}

/** A number with its thousands apart. */
export function whole(value: number): string {
  return Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ',');
}

function row(name: string, { count, min, p50, p90, p99, max }: Percentiles, unit: string): string[] {
  const cells = [min, p50, p90, p99, max].map((value) => (count === 0 ? '-' : figure(value)));
  return [`${name}, ${unit}`, ...cells];
}

/** Three digits or more that mean something. */
function figure(value: number): string {
  return value >= 100 ? whole(value) : value.toFixed(value >= 10 ? 1 : 2);
}

/** Names to the left, figures to the right, as wide as the widest. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((cells) => cells[column]?.length ?? 0)),
  );
  return rows.map((cells) =>
    cells
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart((widths[column] ?? 0) + 2),
      )
      .join(''),
  );
}

function playersOf({ players, counts, rampPerSecond, roles }: Report): string {
  const slow = roles.slow > 0 ? `, ${whole(roles.slow)} slow (${whole(counts.slowEnded)} let go)` : '';
  const replaced = counts.opened > players ? `, ${whole(counts.opened - players)} replaced` : '';
  return `${whole(players)} at ${rampPerSecond} a second${replaced}; ${whole(counts.played)} got a frame${slow}`;
}

function measuredOf({ measuredSeconds, warmUpSeconds }: Report): string {
  return `${measuredSeconds.toFixed(1)} s, after all had joined and ${warmUpSeconds} s more`;
}

function checkedOf({ counts, roles }: Report): string {
  const { videoMessages, audioMessages, stampedMessages, missingMessages, strangeStamps } = counts;
  const messages = `${whole(videoMessages)} video and ${whole(audioMessages)} audio messages at ${whole(roles.probe)} players`;
  if (stampedMessages === 0)
    return `${messages}; no stamps, so nothing is known of latency and missing messages`;
  const strange = strangeStamps > 0 ? `, ${whole(strangeStamps)} stamps of another clock` : '';
  return `${messages}, ${whole(missingMessages)} missing${strange}`;
}

function busyOf({ busyPercents }: Report): string {
  const shares = busyPercents.map((percent) => `${percent.toFixed(0)} %`).join(', ');
  const isBusy = busyPercents.some((percent) => percent >= BUSY_PERCENT);
  const threads = busyPercents.length === 1 ? '1 thread' : `${busyPercents.length} threads`;
  return `${threads}, ${shares} busy${isBusy ? ': its own delay is in these figures, use more --threads' : ''}`;
}
