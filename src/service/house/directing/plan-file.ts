import { z } from 'zod';
import { settings } from '../../../config/setting-schema.ts';
import type { Log } from '../../../log.ts';
import type { KeptFiles } from '../access/permit-pairs.ts';
import { StoreError } from '../store/house-store.ts';
import type { PlanMemory } from './director.ts';
import { type FleetPlan, fleetPlanSchema } from './fleet-plan.ts';

const PLAN_FILE = 'plan.json';
const MAX_FILE_BYTES = 64 * 2 ** 20;

const kept = settings<{ readonly version: 1; readonly plan: FleetPlan }>({
  version: z.literal(1),
  plan: fleetPlanSchema,
});

/** Keeps the plan by which all relays go in the folder of the house; one that cannot be read is as none. */
export async function openPlanFile(files: KeptFiles, log: Log): Promise<PlanMemory> {
  const text = await files.read(PLAN_FILE, MAX_FILE_BYTES);
  return {
    kept: text === undefined ? undefined : planIn(text),
    keep: (plan) => {
      files.write(PLAN_FILE, `${JSON.stringify({ version: 1, plan })}\n`).catch((error: unknown) => {
        if (!(error instanceof StoreError)) throw error;
        log.warn('store', `the plan of the fleet is not kept: ${error.message}`);
      });
    },
  };
}

function planIn(text: string): FleetPlan | undefined {
  try {
    return kept.parse(JSON.parse(text)).plan;
  } catch {
    return undefined;
  }
}
