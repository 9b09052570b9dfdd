import { z } from 'zod';
import { logLevels } from '../../../../config/log-settings.ts';
import {
  type CertificateStatus,
  type ListenerStatus,
  type ReloadStatus,
  readinesses,
  type ServiceStatus,
} from '../../relay-status.ts';
import { count, facts, moment } from './facts.ts';

const listener = facts<ListenerStatus>({
  listener: z.string().describe('as the configuration calls it'),
  host: z.string().describe('address, or the path of a Unix socket'),
  port: z.int().min(0).max(65_535).nullable().describe('null for a Unix socket'),
  tls: z.boolean(),
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

/** The schemas of a {@link ServiceStatus}. */
export const serviceFields: { -readonly [K in keyof ServiceStatus]-?: z.ZodType<ServiceStatus[K]> } = {
  id: z.string().describe('another at each start'),
  name: z.string(),
  version: z.string(),
  node: z.string().describe('version of Node'),
  pid: z.int(),
  startedAt: moment,
  uptimeSeconds: count,
  readiness: z.enum(readinesses).describe('whether newcomers are let in'),
  logLevel: z.enum(logLevels),
  listeners: z.array(listener),
  certificates: z.array(certificate),
  reload,
};
