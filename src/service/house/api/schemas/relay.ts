import { z } from 'zod';
import { relayUrlKinds } from '../../../../config/house/relay-url.ts';
import type { RelayUrlKind, RosterEntry } from '../../../../config/house/roster-settings.ts';
import { count, facts, moment } from '../../../admin/api/schemas/facts.ts';
import {
  type FleetRelayStatus,
  type FleetTotals,
  fleetRelayStates,
  type LastReport,
} from '../../overview/fleet-status.ts';

const networks = z.array(
  facts<RosterEntry['networks'][number]>({
    cidr: z.string().describe('IPv4 or IPv6'),
    priority: z.int().describe('the highest wins'),
  }),
);

const limits = facts<RosterEntry['limits']>({
  players: count.nullable().describe('null: no limit'),
  sentBitsPerSecond: z.number().min(0).nullable().describe('null: no limit'),
});

const base = z.string().nullable().describe('base address; null where it cannot be reached so');
const urls = facts<RosterEntry['urls']>(
  Object.fromEntries(relayUrlKinds.map((kind) => [kind, base])) as Record<RelayUrlKind, typeof base>,
);

const report = facts<LastReport>({
  at: moment,
  software: z.string().describe('the name and version of its program'),
  house: z.string().describe('the house that it is linked to'),
  revision: z
    .string()
    .nullable()
    .describe('the config of the house that it has tried last; null without one'),
  problem: z.string().nullable().describe('why that could not be used; null where it is'),
});

const rate = z.number().min(0);

/** The schema of a {@link FleetRelayStatus}. */
export const fleetRelaySchema: z.ZodType<FleetRelayStatus> = facts<FleetRelayStatus>({
  id: z.string(),
  title: z.string().describe('for people'),
  state: z.enum(fleetRelayStates).describe('the first of these that holds'),
  parent: z.string().nullable().describe('the relay that it pulls from; null: the original sources'),
  draining: z.boolean().describe('whether somebody has decided that it takes no new players'),
  provisioned: z.boolean().describe("whether it has come by an invitation, and is not in the roster's file"),
  networks: networks.describe('whose players it serves'),
  limits,
  urls: urls.describe('where players are sent to'),
  players: count.nullable().describe('null as long as it is not known; so are the following'),
  publishers: count.nullable(),
  sentBitsPerSecond: rate.nullable(),
  receivedBitsPerSecond: rate.nullable(),
  streams: count.nullable().describe('how many it has'),
  report: report.nullable().describe('what it has said of itself last; null where it never has'),
});

/** The schema of {@link FleetTotals}. */
export const fleetTotalsSchema: z.ZodType<FleetTotals> = facts<FleetTotals>({
  relays: facts<FleetTotals['relays']>(
    Object.fromEntries(fleetRelayStates.map((state) => [state, count])) as Record<
      keyof FleetTotals['relays'],
      typeof count
    >,
  ).describe('relays by state'),
  players: count,
  publishers: count,
  sentBitsPerSecond: rate,
  receivedBitsPerSecond: rate,
});
