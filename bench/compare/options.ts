import { parseArgs } from 'node:util';

/** What `npm run bench:compare` is asked for. */
export interface CompareOptions {
  /** Names of rows; all of them where none is named. */
  readonly rows: readonly string[];
  /** Names of servers, or beginnings of names; all that are there where none is named. */
  readonly servers: readonly string[];
  readonly rounds: number;
  /** Players and streams are divided by it: for trying things, not for figures. */
  readonly scale: number;
  /** Seconds of each measurement, where not what the row says. */
  readonly seconds: number | undefined;
  /** A folder with another build of the project, measured beside this one. */
  readonly baseline: string | undefined;
  /** Folder for what is built and for the results; undefined: the usual one. */
  readonly out: string | undefined;
  /** Measures nothing, and shows the rows. */
  readonly isList: boolean;
  /** Measures nothing, and makes the table of what is there. */
  readonly isReport: boolean;
  /** Writes table and chart into the docs, too. */
  readonly isDocs: boolean;
}

/** Reads the command line. @throws Error that says what is wrong */
export function readOptions(args: readonly string[], known: readonly string[]): CompareOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rows: { type: 'string', default: '' },
      servers: { type: 'string', default: '' },
      rounds: { type: 'string', default: '3' },
      scale: { type: 'string', default: '1' },
      seconds: { type: 'string' },
      baseline: { type: 'string' },
      out: { type: 'string' },
      list: { type: 'boolean', default: false },
      report: { type: 'boolean', default: false },
      docs: { type: 'boolean', default: false },
    },
  });
  const rows = namesIn(values.rows);
  const unknown = rows.filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new Error(`no row ${unknown.join(', ')}; there are ${known.join(', ')}`);
  return {
    rows,
    servers: namesIn(values.servers),
    rounds: numberIn('rounds', values.rounds, 1, 99),
    scale: numberIn('scale', values.scale, 1, 1000),
    seconds: values.seconds === undefined ? undefined : numberIn('seconds', values.seconds, 1, 600),
    baseline: values.baseline,
    out: values.out,
    isList: values.list,
    isReport: values.report,
    isDocs: values.docs,
  };
}

function namesIn(text: string): string[] {
  return text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

function numberIn(option: string, text: string, least: number, most: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new Error(`--${option} takes a whole number from ${least} to ${most}`);
}
