import type { HouseSettings } from '../../../config/house/house-settings.ts';
import { adminAtReload, listenAtReload, logAtReload } from '../../serving/reload-decisions.ts';
import { type ReloadDecisions, type TakenOver, takenOver } from '../../serving/taking-over.ts';

/** What each setting of a house does when the configuration is read again. */
export const houseReloadTable: ReloadDecisions<HouseSettings> = {
  name: 'waits',
  listen: listenAtReload,
  user: 'waits',
  group: 'waits',
  rosterFile: 'waits',
  streams: 'applies',
  access: 'applies',
  permits: 'applies',
  insecureLinks: 'applies',
  telemetryIntervalMs: 'applies',
  offlineAfterMs: 'applies',
  stickyMs: 'applies',
  reserveMs: 'applies',
  defaultRelay: 'applies',
  rtmpMode: 'applies',
  mmshMode: 'applies',
  autoRoutes: 'applies',
  stateDir: 'waits',
  store: 'waits',
  limits: 'applies',
  deadlines: 'applies',
  drain: 'applies',
  http: 'applies',
  trustedProxies: 'applies',
  proxyProtocol: 'applies',
  tls: 'applies',
  admin: adminAtReload,
  adminTokenFile: 'applies',
  ...logAtReload,
};

/** Brings new settings together with those that a house runs with. */
export function takeOverHouse(running: HouseSettings, wanted: HouseSettings): TakenOver<HouseSettings> {
  return takenOver(houseReloadTable, running, wanted);
}
