import { certificateReload } from './certificates.ts';
import { configReload } from './config-reload.ts';
import type { Disturbance } from './disturbance.ts';
import { failover } from './failover.ts';
import { hookFlaps } from './hook-flaps.ts';
import { houseFlaps } from './house-flaps.ts';
import { sourceChanges } from './source-changes.ts';
import { stalls } from './stalls.ts';
import { workerKills } from './worker-kills.ts';

const names = [
  'stalls',
  'sources',
  'failover',
  'certificates',
  'hooks',
  'house',
  'workers',
  'reload',
] as const;

/** What happens in a round, by the name that the command line knows. */
export type DisturbanceName = (typeof names)[number];

/** All that happens in a round besides those who come and go. */
export const disturbances: Readonly<Record<DisturbanceName, Disturbance>> = {
  stalls,
  sources: sourceChanges,
  failover,
  certificates: certificateReload,
  hooks: hookFlaps,
  house: houseFlaps,
  workers: workerKills,
  reload: configReload,
};
