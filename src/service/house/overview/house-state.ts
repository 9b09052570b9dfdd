import type { StoreSettings } from '../../../config/house/store-settings.ts';
import type { ServiceStatus } from '../../admin/relay-status.ts';
import type { ConfigState } from './config-state.ts';
import type { FleetTotals } from './fleet-status.ts';

/** How a house is doing as a whole, and its fleet. */
export interface HouseState extends ServiceStatus {
  /** Whichever house the relays are linked to. */
  readonly fleet: FleetTotals;
  /** How many relays are linked to this house. */
  readonly links: number;
  /** What relays are to go by, of which one tries it first. */
  readonly config: ConfigState;
  /** Where it keeps what is decided, and whether it can now. */
  readonly store: { readonly type: StoreSettings['type']; readonly isThere: boolean };
}
