import { HostList } from '../../../config/host-list.ts';
import type { RelaySettings } from '../../../config/relay-settings.ts';

/** The hosts that pulls and forwards may lead to that operators add. */
export function addedHosts({ admin }: Pick<RelaySettings, 'admin'>): HostList {
  return new HostList(admin.hosts);
}
