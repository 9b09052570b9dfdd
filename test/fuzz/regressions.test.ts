import { afterAll, describe, expect, test } from 'vitest';
import { Random } from '../support/swarm/random.ts';
import { regressions } from './engine/corpus.ts';
import type { FuzzTarget } from './engine/fuzz-target.ts';
import { findFault } from './engine/judge.ts';
import { allTargets } from './targets/all-targets.ts';

const made = new Map<string, FuzzTarget>();

function targetOf(name: string): FuzzTarget {
  const plan = allTargets[name];
  if (plan === undefined) throw new Error(`there is no target ${name}`);
  const target = made.get(name) ?? plan.make(name);
  made.set(name, target);
  return target;
}

afterAll(async () => {
  for (const target of made.values()) await target.close?.();
});

const kept = regressions();

describe.skipIf(kept.length === 0)('what fuzzing has once found stays mended', () => {
  test.each(kept)('$target: $file', async ({ target, input }) => {
    for (let seed = 0; seed < 5; seed++)
      expect(await findFault(targetOf(target), input, new Random(seed))).toBeUndefined();
  });
});

test.each(Object.keys(allTargets))('%s takes its good inputs, cut or not', async (name) => {
  const target = targetOf(name);
  expect(target.seeds.length).toBeGreaterThan(0);
  for (const [index, seed] of target.seeds.slice(0, 12).entries())
    expect(await findFault(target, seed, new Random(index))).toBeUndefined();
});
