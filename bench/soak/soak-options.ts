import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { type DisturbanceName, disturbances } from './disturbances/all.ts';

/** What the command line of a soak asks for. */
export interface SoakOptions {
  readonly hours: number;
  /** As many rounds, however long they take; undefined: until the time is over. */
  readonly rounds: number | undefined;
  /** Of the order of things. */
  readonly seed: number;
  readonly names: readonly DisturbanceName[];
  /** All that happens in a round happens at the same time, not one after the other. */
  readonly atOnce: boolean;
  /** Players who come to each relay in a round. */
  readonly visits: number;
  readonly roundMs: number;
  /** Processor time in a second that all may take, seconds. */
  readonly cores: number;
  /** Where report, samples and logs are written; undefined: nowhere. */
  readonly out: string | undefined;
}

/** Of a soak of hours, milliseconds; a shorter one has as many rounds as that of half an hour. */
const MOST_ROUND_MS = 60_000;
const LEAST_ROUNDS = 30;

/** For whoever has asked for what there is not. */
export const usage: string = `Usage: npm run soak -- [--hours 1 | --rounds N] [--seed N] [--only NAME,...] [--at-once] [--visits 160] [--cores 0.5] [--out FOLDER]
NAME is one of ${Object.keys(disturbances).join(', ')}; churn is always there.`;

/** @throws Error with a sentence for people when it cannot be read */
export function readOptions(args: readonly string[]): SoakOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      hours: { type: 'string', default: '1' },
      rounds: { type: 'string' },
      seed: { type: 'string', default: String(randomInt(2 ** 31)) },
      only: { type: 'string', default: Object.keys(disturbances).join(',') },
      'at-once': { type: 'boolean', default: false },
      visits: { type: 'string', default: '160' },
      cores: { type: 'string', default: '0.5' },
      out: { type: 'string' },
    },
  });
  const hours = positive('hours', values.hours);
  const rounds = values.rounds === undefined ? undefined : positive('rounds', values.rounds);
  return {
    hours,
    rounds,
    seed: positive('seed', values.seed),
    names: values.only
      .split(',')
      .filter((name) => name !== '')
      .map(nameOf),
    atOnce: values['at-once'],
    visits: positive('visits', values.visits),
    roundMs: rounds === undefined ? Math.min(MOST_ROUND_MS, (hours * 3_600_000) / LEAST_ROUNDS) : 0,
    cores: positive('cores', values.cores),
    out: values.out,
  };
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new Error(`--${name}: expected a number above 0, got "${text}"`);
  return value;
}

function nameOf(name: string): DisturbanceName {
  if (!Object.hasOwn(disturbances, name)) throw new Error(`--only: there is no "${name}"`);
  return name as DisturbanceName;
}
