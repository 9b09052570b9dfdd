import { parseArgs } from 'node:util';

/** What `npm run faults:return` is asked for. */
export interface ReturningOptions {
  /** That go and come back, all at once. */
  readonly relays: number;
  /** How long they are gone, milliseconds. */
  readonly missedMs: number;
  /** That play all the time; a run for each. */
  readonly players: readonly number[];
  /** Of what is measured before they go, and after they have come back, seconds. */
  readonly seconds: number;
  readonly rounds: number;
  /** They do not say how far they had come: what their connections cost alone. */
  readonly isEmpty: boolean;
  /** Folder for what is built, and for the results. */
  readonly out: string;
}

const usage =
  'usage: npm run faults:return -- [--relays 1000] [--missed-ms 3000] [--players 500,1000] [--seconds 6] [--rounds 3] [--empty] [--out FOLDER]';

/** Reads the command line. @param folder - for results where none is named @throws Error that says what is wrong */
export function readReturningOptions(args: readonly string[], folder: string): ReturningOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      relays: { type: 'string', default: '1000' },
      'missed-ms': { type: 'string', default: '3000' },
      players: { type: 'string', default: '500,1000' },
      seconds: { type: 'string', default: '6' },
      rounds: { type: 'string', default: '3' },
      empty: { type: 'boolean', default: false },
      out: { type: 'string', default: folder },
    },
  });
  return {
    relays: numberIn('relays', values.relays, 1, 20_000),
    missedMs: numberIn('missed-ms', values['missed-ms'], 0, 60_000),
    players: values.players.split(',').map((text) => numberIn('players', text, 1, 20_000)),
    seconds: numberIn('seconds', values.seconds, 1, 600),
    rounds: numberIn('rounds', values.rounds, 1, 99),
    isEmpty: values.empty,
    out: values.out,
  };
}

function numberIn(name: string, text: string, least: number, most: number): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= least && number <= most) return number;
  throw new Error(`--${name} is to be a whole number from ${least} to ${most}, not '${text}'\n${usage}`);
}
