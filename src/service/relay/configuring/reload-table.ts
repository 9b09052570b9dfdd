import type { RelaySettings } from '../../../config/relay-settings.ts';
import { adminAtReload, listenAtReload, logAtReload, placeAtReload } from '../../serving/reload-decisions.ts';
import { type ReloadDecisions, type TakenOver, takenOver } from '../../serving/taking-over.ts';

/** What each setting does when the configuration is read again. */
export const reloadTable: ReloadDecisions<RelaySettings> = {
  name: 'waits',
  listen: listenAtReload,
  workers: 'waits',
  user: 'waits',
  group: 'waits',
  streams: 'applies',
  access: 'applies',
  admin: adminAtReload,
  hooks: 'applies',
  cache: 'applies',
  fanOut: 'applies',
  publish: 'applies',
  play: 'applies',
  deadlines: 'applies',
  drain: 'applies',
  http: 'applies',
  tls: 'applies',
  proxy: 'applies',
  proxyProtocol: 'applies',
  limits: 'applies',
  calls: 'applies',
  recordings: {
    ...{ folder: 'waits', segment: 'applies', minFreeBytes: 'applies', maxQueueBytes: 'applies' },
    ...{ retention: 'applies', encryption: 'applies', upload: 'waits', playback: 'applies' },
  },
  house: {
    ...{ url: 'waits', id: 'waits', keyFile: 'waits', caFile: 'waits', certFile: 'waits' },
    ...{ certKeyFile: 'waits', insecure: 'waits', copyFile: 'waits' },
  },
  snmp: {
    ...placeAtReload,
    networks: 'applies',
    communityFile: 'applies',
    users: 'applies',
    requestsPerSecond: 'applies',
  },
  ...logAtReload,
};

/** Brings new settings together with those that a relay runs with, by {@link reloadTable}. */
export function takeOver(running: RelaySettings, wanted: RelaySettings): TakenOver<RelaySettings> {
  return takenOver(reloadTable, running, wanted);
}
