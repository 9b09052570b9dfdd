import { z } from 'zod';
import type { HouseStatus, LoadStatus, RelayStatus } from '../../relay-status.ts';
import { count, facts, moment } from './facts.ts';
import { serviceFields } from './service.ts';

const load = facts<LoadStatus>({
  name: z.string().describe('what, with its unit'),
  now: z.number(),
  limit: z.number().nullable().describe('null where nothing limits it'),
});

const { id, name, version, node, pid, startedAt, uptimeSeconds, readiness, ...others } = serviceFields;
const { logLevel, listeners, certificates, reload } = others;

const house = facts<HouseStatus>({
  url: z.string(),
  id: z.string().describe('what the house calls the relay'),
  state: z.enum(['linked', 'connecting', 'waiting']),
  name: z.string().nullable().describe('what the house calls itself'),
  since: moment.nullable().describe('since when there is a link'),
  lastError: z.string().nullable().describe('why there is none'),
  reconnects: count,
  revision: z.string().nullable().describe('the config of the house that is in use'),
  configProblem: z.string().nullable().describe('why the last config of the house is not in use'),
});

/** The schema of a {@link RelayStatus}. */
export const relaySchema: z.ZodType<RelayStatus> = facts<RelayStatus>({
  ...{ id, name, version, node, pid, startedAt, uptimeSeconds, readiness },
  workers: count.describe('threads that serve'),
  ...{ logLevel, listeners },
  load: z.array(load),
  ...{ certificates, reload },
  house: house.nullable().describe('the house that the relay belongs to'),
});
