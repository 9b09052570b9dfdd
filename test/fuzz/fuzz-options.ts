import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';

/** What `npm run fuzz` is asked for. */
export interface FuzzOptions {
  readonly minutes: number;
  /** Another one each time where none is given. */
  readonly seed: number;
  /** One target alone; all without it. */
  readonly target: string | undefined;
}

/** Reads the command line. @param known - names of targets @throws Error that says what is wrong */
export function readOptions(args: readonly string[], known: readonly string[]): FuzzOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: 'string', default: '1' },
      seed: { type: 'string' },
      target: { type: 'string' },
    },
  });
  const { target } = values;
  const minutes = Number(values.minutes);
  const seed = Number(values.seed ?? randomInt(2 ** 31));
  if (!(minutes > 0)) throw new Error('--minutes takes a number above 0');
  if (!Number.isSafeInteger(seed)) throw new Error('--seed takes a whole number');
  if (target !== undefined && !known.includes(target))
    throw new Error(`there is no target ${target}; there are ${known.join(', ')}`);
  return { minutes, seed, target };
}
