import { z } from 'zod';
import type { HouseSettings } from '../../../config/house/house-settings.ts';
import { keylessEntry, type RosterEntry } from '../../../config/house/roster-settings.ts';
import { settings } from '../../../config/setting-schema.ts';
import { type StreamSettings, streamSettings } from '../../../config/stream-settings.ts';
import type { Roster } from '../roster/roster.ts';

/** What the configuration of relays depends on of one of them. */
export type PlannedRelay = Pick<RosterEntry, 'id' | 'parent' | 'limits' | 'urls' | 'ingest' | 'enabled'>;

/** All that people decide about the configuration of relays: it is tried with one relay before all have it. */
export interface FleetPlan {
  /** In the order of the roster. */
  readonly relays: readonly PlannedRelay[];
  /** The original sources. */
  readonly streams: readonly StreamSettings[];
  readonly houseOnly: boolean;
}

/** What a house has settings for. */
export type PlanSettings = Pick<HouseSettings, 'streams'> & {
  readonly permits: Pick<HouseSettings['permits'], 'houseOnly'>;
};

/** The plan by a roster and settings. */
export function fleetPlan(
  { entries }: Pick<Roster, 'entries'>,
  { streams, permits }: PlanSettings,
): FleetPlan {
  return { relays: Array.from(entries.values(), planned), streams, houseOnly: permits.houseOnly };
}

function planned({ id, parent, limits, urls, ingest, enabled }: RosterEntry): PlannedRelay {
  return { id, parent, limits, urls, ingest, enabled };
}

/** Schema of a plan that was kept. */
export const fleetPlanSchema: z.ZodType<FleetPlan> = settings<FleetPlan>({
  relays: z.array(keylessEntry.transform(planned)),
  streams: streamSettings,
  houseOnly: z.boolean(),
});
