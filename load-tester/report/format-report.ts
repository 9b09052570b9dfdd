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
    ['received', receivedMbps === null ? 'not measured' : `${rate(receivedMbps)} by all players together`],
    ['checked', checkedOf(report)],
    ['load tester', busyOf(report)],
    ['failures', failuresOf(report)],
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

/** Without figures where nothing was measured. */
function row(name: string, { min, p50, p90, p99, max }: Percentiles, unit: string): string[] {
  const values = [min, p50, p90, p99, max].filter((value) => value !== null);
  return [`${name}, ${unit}`, ...values.map(figure)];
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
  return rows.map(([name = '', ...figures]) => {
    const cells = figures.map((cell, column) => cell.padStart((widths[column + 1] ?? 0) + 2));
    return name.padEnd(widths[0] ?? 0) + (cells.length === 0 ? '  not measured' : cells.join(''));
  });
}

function playersOf({ players, counts, rampPerSecond, roles }: Report): string {
  const { opened, played, slowEnded } = counts;
  const slow = slowEnded === null ? '' : `, ${whole(roles.slow)} slow (${whole(slowEnded)} let go)`;
  const replaced = opened > players ? `, ${whole(opened - players)} replaced` : '';
  const unopened = opened < players ? `, ${whole(opened)} opened` : '';
  return `${whole(players)}, joining at ${rampPerSecond} a second${replaced}${unopened}; ${whole(played)} got a frame${slow}`;
}

function measuredOf({ measuredSeconds, warmUpSeconds }: Report): string {
  if (measuredSeconds === null) return 'nothing: the test ended before the measurement began';
  return `${measuredSeconds.toFixed(1)} s, from ${warmUpSeconds} s after the last player joined`;
}

function checkedOf({ counts, roles }: Report): string {
  const { videoMessages, audioMessages, packets, missingMessages, strangeStamps } = counts;
  if (videoMessages === null || audioMessages === null) return 'nothing: no player was a probe';
  if (videoMessages + audioMessages === 0) return 'nothing: no probe got a message';
  const carriers = packets === null ? '' : ` in ${whole(packets)} packets`;
  const messages = `${whole(videoMessages)} video and ${whole(audioMessages)} audio messages${carriers} at ${whole(roles.probe)} players`;
  if (missingMessages === null)
    return `${messages}; without stamps, latency and missing messages are unknown`;
  const strange = strangeStamps ? `, ${whole(strangeStamps)} stamps from another clock` : '';
  return `${messages}, ${whole(missingMessages)} missing${strange}`;
}

function busyOf({ busyPercents }: Report): string {
  const threads = busyPercents.length === 1 ? '1 thread' : `${busyPercents.length} threads`;
  const known = busyPercents.filter((percent) => percent !== null);
  if (known.length === 0) return `${threads}, load not measured`;
  const shares = busyPercents.map((percent) => (percent === null ? '-' : `${percent.toFixed(0)} %`));
  const isBusy = known.some((percent) => percent >= BUSY_PERCENT);
  return `${threads}, ${shares.join(', ')} busy${isBusy ? ': these figures include its own delay; use more --threads' : ''}`;
}

function failuresOf({ failures, counts: { failed, opened } }: Report): string {
  return failures.length === 0 ? 'none' : `${whole(failed)} of ${whole(opened)} players`;
}
