import { type CaseFigures, figuresOf, referenceOf } from './figures-of-case.ts';
import type { Load } from './load.ts';
import type { MeasuredCase, RowRecord } from './record.ts';
import { formatSpread } from './statistics.ts';

const columns = [
  'what',
  'server',
  'us',
  'ratio',
  'core %',
  'latency p50 ms',
  'p99 ms',
  'first frame p99 ms',
  'RSS MiB',
  'clients core %',
];

/** All records as one table in Markdown, below what holds for all of it. */
export function makeTable(records: readonly RowRecord[]): string {
  return [
    ...makePreamble(records),
    '',
    tableRow(columns),
    tableRow(columns.map(() => '---')),
    ...records.flatMap(rowsOf),
  ]
    .map((line) => `${line}\n`)
    .join('');
}

/** Where and with what the records were measured, in sentences. */
function makePreamble(records: readonly RowRecord[]): string[] {
  const machines = unique(records.map(({ machine }) => machine));
  const commits = unique(records.map(({ commit }) => commit));
  const days = unique(records.map(({ date }) => date.slice(0, 10)));
  const rounds = unique(records.map((record) => String(record.rounds)));
  const versions = unique(
    records.flatMap((record) =>
      Object.entries(record.versions).map(([server, version]) => `${server} ${version}`),
    ),
  );
  return [
    `${days.join(', ')}; ${machines.join('; ')}; commit ${commits.join(', ')}; medians of ${rounds.join(' or ')} rounds, in parentheses the least and the most.`,
    `Versions: ${versions.sort().join(', ')}.`,
  ];
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}

function rowsOf(record: RowRecord): string[] {
  const reference = referenceOf(record);
  return record.cases.map((one, index) => {
    const what = index === 0 ? `**${record.title}**; \`${record.row}\`` : '';
    return tableRow([what, nameOf(record, one), ...cellsOf(figuresOf(record, one), one === reference)]);
  });
}

/** The server, and what tells its load from the others of the row. */
function nameOf(record: RowRecord, { server, load }: MeasuredCase): string {
  const differs = (read: (load: Load) => unknown): boolean =>
    new Set(
      record.cases.filter(({ server: other }) => other !== 'kernel floor').map((other) => read(other.load)),
    ).size > 1;
  const notes = [
    ...(differs(({ wire }) => wire) ? [load.wire.toUpperCase()] : []),
    ...(differs(({ players }) => players) ? [`${load.players.toLocaleString('en')} players`] : []),
    ...(differs(({ stalledPercent }) => stalledPercent) ? [`${load.stalledPercent} % stalled`] : []),
    ...(differs(({ handshakes }) => handshakes) ? [`${load.handshakes} handshakes/s`] : []),
    ...(differs(({ generator }) => generator)
      ? [load.generator === 'native' ? 'by the program in C' : 'by `streampump load`']
      : []),
  ];
  return [server, ...notes].join(', ');
}

function cellsOf(figures: CaseFigures, isReference: boolean): string[] {
  if (figures.refused !== undefined) return [figures.refused.replaceAll('|', '/'), ...Array(7).fill('')];
  return [
    formatSpread(figures.cpuUs),
    isReference ? '1' : formatSpread(figures.ratio, 2),
    formatSpread(figures.corePercent),
    formatSpread(figures.latencyP50Ms),
    formatSpread(figures.latencyP99Ms),
    formatSpread(figures.firstFrameP99Ms),
    formatSpread(figures.residentMiB),
    formatSpread(figures.generatorPercent),
  ];
}

function tableRow(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}
