import type { Log } from '../../../log.ts';
import { speakerKinds } from '../../../log-shares.ts';
import type { HouseLabels, HouseMetricsSource, RelaySample } from '../../../metrics/house/house-source.ts';
import { refusalReasons } from '../../../session/access.ts';
import { sessionProtocols, sessionRoles } from '../../../session/session.ts';
import { banKinds } from '../../access/bans/ban-ledger.ts';
import type { Reloads } from '../../admin/reloads.ts';
import type { Listener } from '../../listen/listener.ts';
import type { SessionTable } from '../../listen/session-table.ts';
import { certificateSamples } from '../../serving/certificate-samples.ts';
import { type Limiter, limitSamples, memoryLimiter } from '../../serving/limit-samples.ts';
import { noChoices } from '../api/schemas/explanation.ts';
import type { FleetDecisions } from '../deciding/fleet-decisions.ts';
import type { RelayLinks } from '../links/relay-links.ts';
import { fleetRelayStates } from '../overview/fleet-status.ts';
import type { KnownRelay, RelayOverview } from '../overview/relay-overview.ts';
import type { HouseStore } from '../store/house-store.ts';

/** What of a house is measured. */
export interface MeasuredHouse {
  readonly overview: RelayOverview;
  readonly decisions: FleetDecisions;
  readonly store: Pick<HouseStore, 'isThere'>;
  readonly links: RelayLinks;
  readonly table: SessionTable;
  readonly limiters: readonly Limiter[];
  readonly log: Log;
  readonly reloads: Reloads;
  readonly blocked: { readonly size: number };
  /** How often each relay has opened its link to this house again. */
  readonly reconnects: ReadonlyMap<string, number>;
  /** The config that a relay is to go by; undefined where that is not known. */
  revisionFor(relay: string): string | undefined;
  /** How often a config was taken back. */
  rollbacks(): number;
  listeners(): readonly Listener[];
}

/** What a house shows when Prometheus asks. */
export function houseSamples(house: MeasuredHouse): HouseMetricsSource {
  const { overview, decisions, store, links, table, limiters, log, reloads, blocked } = house;
  return {
    relays: () => overview.all().map((known) => sampleOf(known, house)),
    links: () => [...links.here].length,
    isStoreThere: () => store.isThere,
    *bans() {
      const all = decisions.bans();
      for (const kind of banKinds) yield [kind, all.filter((ban) => ban.kind === kind).length];
    },
    rollbacks: () => house.rollbacks(),
    sessions: () => table.sample(),
    limits: () => limitSamples([...limiters, memoryLimiter]),
    blockedAddresses: () => blocked.size,
    leftOutLines: () => log.leftOut(),
    lostLines: () => log.lostLines(),
    reloads: () => reloads,
    certificates: () => certificateSamples(house.listeners()),
  };
}

/** The values that labels of a house's metrics can have. */
export const houseLabels: HouseLabels = {
  role: sessionRoles,
  protocol: sessionProtocols,
  about: speakerKinds,
  refusals: refusalReasons,
  states: fleetRelayStates,
  noChoices,
};

function sampleOf({ entry, report, isOnline: isUp, state }: KnownRelay, house: MeasuredHouse): RelaySample {
  const { id, limits } = entry;
  const { players = 0, publishers = 0, sentBitsPerSecond = 0, receivedBitsPerSecond = 0 } = report ?? {};
  const used = [
    ...(limits.players === null ? [] : [players / limits.players]),
    ...(limits.sentBitsPerSecond === null ? [] : [sentBitsPerSecond / limits.sentBitsPerSecond]),
  ];
  const wanted = house.revisionFor(id);
  return {
    ...{ id, state, isUp, isFull: isUp && report?.state === 'full' },
    ...{ players, publishers, sentBitsPerSecond, receivedBitsPerSecond },
    usedRatio: used.length === 0 ? undefined : Math.max(...used),
    isUpToDate:
      wanted === undefined || !isUp ? undefined : report?.revision === wanted && report.problem === null,
    reconnects: house.reconnects.get(id) ?? 0,
  };
}
