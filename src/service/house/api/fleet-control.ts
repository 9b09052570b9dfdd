import type { Clock } from '../../../stream/clock.ts';
import type { FailedAttempts } from '../../access/credentials/failed-attempts.ts';
import type { Chooser } from '../choosing/choice.ts';
import { FleetDecisions } from '../deciding/fleet-decisions.ts';
import { FleetKick } from '../deciding/fleet-kick.ts';
import type { BroughtSessions } from '../entrance/brought-sessions.ts';
import type { Fleet } from '../fleet/fleet.ts';
import type { RelayLinks } from '../links/relay-links.ts';
import { RelayOverview } from '../overview/relay-overview.ts';
import { Provisioning } from '../provisioning/provisioning.ts';
import type { Roster } from '../roster/roster.ts';
import type { HouseStore } from '../store/house-store.ts';

/** The fleet, as the parts of a house know it. */
export interface FleetParts {
  readonly roster: Roster;
  readonly fleet: Fleet;
  readonly store: HouseStore;
  readonly links: RelayLinks;
  readonly chooser: Chooser;
}

/** What the API of a house sees of its fleet, and does with it. */
export interface FleetControl extends FleetParts {
  readonly overview: RelayOverview;
  readonly decisions: FleetDecisions;
  readonly kick: FleetKick;
  readonly provisioning: Provisioning;
}

/** What that takes besides. */
export interface FleetControlParts extends FleetParts {
  readonly clock: Clock;
  /** Milliseconds since 1970. */
  wallMs(): number;
  /** Wrong tokens count as other wrong credentials do. */
  readonly failures: FailedAttempts;
  /** The sessions of this house itself. */
  readonly brought: Pick<BroughtSessions, 'kick'>;
}

/** Makes what the API of a house works with. */
export function fleetControl(parts: FleetControlParts): FleetControl {
  const { roster, fleet, store, links, chooser, clock, wallMs, failures, brought } = parts;
  const dateOf = (at: number): number => wallMs() - clock.now() + at;
  return {
    ...{ roster, fleet, store, links, chooser },
    overview: new RelayOverview({ roster, fleet, store, dateOf }),
    decisions: new FleetDecisions(store, wallMs),
    kick: new FleetKick({ roster, fleet, store, links, brought, wallMs }),
    provisioning: new Provisioning({ roster, store, failures, wallMs }),
  };
}
