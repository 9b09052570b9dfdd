import { z } from 'zod';
import { keylessEntry, rosterEntry } from '../../../config/house/roster-settings.ts';
import { settings } from '../../../config/setting-schema.ts';
import { banKinds } from '../../access/bans/ban-ledger.ts';
import { MAX_CHARACTERS } from '../../fleet-link/link-limits.ts';
import {
  type Decisions,
  type FleetBan,
  type Invitation,
  type ProvisionedRelay,
  StoreError,
} from './house-store.ts';

/** So many of each are kept. Of more bans and keys of houses the oldest are forgotten; more of the others cannot be decided. */
export const MAX_DECIDED = {
  draining: 10_000,
  bans: 10_000,
  invitations: 1000,
  provisioned: 10_000,
  routes: 10_000,
  permitKeys: 64,
} as const;

/** Decisions have at most so many bytes of JSON. */
export const MAX_DECISION_BYTES: number = 16 * 2 ** 20;

const id = z.string().min(1).max(MAX_CHARACTERS.id);
const label = z.string().max(MAX_CHARACTERS.label);
const moment = z.number().min(0).max(8.64e15); // later there are no dates

/** Schema of what houses have decided. */
export const decisionsSchema: z.ZodType<Decisions> = settings<Decisions>({
  draining: z.array(id).max(MAX_DECIDED.draining),
  bans: z
    .array(settings<FleetBan>({ id, kind: z.enum(banKinds), value: label, until: moment, reason: label }))
    .max(MAX_DECIDED.bans),
  invitations: z
    .array(settings<Invitation>({ entry: keylessEntry, tokenHash: z.string().max(128), until: moment }))
    .max(MAX_DECIDED.invitations),
  provisioned: z
    .array(settings<ProvisionedRelay>({ entry: rosterEntry, isApproved: z.boolean() }))
    .max(MAX_DECIDED.provisioned),
  routes: z.record(id, id.nullable()).refine((all) => Object.keys(all).length <= MAX_DECIDED.routes),
  permitKeys: z
    .record(id, settings<Decisions['permitKeys'][string]>({ publicKey: z.string().max(256), at: moment }))
    .refine((all) => Object.keys(all).length <= MAX_DECIDED.permitKeys),
});

/**
 * Without what is over: bans that have ended, invitations that nobody has taken up in time; and within the bounds.
 * @param now - milliseconds since 1970
 * @throws StoreError where there is too much of what must not be forgotten
 */
export function tidyDecisions(decisions: Decisions, now: number): Decisions {
  const { draining, bans, invitations, provisioned, routes, permitKeys } = decisions;
  const tidy = {
    draining: [...new Set(draining)],
    bans: bans.filter(({ until }) => until > now).slice(-MAX_DECIDED.bans),
    invitations: invitations.filter(({ until }) => until > now),
    provisioned,
    routes,
    permitKeys: newestKeys(permitKeys),
  };
  const counts = { ...tidy, routes: Object.keys(routes) };
  for (const name of ['draining', 'invitations', 'provisioned', 'routes'] as const)
    if (counts[name].length > MAX_DECIDED[name])
      throw new StoreError(`${names[name]}: there are ${MAX_DECIDED[name]} already, which is the limit`);
  return tidy;
}

const names = {
  draining: 'relays that drain',
  invitations: 'invitations',
  provisioned: 'provisioned relays',
  routes: 'routes',
} as const;

function newestKeys(keys: Decisions['permitKeys']): Decisions['permitKeys'] {
  const all = Object.entries(keys);
  if (all.length <= MAX_DECIDED.permitKeys) return keys;
  const newest = all.sort(([, one], [, other]) => other.at - one.at).slice(0, MAX_DECIDED.permitKeys);
  return Object.fromEntries(newest);
}
