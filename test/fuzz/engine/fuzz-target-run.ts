import { crc32 } from 'node:zlib';
import { Random } from '../../support/swarm/random.ts';
import type { CurrentInput } from './current-input.ts';
import type { FuzzFault, FuzzTarget } from './fuzz-target.ts';
import { findFault } from './judge.ts';
import { minimize } from './minimize.ts';
import { mutate } from './mutation.ts';

/** A target that has so many different faults is left alone until they are mended. */
const MAX_FINDS = 3;

/** An input that a target does not stand, as small as it could be made. */
export interface Find {
  readonly target: string;
  readonly kind: string;
  readonly message: string;
  readonly input: Uint8Array;
  /** The number of the input that showed it. */
  readonly iteration: number;
}

/** What became of a target's share of the time. */
export interface TargetRun {
  readonly target: string;
  readonly iterations: number;
  /** Processor time, milliseconds. */
  readonly cpuMs: number;
}

/** How a target is fuzzed. */
export interface RunWish {
  readonly seed: number;
  /** Processor time, milliseconds. */
  readonly cpuMs: number;
  readonly current: CurrentInput;
  readonly onFind: (find: Find) => void;
}

/** Gives a target one bad input after the other, which follow from the seed and their numbers alone. */
export async function fuzzTarget(
  target: FuzzTarget,
  { seed, cpuMs, current, onFind }: RunWish,
): Promise<TargetRun> {
  const begin = usedMs();
  const kinds = new Set<string>();
  let iterations = 0;
  for (; usedMs() - begin < cpuMs && kinds.size < MAX_FINDS; iterations++) {
    const random = new Random(seed, crc32(target.name), iterations);
    const input =
      iterations < target.seeds.length ? (target.seeds[iterations] as Buffer) : mutate(target, random);
    const fault = await judge(target, input, random, current);
    if (fault === undefined || kinds.has(fault.kind)) continue;
    kinds.add(fault.kind);
    onFind(await smallest(target, input, fault, iterations, current));
  }
  return { target: target.name, iterations, cpuMs: usedMs() - begin };
}

function judge(
  target: FuzzTarget,
  input: Buffer,
  random: Random,
  current: CurrentInput,
): Promise<FuzzFault | undefined> {
  current.begin(input);
  return findFault(target, input, random);
}

async function smallest(
  target: FuzzTarget,
  input: Buffer,
  fault: FuzzFault,
  iteration: number,
  current: CurrentInput,
): Promise<Find> {
  let { message } = fault;
  const least = await minimize(input, async (less) => {
    const same = await judge(target, less, new Random(iteration), current);
    if (same?.kind !== fault.kind) return false;
    message = same.message;
    return true;
  });
  return { target: target.name, kind: fault.kind, message, input: least, iteration };
}

function usedMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}
