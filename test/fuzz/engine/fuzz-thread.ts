/** The thread that fuzzes: one target after the other, each for its share of the time. Whoever started it watches that it does not hang. */
import { parentPort, workerData } from 'node:worker_threads';
import { Random } from '../../support/swarm/random.ts';
import type { TargetPlan } from '../targets/target-plan.ts';
import { CurrentInput } from './current-input.ts';
import type { FuzzTarget } from './fuzz-target.ts';
import { type Find, fuzzTarget, type TargetRun } from './fuzz-target-run.ts';
import { catchUncaught, findFault } from './judge.ts';

/** What the thread is to do. */
export type ThreadWish = {
  readonly shared: SharedArrayBuffer;
  readonly seed: number;
  /** URL of the module that has the targets. */
  readonly module: string;
} & (
  | { readonly does: 'fuzz'; readonly targets: Readonly<Record<string, number>> }
  /** Reads one input and is done. */
  | { readonly does: 'read'; readonly target: string; readonly input: Uint8Array }
);

/** What the thread says. */
export type ThreadNews =
  | { readonly is: 'begun'; readonly target: string }
  | { readonly is: 'find'; readonly find: Find }
  | { readonly is: 'done'; readonly run: TargetRun }
  | { readonly is: 'read' };

const wish = workerData as ThreadWish;
const current = new CurrentInput(wish.shared);
const { allTargets } = (await import(wish.module)) as {
  readonly allTargets: Readonly<Record<string, TargetPlan>>;
};
const tell = (news: ThreadNews): void => parentPort?.postMessage(news);

catchUncaught();
if (wish.does === 'fuzz') {
  for (const [name, cpuMs] of Object.entries(wish.targets)) {
    const target = targetOf(name);
    tell({ is: 'begun', target: name });
    const onFind = (find: Find): void => tell({ is: 'find', find });
    tell({ is: 'done', run: await fuzzTarget(target, { seed: wish.seed, cpuMs, current, onFind }) });
    await target.close?.();
  }
} else {
  const target = targetOf(wish.target);
  const input = Buffer.from(wish.input);
  current.begin(input);
  await findFault(target, input, new Random(wish.seed));
  await target.close?.();
  tell({ is: 'read' });
}

function targetOf(name: string): FuzzTarget {
  const plan = allTargets[name];
  if (plan === undefined) throw new Error(`there is no target ${name}`);
  return plan.make(name);
}
