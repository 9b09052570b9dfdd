import { z } from 'zod';
import { logLevels } from '../../../../config/log-settings.ts';
import {
  type CertificateStatus,
  type HouseStatus,
  type ListenerStatus,
  type LoadStatus,
  type RelayStatus,
  type ReloadStatus,
  readinesses,
} from '../../relay-status.ts';
import { count, facts, moment } from './facts.ts';

const listener = facts<ListenerStatus>({
  listener: z.string().describe('as the configuration calls it'),
  host: z.string().describe('address, or the path of a Unix socket'),
  port: z.int().min(0).max(65_535).nullable().describe('null for a Unix socket'),
  tls: z.boolean(),
});

const load = facts<LoadStatus>({
  name: z.string().describe('what, with its unit'),
  now: z.number(),
  limit: z.number().nullable().describe('null where nothing limits it'),
});

const certificate = facts<CertificateStatus>({
  listener: z.string(),
  subject: z.string(),
  notAfter: moment,
});

const reload = facts<ReloadStatus>({
  succeeded: z.boolean().describe('whether the configuration could be used the last time it was read'),
  at: moment.describe('when that was'),
});

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
  id: z.string().describe('another at each start'),
  name: z.string(),
  version: z.string(),
  node: z.string().describe('version of Node'),
  pid: z.int(),
  startedAt: moment,
  uptimeSeconds: count,
  readiness: z.enum(readinesses).describe('whether newcomers are let in'),
  workers: count.describe('threads that serve'),
  logLevel: z.enum(logLevels),
  listeners: z.array(listener),
  load: z.array(load),
  certificates: z.array(certificate),
  reload,
  house: house.nullable().describe('the house that the relay belongs to'),
});
