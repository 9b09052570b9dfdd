import type { HouseSettings } from '../../../config/house/house-settings.ts';
import type { ChunkReaderLimits } from '../../../protocol/rtmp/chunk/chunk-reader.ts';
import type { PageHandler, RouteStream } from '../../../session/http/http-activity.ts';
import type { HttpOrigins } from '../../../session/http/http-origins.ts';
import type { RtmpDeeds } from '../../../session/rtmp/rtmp-activity.ts';
import type { Connect } from '../../../session/upstream/server-connector.ts';
import type { Clock } from '../../../stream/clock.ts';
import type { BanCheck } from '../../access/bans/ban-ledger.ts';
import { Pages } from '../../pages/pages.ts';
import type { Chooser } from '../choosing/choice.ts';
import type { Fleet } from '../fleet/fleet.ts';
import type { Roster } from '../roster/roster.ts';
import { Dispatch, type DispatchParts } from './dispatch.ts';
import { RESOLVE_PATH, Resolving } from './resolving.ts';
import { type FleetRules, SendingGate } from './sending-gate.ts';
import { splicedDeeds } from './splice/spliced-deeds.ts';
import { bringing } from './splice/spliced-request.ts';

/** What the entrance of a house needs of it. */
export interface EntranceParts {
  readonly clock: Clock;
  readonly chooser: Chooser;
  readonly permits: DispatchParts['permits'];
  readonly rules: FleetRules;
  readonly bans: BanCheck;
  readonly roster: Pick<Roster, 'entries'>;
  readonly fleet: Pick<Fleet, 'reports'>;
  readonly origins: HttpOrigins;
  /** Of what relays send. */
  readonly limits: ChunkReaderLimits;
  /** Opens connections to relays. */
  readonly connect: Connect;
  /** Who answers at the paths of formats that have a dialogue of their own, at a relay. */
  readonly dialogues: ReadonlyMap<string, RouteStream>;
}

type EntranceSettings = Pick<HouseSettings, 'name' | 'http' | 'rtmpMode' | 'mmshMode'>;

/** Where players and publishers come in, and are sent or brought to their relays. */
export class Entrance {
  /** For every session. */
  readonly gate: SendingGate;
  /** What playing and publishing over RTMP is. */
  readonly deeds: RtmpDeeds;
  /** The dialogues of a house. */
  readonly dialogues: ReadonlyMap<string, RouteStream>;
  /** Answers players that ask where to go, and gives browsers the pages. */
  readonly handlers: readonly PageHandler[];
  readonly #pages: Pages;

  constructor(parts: EntranceParts, { name, http, ...modes }: EntranceSettings) {
    const { clock, chooser, permits, rules, bans, roster, fleet, limits, connect, dialogues } = parts;
    const isToldWhom = (relay: string): boolean => roster.entries.get(relay)?.proxyProtocol ?? false;
    const dispatch = new Dispatch({ clock, chooser, permits, isToldWhom });
    this.gate = new SendingGate({ rules, dispatch, bans }, modes);
    this.deeds = splicedDeeds({ limits, connect, isToldWhom });
    const brought = (route: RouteStream): RouteStream => bringing(route, { connect, isToldWhom });
    this.dialogues = new Map(
      Array.from(dialogues, ([name, route]) => [name, name === 'mmsh' ? brought(route) : route]),
    );
    const resolving = new Resolving(this.gate, parts.origins);
    const liveStreams = (): readonly string[] => liveIn(fleet);
    this.#pages = new Pages({ name, gate: this.gate, resolveAt: RESOLVE_PATH, liveStreams }, http);
    this.handlers = [resolving.answer.bind(resolving), this.#pages.answer.bind(this.#pages)];
  }

  /** Takes new settings over. */
  configure({ http, ...modes }: EntranceSettings): void {
    this.gate.configure(modes);
    this.#pages.configure(http);
  }
}

/** Keys of the streams that are live at any relay. */
function liveIn(fleet: Pick<Fleet, 'reports'>): readonly string[] {
  const keys = new Set<string>();
  for (const { streams } of fleet.reports())
    for (const { key, state } of streams.values()) if (state === 'live') keys.add(key);
  return [...keys];
}
