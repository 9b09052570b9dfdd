import type { LogLevel } from '../../config/log-settings.ts';
import { version } from '../../version.ts';
import type { CertificateStatus, ListenerStatus, Readiness, ServiceStatus } from '../admin/relay-status.ts';
import type { Reloads } from '../admin/reloads.ts';
import type { Listener } from '../listen/listener.ts';

/** What is known of a service besides what it does. */
export interface ServiceIdentity {
  readonly id: string;
  readonly settings: { readonly name: string };
  /** As it is now. */
  readonly logLevel: LogLevel;
  readonly readiness: Readiness;
  readonly listeners: readonly Listener[];
  /** Path of the admin socket; undefined where there is none. */
  readonly adminSocket: string | undefined;
  readonly reloads: Reloads;
}

/** How any service is doing as a whole. */
export function serviceStatus(service: ServiceIdentity): ServiceStatus {
  const { id, settings, logLevel, readiness, listeners, reloads } = service;
  return {
    id,
    name: settings.name,
    version,
    node: process.versions.node,
    pid: process.pid,
    startedAt: new Date(Math.round(performance.timeOrigin)).toISOString(),
    uptimeSeconds: Math.round(process.uptime()),
    readiness,
    logLevel,
    listeners: [...listeners.map(listenerStatus), ...socketStatus(service.adminSocket)],
    certificates: certificatesOf(listeners),
    reload: { succeeded: reloads.isSuccessful, at: reloads.at.toISOString() },
  };
}

/** The certificates of listeners that have one. */
export function certificatesOf(listeners: readonly Listener[]): readonly CertificateStatus[] {
  return listeners.flatMap(({ protocol, certificate }) => {
    if (certificate === undefined) return [];
    const { subject, validTo } = certificate();
    return [{ listener: protocol, subject, notAfter: validTo.toISOString() }];
  });
}

function socketStatus(path: string | undefined): ListenerStatus[] {
  return path === undefined ? [] : [{ listener: 'admin', host: path, port: null, tls: false }];
}

function listenerStatus({ protocol, address, certificate }: Listener): ListenerStatus {
  const tls = certificate !== undefined || protocol === 'rtmps' || protocol === 'https'; // of workers only they know it
  return { listener: protocol, host: address.address, port: address.port, tls };
}
