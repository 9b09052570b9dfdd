import { planOf, type TargetPlan } from './target-plan.ts';

const seeds = () => [Buffer.from('good')];

/** Targets with faults of which a thread does not come back, to see that whoever watches it finds them. */
export const allTargets: Readonly<Record<string, TargetPlan>> = {
  hang: planOf({ seeds }, false, ([input]) => {
    while (input?.includes('bad'));
  }),
};
