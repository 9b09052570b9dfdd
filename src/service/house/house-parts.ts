import type { HouseSettings } from '../../config/house/house-settings.ts';
import { NetworkList } from '../../config/networks.ts';
import { proxySettings } from '../../config/proxy-settings.ts';
import { matchesScrypt } from '../../credentials/scrypt-hash.ts';
import type { Log } from '../../log.ts';
import { HouseMetrics } from '../../metrics/house/house-metrics.ts';
import type { PageHandler, TakeUpgrade } from '../../session/http/http-activity.ts';
import { HttpOrigins } from '../../session/http/http-origins.ts';
import { RtmpServerSession } from '../../session/rtmp/rtmp-server-session.ts';
import type { Session, SessionActivity } from '../../session/session.ts';
import { StreamFormats } from '../../session/stream-format.ts';
import { ServerConnector } from '../../session/upstream/server-connector.ts';
import type { Clock } from '../../stream/clock.ts';
import { sweepAccess } from '../access/access-sweep.ts';
import { FailureLedger, logBlock } from '../access/credentials/failed-attempts.ts';
import { IssuedChallenges, newChallengeSecret } from '../access/credentials/issued-challenges.ts';
import { KeySets } from '../access/credentials/key-sets/key-sets.ts';
import { PasswordQueue } from '../access/credentials/password-queue.ts';
import { Operators } from '../access/operating/operators.ts';
import { Recheck } from '../access/recheck.ts';
import { AccessLog, type LineWriter } from '../access-log/access-log.ts';
import { PublicApi } from '../admin/api/public-api.ts';
import { Reloads } from '../admin/reloads.ts';
import { noCalls } from '../calls/no-calls.ts';
import { LINK_PATH } from '../fleet-link/link-limits.ts';
import { Followers } from '../followers.ts';
import { Door } from '../listen/door.ts';
import { sessionsAllowedByOpenFiles } from '../listen/open-files.ts';
import { PendingBudget } from '../listen/pending-budget.ts';
import { ProxyEntrance } from '../listen/proxy-entrance.ts';
import { SessionTable } from '../listen/session-table.ts';
import { Listeners } from '../serving/listeners.ts';
import { PublicSite } from '../serving/public-site.ts';
import { readTrust, renewTrust } from '../serving/trust.ts';
import type { BeginRtmp } from '../serving/tunnel-route.ts';
import { mediaDialogues, mediaFormats } from '../stream-formats.ts';
import { fleetBans } from './access/fleet-bans.ts';
import { FleetGate } from './access/fleet-gate.ts';
import { PermitKeyring } from './access/permit-keyring.ts';
import { longestPermitMs, Permits } from './access/permits.ts';
import { type FleetControl, fleetControl } from './api/fleet-control.ts';
import { houseOperations } from './api/house-operations.ts';
import { FleetChooser } from './choosing/fleet-chooser.ts';
import { HeldHouseSettings } from './configuring/held-house-settings.ts';
import { Director, type PlanMemory } from './directing/director.ts';
import { openPlanFile } from './directing/plan-file.ts';
import { BroughtSessions } from './entrance/brought-sessions.ts';
import { Entrance } from './entrance/entrance.ts';
import { noStreams } from './entrance/no-streams.ts';
import type { SendingGate } from './entrance/sending-gate.ts';
import { houseFeed } from './events/house-feed.ts';
import { LiveFleet } from './fleet/live-fleet.ts';
import type { HouseControl } from './house-control.ts';
import { HouseLinks } from './links/house-links.ts';
import { LinkEntrance } from './links/link-entrance.ts';
import { ownRtmpUrl } from './links/own-rtmp-url.ts';
import { StandingOrders } from './links/standing-orders.ts';
import { houseLabels, houseSamples } from './measuring/house-samples.ts';
import { MeasuredChooser } from './measuring/measured-chooser.ts';
import { LiveRoster } from './roster/live-roster.ts';
import { FleetRoutes } from './routes/fleet-routes.ts';
import type { Routes } from './routes/relay-route.ts';
import { openStore } from './store/open-store.ts';
import type { StateFolder } from './store/state-folder.ts';

/** What a house is made from. */
export interface HouseWish {
  readonly settings: HouseSettings;
  readonly log: Log;
  readonly clock: Clock;
  /** Takes the lines of the access log; undefined where there is none. */
  readonly accessLog: LineWriter | undefined;
  /** The house itself, once it is there. */
  house(): HouseControl;
}

