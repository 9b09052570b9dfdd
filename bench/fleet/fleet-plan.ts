/** How large the fleet is that is simulated. */
export interface FleetPlanWish {
  /** At most 6,400. */
  readonly relays: number;
  /** At each relay. */
  readonly places: number;
  readonly key: string;
}

/** A relay of a roster file. */
export interface PlannedEntry {
  readonly id: string;
  readonly key: string;
  readonly networks: readonly { readonly cidr: string; readonly priority: number }[];
  readonly limits: { readonly players: number };
  readonly urls: { readonly http: string };
}

/** Networks of /24 that a relay serves before all others. */
const NETWORKS_EACH = 10;

/** Relays of one region, which has the 512 networks of a /15. */
const REGION = 50;

/** A roster as large fleets have one: each relay serves networks of its own first, its region after those, and everybody at last. */
export function planFleet({ relays, places, key }: FleetPlanWish): PlannedEntry[] {
  return Array.from({ length: relays }, (_, at): PlannedEntry => {
    const cidrs = Array.from({ length: NETWORKS_EACH }, (_network, n) => `${networkOf(at, n)}.0/24`);
    const own = cidrs.map((cidr) => ({ cidr, priority: 4 }));
    const region = { cidr: `10.${2 * Math.floor(at / REGION)}.0.0/15`, priority: 2 };
    const networks = [...own, region, { cidr: '0.0.0.0/0', priority: 0 }];
    // nobody listens there: what relays measure they are told at once
    const urls = { http: `http://127.${1 + (at >> 8)}.${at & 255}.1:9` };
    return { id: `relay-${at}`, key, networks, limits: { players: places }, urls };
  });
}

/** An address of somebody in a random network of the fleet. */
export function randomAddress(relays: number): string {
  const [at, n] = [Math.floor(Math.random() * relays), Math.floor(Math.random() * NETWORKS_EACH)];
  return `${networkOf(at, n)}.${1 + Math.floor(Math.random() * 254)}`;
}

function networkOf(at: number, n: number): string {
  const within = (at % REGION) * NETWORKS_EACH + n;
  return `10.${2 * Math.floor(at / REGION) + (within >> 8)}.${within & 255}`;
}
