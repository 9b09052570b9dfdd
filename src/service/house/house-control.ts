import type { HouseSettings } from '../../config/house/house-settings.ts';
import type { ServiceControl } from '../admin/service-control.ts';
import type { PermitKeyring } from './access/permit-keyring.ts';
import type { Chooser } from './choosing/choice.ts';
import type { Fleet } from './fleet/fleet.ts';
import type { RelayLinks } from './links/relay-links.ts';
import type { Roster } from './roster/roster.ts';
import type { Routes } from './routes/relay-route.ts';
import type { HouseStore } from './store/house-store.ts';

/** What can be seen of a running house and its fleet, and done with it. */
export interface HouseControl extends ServiceControl<HouseSettings> {
  readonly roster: Roster;
  readonly store: HouseStore;
  readonly fleet: Fleet;
  readonly links: RelayLinks;
  readonly chooser: Chooser;
  readonly keyring: PermitKeyring;
  readonly routes: Routes;
}