/** All parts of a house, wired with each other: nothing listens yet. */
export interface HouseParts extends FleetControl {
  /** For what outlasts the house. */
  readonly folder: StateFolder;
  readonly fleet: LiveFleet;
  readonly roster: LiveRoster;
  readonly director: Director;
  readonly keyring: PermitKeyring;
  readonly permits: Permits;
  readonly events: HouseControl['events'];
  readonly gate: FleetGate;
  readonly routes: Routes;
  readonly sending: SendingGate;
  readonly table: SessionTable;
  readonly metrics: HouseMetrics;
  readonly operators: Operators;
  readonly reloads: Reloads;
  readonly listeners: Listeners;
  /** Ends what parts have begun, the latest first. */
  readonly closing: AsyncDisposableStack;
  /** Takes new settings over for whatever comes; what runs goes on. */
  configure(settings: HouseSettings): void;
}

/**
 * Makes all parts of a house in turn, each given what it needs; what is given as a function is called once all are there.
 * @throws CertificateError, ConfigError, CredentialFileError, StoreError where a file cannot be used
 */
export async function makeHouseParts(wish: HouseWish): Promise<HouseParts> {
  await using stack = new AsyncDisposableStack();
  const { settings, log, clock } = wish;
  const trust = readTrust(settings.tls);
  const { store: kind, stateDir, rosterFile } = settings;
  const { folder, store, shared } = await openStore({ store: kind, stateDir, tls: trust, log, clock }, stack);
  const roster = await LiveRoster.open(rosterFile, { clock, log, store, shared });
  stack.defer(() => roster.close());
  const kept = { files: folder, store, clock, log, wallMs: Date.now };
  const keyring = await PermitKeyring.open(kept, longestPermitMs(settings.permits));
  stack.defer(() => keyring.close());
  const plans = await openPlanFile(folder, log);
  const parts = makeParts(wish, { folder, store, roster, keyring, plans }, trust, stack);
  return { ...parts, closing: stack.move() };
}

