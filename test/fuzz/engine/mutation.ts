/** Makes bad inputs of good ones. */
import type { Random } from '../../support/swarm/random.ts';
import type { FuzzTarget } from './fuzz-target.ts';

/** Longer inputs are cut, bytes: what is behind that shows nothing new. */
export const MAX_INPUT_BYTES: number = 64 * 1024;

/** Fields that count or measure have their faults at such values. */
const interesting: readonly number[] = [
  0, 1, 2, 3, 4, 7, 8, 0x0a, 0x0d, 0x10, 0x1f, 0x20, 0x22, 0x2c, 0x2f, 0x3f, 0x40, 0x7e, 0x7f, 0x80, 0x81,
  0xc0, 0xfe, 0xff,
];
const interestingLong: readonly number[] = [
  0, 1, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x1_0000, 0x7f_ffff, 0x80_0000, 0xff_ffff,
  0x100_0000, 0x7fff_ffff, 0x8000_0000, 0xffff_fffe, 0xffff_ffff,
];

type Mutation = (input: Buffer, random: Random, target: Pick<FuzzTarget, 'seeds' | 'tokens'>) => Buffer;

const mutations: Readonly<Record<string, { readonly weight: number; readonly apply: Mutation }>> = {
  flipBit: {
    weight: 4,
    apply: (input, random) => changed(input, random, (byte) => byte ^ (1 << random.between(0, 7))),
  },
  setByte: { weight: 4, apply: (input, random) => changed(input, random, () => random.oneOf(interesting)) },
  anyByte: { weight: 2, apply: (input, random) => changed(input, random, () => random.between(0, 255)) },
  /** A little more or less: where something ends that a length says. */
  nudgeByte: {
    weight: 3,
    apply: (input, random) => changed(input, random, (byte) => (byte + random.oneOf([-2, -1, 1, 2])) & 0xff),
  },
  setField: { weight: 3, apply: setField },
  truncate: { weight: 1, apply: (input, random) => input.subarray(0, random.between(0, input.length)) },
  behead: { weight: 0.5, apply: (input, random) => input.subarray(random.between(0, input.length)) },
  remove: {
    weight: 3,
    apply: (input, random) => {
      const [at, end] = range(input, random);
      return Buffer.concat([input.subarray(0, at), input.subarray(end)]);
    },
  },
  duplicate: {
    weight: 3,
    apply: (input, random) => {
      const [at, end] = range(input, random);
      const times = random.chance(0.1) ? random.anyScale(2, 200) : 1;
      const copies = Array.from({ length: times }, () => input.subarray(at, end));
      return Buffer.concat([input.subarray(0, end), ...copies, input.subarray(end)]).subarray(
        0,
        MAX_INPUT_BYTES,
      );
    },
  },
  swap: {
    weight: 2,
    apply: (input, random) => {
      const [first, firstEnd] = range(input, random);
      const rest = input.subarray(firstEnd);
      const [second, secondEnd] = range(rest, random);
      return Buffer.concat([
        input.subarray(0, first),
        rest.subarray(second, secondEnd),
        rest.subarray(0, second),
        input.subarray(first, firstEnd),
        rest.subarray(secondEnd),
      ]);
    },
  },
  splice: {
    weight: 2,
    apply: (input, random, { seeds }) => {
      const other = random.oneOf(seeds);
      const [at, end] = range(other, random);
      const place = random.between(0, input.length);
      const behind = random.chance(0.5) ? input.subarray(place) : other.subarray(end);
      return Buffer.concat([input.subarray(0, place), other.subarray(at, end), behind]);
    },
  },
  insertToken: {
    weight: 2,
    apply: (input, random, { tokens }) => {
      if (tokens.length === 0) return input;
      const token = random.oneOf(tokens);
      const place = random.between(0, input.length);
      const behind = place + (random.chance(0.5) ? token.length : 0); // over what is there, or between
      return Buffer.concat([input.subarray(0, place), token, input.subarray(behind)]);
    },
  },
  insertNoise: {
    weight: 1,
    apply: (input, random) => {
      const place = random.between(0, input.length);
      return Buffer.concat([
        input.subarray(0, place),
        noise(random, random.anyScale(1, 300)),
        input.subarray(place),
      ]);
    },
  },
};

const weights: Readonly<Record<string, number>> = Object.fromEntries(
  Object.entries(mutations).map(([name, { weight }]) => [name, weight]),
);

/** A bad input of a target, made of a good one or, now and then, of nothing; at most {@link MAX_INPUT_BYTES}. */
export function mutate(target: Pick<FuzzTarget, 'seeds' | 'tokens'>, random: Random): Buffer {
  if (random.chance(0.02)) return noise(random, random.anyScale(1, 600));
  const seed = random.oneOf(target.seeds);
  // what stands behind a fault is mostly not read: the shorter, the more inputs in a second
  let input = random.chance(0.4) ? seed.subarray(0, random.anyScale(1, Math.max(1, seed.length))) : seed;
  for (let left = random.anyScale(1, 24); left > 0; left--)
    input = (mutations[random.weighted(weights)] as { readonly apply: Mutation }).apply(
      input,
      random,
      target,
    );
  return Buffer.from(input.subarray(0, MAX_INPUT_BYTES));
}

function changed(input: Buffer, random: Random, change: (byte: number) => number): Buffer {
  if (input.length === 0) return input;
  const copy = Buffer.from(input);
  const at = placeIn(input, random);
  copy[at] = change(copy[at] ?? 0);
  return copy;
}

/** A whole number of two to four bytes, in either order: most fields are one. */
function setField(input: Buffer, random: Random): Buffer {
  const size = random.between(2, 4);
  if (input.length < size) return input;
  const copy = Buffer.from(input);
  const at = Math.min(placeIn(input, random), input.length - size);
  const old = copy.readUIntBE(at, size);
  const value = random.chance(0.7) ? random.oneOf(interestingLong) : old + random.between(-3, 3);
  const fitting = ((value % 256 ** size) + 256 ** size) % 256 ** size;
  if (random.chance(0.6)) copy.writeUIntBE(fitting, at, size);
  else copy.writeUIntLE(fitting, at, size);
  return copy;
}

/** Anywhere, and as often in the first bytes, where headers are. */
function placeIn(input: Buffer, random: Random): number {
  return random.chance(0.5) ? random.between(0, input.length - 1) : random.anyScale(1, input.length) - 1;
}

function range(input: Buffer, random: Random): readonly [number, number] {
  if (input.length === 0) return [0, 0];
  const at = placeIn(input, random);
  return [at, Math.min(input.length, at + random.anyScale(1, Math.max(1, input.length - at)))];
}

function noise(random: Random, size: number): Buffer {
  return Buffer.from(Array.from({ length: size }, () => random.between(0, 255)));
}
