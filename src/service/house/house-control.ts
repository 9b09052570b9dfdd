import type { HouseSettings } from '../../config/house/house-settings.ts';
import type { EventFeed } from '../admin/events/event-feed.ts';
import type { ServiceControl } from '../admin/service-control.ts';
import type { PermitKeyring } from './access/permit-keyring.ts';
import type { FleetControl } from './api/fleet-control.ts';
import type { SendingGate } from './entrance/sending-gate.ts';
import type { HouseEvent } from './events/house-event.ts';
import type { HouseState } from './overview/house-state.ts';
import type { Routes } from './routes/relay-route.ts';

/** What can be seen of a running house and its fleet, and done with it. */
export interface HouseControl
  extends ServiceControl<HouseSettings>,
    FleetControl,
    Pick<SendingGate, 'resolveFor' | 'objectionTo'> {
  readonly keyring: PermitKeyring;
  readonly routes: Routes;
  /** What happens, for those who follow it. */
  readonly events: EventFeed<HouseEvent>;
  /** How it does as a whole. */
  status(): HouseState;
}