function makeParts(
  { settings, log, clock, accessLog, house }: HouseWish,
  kept: Pick<HouseParts, 'folder' | 'store' | 'roster' | 'keyring'> & { readonly plans: PlanMemory },
  firstTrust: ReturnType<typeof readTrust>,
  closing: AsyncDisposableStack,
): Omit<HouseParts, 'closing'> {
  let trust = firstTrust;
  const held = new HeldHouseSettings(settings);
  const { limits, deadlines, chunkLimits } = held;
  const connector = new ServerConnector(clock, { proxy: proxySettings.parse(undefined), trust });
  const followers = new Followers(log);
  const reloads = new Reloads();

  // the fleet
  const { folder, store, roster, keyring, plans } = kept;
  const ofHouse = { settings: held.written, roster, store, clock, log };
  const fleet = new LiveFleet(ofHouse);
  closing.defer(() => fleet.close());
  const links = new HouseLinks({ ...ofHouse, fleet });
  closing.defer(() => links.close());
  const chosenBy = { roster, fleet, store, clock, random: Math.random, wallMs: Date.now };
  const fleetChooser = new FleetChooser(held.written, chosenBy);
  closing.defer(() => fleetChooser.close());
  const chooser = new MeasuredChooser(fleetChooser, () => metrics.choices);
  const routed = { roster, fleet, store, links, clock, log, random: Math.random };
  const routes = new FleetRoutes({ ...routed, settings: held.written });
  closing.defer(() => routes.close());

  // who may do what, and who goes where
  const permits = new Permits({ keyring, clock, wallMs: Date.now }, settings.permits);
  const bans = closing.use(fleetBans({ store, clock, wallMs: Date.now }, () => brought.endBanned()));
  const director = new Director({ ...ofHouse, fleet, links, permits, memory: plans });
  closing.defer(() => director.close());
  const keySets = new KeySets({ clock, log, connect: connector.connect });
  closing.defer(() => keySets.close());
  const secret = newChallengeSecret();
  const credentials = {
    ...{ clock, keySets, relayName: settings.name, wallMs: Date.now },
    failures: new FailureLedger(held.failures, clock, (group, ms) => logBlock(log, group, ms)),
    passwords: new PasswordQueue(clock, matchesScrypt),
    challenges: new IssuedChallenges(secret),
  };
  const operators = new Operators(credentials, settings);
  const isLive = (key: string): boolean =>
    [...fleet.reports()].some(({ streams }) => streams.get(key)?.state === 'live');
  const gate = new FleetGate({ ...credentials, log, bans, isLive }, settings);

  // the way in
  const table = new SessionTable(
    ...([limits, sessionsAllowedByOpenFiles(), clock] as const),
    (session, why) => door.evict(session, why),
  ); // bans are the gate's: relays and operators may share their address with whoever is kept out
  const brought = new BroughtSessions(() => table.sessions(), bans);
  const granted = new Set<SessionActivity>();
  const recheck = new Recheck();
  closing.defer(sweepAccess(clock, granted, recheck));
  const pending = new PendingBudget<Session>(clock, limits, deadlines, 1, (session, why) =>
    door.evict(session, why),
  );
  closing.defer(() => pending.close());
  table.pending = pending;
  followers.add({
    onRejected: (reason) => metrics.onRejected(reason),
    onAccepted: (session) => table.accept(session),
    onIdle: (session) => table.rest(session),
    onClosed: (session) => table.remove(session),
  });
  if (accessLog !== undefined) {
    const publicQuery = (query: string): string => gate.publicQuery(query);
    const write = (line: string): void => accessLog.write(line);
    const lines = { settings: settings.accessLog, publicQuery, write };
    followers.add(new AccessLog({ clock, log, relay: settings.name, ...lines }));
  }
  const origins = new HttpOrigins(settings.http);
  const wayIn = new Entrance(
    {
      ...{ clock, chooser, permits, roster, fleet, origins, bans, rules: gate, limits: chunkLimits },
      ...{ connect: connector.connect, dialogues: mediaDialogues({ secret: secret.key }) },
    },
    settings,
  );
  // people and front ends
  const { failures } = credentials;
  const control = fleetControl({
    ...{ roster, fleet, store, links, chooser, clock, failures, brought, wallMs: Date.now },
  });
  const events = houseFeed({ ...control, clock, log, rollout: director });
  closing.defer(() => events.close());
  const samples = houseSamples({
    ...{ ...control, table, log, reloads, blocked: failures.blocked },
    limiters: [table, pending],
    reconnects: links.reconnects,
    revisionFor: (relay) => director.revisionFor(relay),
    rollbacks: () => director.rollbacks,
    listeners: () => listeners.all,
  });
  const metrics = new HouseMetrics(samples, houseLabels, settings.name);

  const door = new Door({
    ...{ clock, log, gate: wayIn.gate, deadlines, limits, pending, table, events: followers },
    streams: noStreams(store.house),
    remembers: { clientUrls: false, connect: false },
    calls: noCalls,
    granted,
    admissions: undefined,
  });
  const entrance = new ProxyEntrance(settings.proxyProtocol, { clock, log, door, deadlines, limits });
  const api = new PublicApi({ log, service: house, operations: houseOperations, origins });
  const handlers: readonly PageHandler[] = [...wayIn.handlers, api.answer.bind(api)];
  const relays = new LinkEntrance({
    ...{ ...ofHouse, links, failures, failureSettings: held.failures },
    mayBePlain: (address) => held.written.insecureLinks || loopback.contains(address),
  });
  const upgrades: ReadonlyMap<string, TakeUpgrade> = new Map([[LINK_PATH, relays.take]]);
  const media = { formats: new StreamFormats(mediaFormats(limits)), dialogues: wayIn.dialogues };
  const beginRtmp: BeginRtmp = (socket, context, protocol) =>
    new RtmpServerSession(socket, context, chunkLimits, wayIn.deeds, protocol);
  const tunnels = { clock, deadlines, worker: 0, elsewhere: () => undefined, door, beginRtmp };
  const served = { ...media, origins, deadlines, upgrades, tunnels, pages: inTurn(handlers) };
  const site = new PublicSite(served, settings.http);
  const listeners = new Listeners({
    ...{ clock, log, door, entrance, site, beginRtmp },
  });
  closing.defer(() => listeners.close());
  const reconnectUrl = (host: string): string | null => ownRtmpUrl(host, listeners.all);
  const standing = new StandingOrders({ ...ofHouse, links, reconnectUrl });
  closing.defer(() => standing.close());

  const configure = (now: HouseSettings): void => {
    gate.configure(now);
    for (const activity of granted) recheck.add(activity);
    permits.configure(now.permits);
    wayIn.configure(now);
    operators.configure(now);
    held.configure(now);
    log.configure(now.log);
    entrance.configure(now.proxyProtocol);
    site.configure(now.http);
    trust = renewTrust(now.tls, trust, log);
    connector.configure({ proxy: proxySettings.parse(undefined), trust });
    listeners.configure(now.listen);
    director.configure(now);
  };
  const ofFleet = { ...control, fleet, folder, roster, keyring, permits, routes, director };
  const sending = wayIn.gate;
  return { ...ofFleet, events, gate, sending, table, metrics, operators, reloads, listeners, configure };
}

/** The machine itself: nobody reads on the way from there. */
const loopback = new NetworkList(['127.0.0.0/8', '::1/128']);

/** Asks one after the other until one has answered. */
function inTurn(handlers: readonly PageHandler[]): PageHandler {
  return async (request, response, visitor) => {
    for (const answer of handlers) if (await answer(request, response, visitor)) return true;
    return false;
  };
}
