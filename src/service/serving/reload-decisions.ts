/** What settings that every service has do when the configuration is read again. */
import type { AdminSettings } from '../../config/admin/admin-settings.ts';
import type { ListenerSettings, ListenSettings } from '../../config/listen-settings.ts';
import type { AccessLogSettings, LogSettings } from '../../config/log-settings.ts';
import type { ReloadDecisions } from './taking-over.ts';

/** Where something listens. */
export const placeAtReload: { readonly [Name in keyof ListenerSettings]: 'waits' } = {
  host: 'waits',
  port: 'waits',
};

const clients = { clientCaFile: 'waits', requireClientCertificate: 'waits' } as const;
const securePlace = { ...placeAtReload, ...clients, certFile: 'applies', keyFile: 'applies' } as const;

/** `listen`. */
export const listenAtReload: ReloadDecisions<ListenSettings> = {
  rtmp: placeAtReload,
  rtmps: securePlace,
  http: placeAtReload,
  https: securePlace,
  admin: { ...placeAtReload, ...clients, certFile: 'replaces', keyFile: 'replaces', names: 'waits' },
};

/** `admin`. */
export const adminAtReload: ReloadDecisions<AdminSettings> = {
  socket: 'waits',
  tokens: 'applies',
  hosts: 'applies',
};

/** `log` and `accessLog`. */
export const logAtReload: ReloadDecisions<{
  readonly log: LogSettings;
  readonly accessLog: AccessLogSettings;
}> = {
  log: {
    file: 'waits',
    level: 'applies',
    format: 'waits',
    linesPerSecond: 'applies',
    linesPerSecondPerAddress: 'applies',
  },
  accessLog: { file: 'waits', format: 'waits', linesPerSecond: 'waits' },
};
