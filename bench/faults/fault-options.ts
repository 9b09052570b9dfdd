import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { type FaultKind, faultKindNames } from './fault-kinds.ts';

/** What relays of a chain pull by. */
export const chainProtocols = ['rtmp', 'http', 'ws', 'mmsh'] as const;
export type ChainProtocol = (typeof chainProtocols)[number];

/** What the command line of a run of faults asks for. */
export interface FaultOptions {
  /** To each chain. */
  readonly faults: number;
  /** Levels of each chain, one after the other. */
  readonly hops: readonly number[];
  readonly seed: number;
  readonly kinds: readonly FaultKind[];
  /** These and no others, one after the other; with `+` in between, two at once. */
  readonly script: readonly string[] | undefined;
  /** Two happen at once. */
  readonly areTwo: boolean;
  /** Of a fault, milliseconds. */
  readonly longestMs: number;
  /** Most between one that is over and the next, milliseconds. */
  readonly betweenMs: number;
  readonly protocol: ChainProtocol;
  /** Relays pull all the time, also what nobody plays there. */
  readonly isAlways: boolean;
  /** Without networks of their own. */
  readonly isPlain: boolean;
  /** Where report and logs are written; undefined: nowhere. */
  readonly out: string | undefined;
}

const MOST_HOPS = 12;

/** For whoever has asked for what there is not. */
export const usage: string = `Usage: npm run faults -- [--faults 100] [--hops 1,2,3,4] [--seed N] [--two] [--kinds KIND,...] [--longest 5] [--seconds-between 3] [--protocol ${chainProtocols.join('|')}] [--always] [--plain] [--script 'FAULT; ...'] [--out FOLDER]
KIND is one of ${faultKindNames.join(', ')}. FAULT is KIND TARGET [MILLISECONDS [SHARE]], as in "kill 1a 3000" or "loss 1a>2a 2000 0.3"; of two at once, "FAULT + FAULT".`;

/** @throws Error with a sentence for people when it cannot be read */
export function readOptions(args: readonly string[]): FaultOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      faults: { type: 'string', default: '100' },
      hops: { type: 'string', default: '1,2,3,4' },
      seed: { type: 'string', default: String(randomInt(2 ** 31)) },
      kinds: { type: 'string', default: faultKindNames.join(',') },
      script: { type: 'string' },
      two: { type: 'boolean', default: false },
      longest: { type: 'string', default: '5' },
      'seconds-between': { type: 'string', default: '3' },
      protocol: { type: 'string', default: 'rtmp' },
      always: { type: 'boolean', default: false },
      plain: { type: 'boolean', default: false },
      out: { type: 'string' },
    },
  });
  return {
    faults: whole('faults', values.faults, 1, 1_000_000),
    hops: values.hops.split(',').map((text) => whole('hops', text, 1, MOST_HOPS)),
    seed: whole('seed', values.seed, 0, 2 ** 32),
    kinds: values.kinds.split(',').map((name) => oneOf('kinds', name, faultKindNames)),
    script: values.script?.split(';').map((text) => text.trim()),
    areTwo: values.two,
    longestMs: 1000 * positive('longest', values.longest),
    betweenMs: 1000 * positive('seconds-between', values['seconds-between']),
    protocol: oneOf('protocol', values.protocol, chainProtocols),
    isAlways: values.always,
    isPlain: values.plain,
    out: values.out,
  };
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new Error(`--${name}: expected a number above 0, got "${text}"`);
  return value;
}

function whole(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < least || value > most)
    throw new Error(`--${name}: expected a whole number from ${least} to ${most}, got "${text}"`);
  return value;
}

function oneOf<Name extends string>(option: string, text: string, names: readonly Name[]): Name {
  const name = names.find((known) => known === text);
  if (name === undefined) throw new Error(`--${option}: there is no "${text}"`);
  return name;
}
