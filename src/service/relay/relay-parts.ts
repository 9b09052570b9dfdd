import { randomBytes } from 'node:crypto';
import type { RelaySettings } from '../../config/relay-settings.ts';
import type { PullSource } from '../../config/stream-settings.ts';
import { matchesScrypt } from '../../credentials/scrypt-hash.ts';
import type { Log } from '../../log.ts';
import { expandUrl } from '../../media-url.ts';
import { Metrics } from '../../metrics/metrics.ts';
import { AmfRoute } from '../../session/amf/amf-route.ts';
import type { CallHandlers } from '../../session/calls/call-handlers.ts';
import { HttpOrigins } from '../../session/http/http-origins.ts';
import { RtmpServerSession } from '../../session/rtmp/rtmp-server-session.ts';
import type { TunnelsParts } from '../../session/rtmpt/tunnels.ts';
import type { Session, SessionActivity } from '../../session/session.ts';
import { type StreamFormat, StreamFormats } from '../../session/stream-format.ts';
import { GuardedConnector } from '../../session/upstream/guarded-connector.ts';
import { ServerConnector } from '../../session/upstream/server-connector.ts';
import type { CacheBudget } from '../../stream/cache/cache-budget.ts';
import type { Clock } from '../../stream/clock.ts';
import { StreamRegistry } from '../../stream/stream-registry.ts';
import { sweepAccess } from '../access/access-sweep.ts';
import { BanLedger } from '../access/bans/ban-ledger.ts';
import { FailureLedger, logBlock } from '../access/credentials/failed-attempts.ts';
import { IssuedChallenges, newChallengeSecret } from '../access/credentials/issued-challenges.ts';
import { KeySets } from '../access/credentials/key-sets/key-sets.ts';
import { PasswordQueue } from '../access/credentials/password-queue.ts';
import type { JoinPlaces } from '../access/joining/join.ts';
import { PullLedger } from '../access/joining/pull-ledger.ts';
import { SentSweep } from '../access/joining/sent-sweep.ts';
import { ShareLedger } from '../access/joining/share-ledger.ts';
import { ThreadJoins } from '../access/joining/thread-joins.ts';
import { Operators } from '../access/operating/operators.ts';
import { Recheck } from '../access/recheck.ts';
import { AccessLog, type LineWriter } from '../access-log/access-log.ts';
import type { ProcessControl } from '../admin/process-control.ts';
import type { Origin } from '../admin/relay-status.ts';
import { Reloads } from '../admin/reloads.ts';
import { SnmpPort } from '../admin/snmp/snmp-port.ts';
import { firstToAnswer } from '../calls/first-to-answer.ts';
import { type Follower, Followers } from '../followers.ts';
import { AskedHooks } from '../hooks/asked/asked-hooks.ts';
import type { FunctionHook } from '../hooks/functions/function-hooks.ts';
import { Telling } from '../hooks/telling/telling.ts';
import { Door } from '../listen/door.ts';
import { sessionsAllowedByOpenFiles } from '../listen/open-files.ts';
import { PendingBudget } from '../listen/pending-budget.ts';
import { ProxyEntrance } from '../listen/proxy-entrance.ts';
import { SessionTable } from '../listen/session-table.ts';
import { Pages } from '../pages/pages.ts';
import type { Playback } from '../recording/playback/open-playback.ts';
import { RecordingPort } from '../recording/recording-port.ts';
import { memoryLimiter } from '../serving/limit-samples.ts';
import { PublicSite } from '../serving/public-site.ts';
import { readTrust, renewTrust } from '../serving/trust.ts';
import type { BeginRtmp } from '../serving/tunnel-route.ts';
import { mediaDialogues, mediaFormats } from '../stream-formats.ts';
import { addedHosts } from './changing/added-hosts.ts';
import { Additions } from './changing/additions.ts';
import { HeldSettings } from './configuring/held-settings.ts';
import { Refusals } from './explaining/refusals.ts';
import type { ThreadFacts, UsedUpLimits } from './explaining/stream-facts.ts';
import { threadFacts } from './explaining/thread-facts.ts';
import { usedUpLimits } from './explaining/used-up.ts';
import { Forwards } from './forwarding/forwards.ts';
import { Inheritance } from './handover/inheritance.ts';
import { successorGate } from './handover/successor-gate.ts';
import type { HousePort } from './house/house-port.ts';
import { PlayerNews } from './house/player-news.ts';
import { ThreadMember } from './house/thread-member.ts';
import { labelValues } from './measuring/label-values.ts';
import { relaySamples } from './measuring/relay-samples.ts';
import { streamNews } from './measuring/stream-news.ts';
import type { OutgoingAccess } from './permission.ts';
import { openUpstream } from './pulling/open-upstream.ts';
import { Pulls } from './pulling/pulls.ts';
import { RelayGate } from './relay-gate.ts';
import { RelayListeners } from './relay-listeners.ts';
import { RelayStreams } from './relay-streams.ts';
import { liveKeys } from './status/live-keys.ts';
import { RelayLists } from './status/relay-lists.ts';
import { LocalHomes } from './stream-homes.ts';
import type { RelayThread, ThreadLink } from './thread-link.ts';

/** What a relay is made from. */
export interface RelayWish {
  readonly settings: RelaySettings;
  readonly log: Log;
  readonly clock: Clock;
  /** The other threads; undefined where the relay is one. */
  readonly link: ThreadLink | undefined;
  /** What it has to do with its house; undefined where the main thread has that. */
  readonly house: HousePort | undefined;
  /** What ends or reloads the process, for operators; undefined where the relay is a part of another program. */
  readonly process: ProcessControl | undefined;
  /** In which streams come and go over HTTP and WebSocket; undefined for those of any relay. */
  readonly formats: readonly StreamFormat[] | undefined;
  /** Takes the lines of the access log; undefined where there is none. */
  readonly accessLog: LineWriter | undefined;
  /** What answers the calls of clients before any hook; undefined for nothing. */
  readonly calls: CallHandlers | undefined;
  /** Hooks that are functions. */
  readonly functions: readonly FunctionHook[];
  /** Who else hears of what happens. */
  readonly followers: readonly Follower[];
  /** How recordings are played; undefined where there are none. */
  readonly playback: Playback | undefined;
}

/** All parts of a relay, wired with each other: nothing listens yet, and no stream is asked for. */
export interface RelayParts {
  /** One for all threads. */
  readonly relayId: string;
  readonly thread: RelayThread;
  /** What a house asks of this thread. */
  readonly member: ThreadMember;
  readonly budget: CacheBudget;
  readonly additions: Additions;
  readonly bans: BanLedger;
  /** For what is added while the relay runs. */
  readonly guarded: GuardedConnector;
  readonly pulls: Pulls;
  readonly gate: RelayGate;
  readonly hooks: AskedHooks;
  readonly keySets: KeySets;
  readonly streams: RelayStreams;
  readonly forwards: Forwards;
  /** What is recorded here. */
  readonly recording: RecordingPort;
  readonly table: SessionTable;
  readonly door: Door;
  readonly metrics: Metrics;
  readonly lists: RelayLists;
  readonly reloads: Reloads;
  readonly snmp: SnmpPort;
  readonly listeners: RelayListeners;
  readonly telling: Telling;
  readonly inheritance: Inheritance;
  /** Who hears what happens in this thread. */
  readonly followers: Followers;
  /** What this thread knows about a stream. */
  factsOf(key: string): ThreadFacts;
  /** Which limits are used up for a stream, where this thread counts them. */
  usedUpFor(key: string): UsedUpLimits;
  /** Keys of the streams that are live, in any thread. */
  liveStreams(): Promise<readonly string[]>;
  readonly operators: Operators;
  /** Asks again whether sessions may go on. */
  readonly recheck: Recheck;
  /** Ends no more sessions whose time is over. */
  stopSweeping(): void;
  /** Takes new settings over for whatever comes; what runs goes on. */
  configure(settings: RelaySettings): void;
}

/**
 * Makes all parts of a relay in turn, each given what it needs; what is given as a function is called once all are there.
 * @throws CertificateError when a file of authorities cannot be used
 */
export function makeRelayParts({
  settings,
  log,
  clock,
  link,
  house,
  formats,
  accessLog,
  calls,
  ...wish
}: RelayWish): RelayParts {
  let trust = readTrust(settings.tls); // may throw: nothing runs yet
  const threads = link?.threads ?? 1;
  const held = new HeldSettings(settings, threads, calls !== undefined);
  const { limits, deadlines, chunkLimits } = held;
  const { budget } = held.streams.cache;
  const relayId = link?.relayId ?? randomBytes(9).toString('base64url');

  // streams, and who hears of them
  const followers = new Followers(log);
  const streamReaders = { log, followers, metrics: () => metrics };
  const registry = new StreamRegistry(clock, held.streams, streamNews(streamReaders));
  const liveStreams = async (): Promise<readonly string[]> => link?.liveStreams() ?? liveKeys(registry);

  // other servers
  const connector = new ServerConnector(clock, { proxy: settings.proxy, trust });
  const { connect, secretUrls } = connector;
  let hosts = addedHosts(settings);
  const guarded = new GuardedConnector(connector, () => hosts);
  const additions = new Additions();
  const originOf = (key: string): Origin => (additions.pulls(key) ? 'api' : 'config');
  const granted = new Set<SessionActivity>();
  const access: OutgoingAccess = { mayOpen: (wish, signal) => gate.mayOpen(wish, signal), granted };
  const outgoing = { clock, log, relayId, limits: chunkLimits, connect, secretUrls, followers, access };
  const ledger = new PullLedger(limits, clock); // unless the main thread has one
  const slots = link?.pullSlots ?? ledger;
  const pulls = new Pulls(
    registry,
    {
      ...outgoing,
      budget,
      attach: (key, source) => registry.attach(key, source),
      streamOf: (key) => registry.get(key),
      originOf,
      open({ key, ...wish }, events) {
        const by = originOf(key) === 'api' ? guarded : connector;
        return openUpstream({ ...wish, limits: chunkLimits, connector: by }, events);
      },
    },
    slots,
  );

  // who may have which stream, and where it is kept
  const pullOf = (key: string): PullSource | undefined => gate.pullOf(key);
  const demandAtHome = (key: string): void => homes.at(key).demand(pullOf(key));
  const heir = { clock, relayId, registry, limits: chunkLimits, pullOf, demandAtHome };
  const inheritance = new Inheritance(heir);
  const local = new LocalHomes(registry, pulls, inheritance);
  const kept: RelayThread['tunnels']['kept'] = (...asked) => site.tunnelRoute.kept(...asked);
  const thread: RelayThread = {
    ...{ registry, settings: held.streams, homes: local, tunnels: { kept }, pullOf },
  };
  const homes = link?.homes(thread) ?? local;
  const isHere = (key: string): boolean => registry.get(key)?.state === 'live';
  const shares = new ShareLedger(limits.shares);
  const places: JoinPlaces =
    link?.joins ??
    new ThreadJoins(
      {
        pulls: ledger,
        shares,
        waiting: {
          isThere: isHere,
          wait: (session) => table.wait(session),
          endWait: (session) => table.endWait(session),
        },
      },
      0,
    );
  const sent = new SentSweep(
    clock,
    {
      sessionBytes: (session) => table.get(session)?.sentBytes,
      *streamBytes() {
        for (const { key, source, broadcast } of registry.streams())
          if (source !== undefined && !source.isCopy) yield [key, broadcast.totals.receivedBytes];
      },
    },
    (report) => places.onSent(report),
  );
  const joins = { places, isHere, look: (key: string) => slots.look(key) };
  const failures =
    link?.failures ?? new FailureLedger(held.failures, clock, (group, ms) => logBlock(log, group, ms));
  const hooks = new AskedHooks({
    ...{ clock, log, connect, relayName: settings.name, functions: wish.functions },
    events: { onAsked: (hook, outcome, ms) => metrics.onAsked(hook, outcome, ms) },
  });
  hooks.configure(settings.hooks);
  const passwords = new PasswordQueue(clock, link?.matchesPassword ?? matchesScrypt);
  const secret = link?.challengeSecret ?? newChallengeSecret();
  const challenges = new IssuedChallenges(secret);
  const keySets = new KeySets({ clock, log, connect });
  const bans = link?.bans ?? new BanLedger(clock);
  const credentials = { failures, passwords, challenges, keySets };
  const gateParts = { relayId, homes, joins, sent, log, clock, hooks, bans, ...credentials };
  const gate = new RelayGate({ ...gateParts, playback: wish.playback }, settings);
  const named = { wallMs: Date.now, relayName: settings.name };
  const operators = new Operators({ clock, ...credentials, ...named }, settings);
  const recording = new RecordingPort({
    ...{ clock, log, connector, followers, tellsStore: (link?.index ?? 0) === 0 },
    wishOf: (key) => gate.recordWishOf(key),
  });
  const streams = new RelayStreams({ relayId, clock, registry, homes, gate, liveStreams, recording });
  const forwards = new Forwards(
    (origin) => (origin === 'api' ? { ...outgoing, connect: guarded.connect } : outgoing),
    (key) => [
      ...gate.forwardsOf(key).map((url) => ({ url: expandUrl(url, key), origin: 'config' as const })),
      ...additions.forwardsOf(key), // which are among them: those that come later count
    ],
  );

  // sessions, and what is counted
  const machineLimit = sessionsAllowedByOpenFiles();
  const table = new SessionTable(
    ...([limits, machineLimit, clock] as const),
    (session, why) => door.evict(session, why),
    (address) => bans.objectionTo(address),
  );
  const pending = new PendingBudget<Session>(clock, limits, deadlines, threads, (session, why) =>
    door.evict(session, why),
  );
  table.pending = pending;
  const reloads = new Reloads();
  const snmp = new SnmpPort();
  const recheck = new Recheck(clock);
  const stopAccess = sweepAccess(clock, granted, recheck);
  const stopSweeping = (): void => {
    stopAccess();
    pending.close();
    sent.close();
  };
  const isProcess = link === undefined; // of several threads the main one shows it
  const samples = relaySamples({
    ...{ registry, pulls, forwards, table, budget, log, hooks, recording, house },
    telling: { samples: () => telling.samples() },
    shares: isProcess ? shares : undefined,
    bans: isProcess ? bans : undefined,
    blocked: isProcess && failures instanceof FailureLedger ? failures.blocked : undefined,
    limiters: isProcess ? [table, pending, ledger, memoryLimiter] : [pending],
    reloads: isProcess ? reloads : undefined,
    snmp: isProcess ? snmp.counts : undefined,
    listeners: () => listeners.all,
  });
  const metrics = new Metrics(samples, {
    labels: labelValues,
    limits,
    relayName: isProcess ? settings.name : undefined,
  });
  const lists = new RelayLists(clock, registry, table, recording);
  const refusals = new Refusals();
  const factsOf = (key: string): ThreadFacts => threadFacts(key, { gate, lists, pulls, refusals, hooks });
  const usedUpFor = (key: string): UsedUpLimits =>
    usedUpLimits(key, { shares, pulls: ledger, hasRoom: table.hasRoom });
  followers.add({
    onRejected: refusals.onRejected,
    onAccepted: (session) => table.accept(session),
    onIdle: (session) => table.rest(session),
    onClosed: (session) => table.remove(session),
    onOver: ({ verb }, reason) => verb !== 'publish' && metrics.onPlayerLeft(reason),
  });
  followers.add({ onUpstreamFlowing: ({ key }) => slots.note(key, 'flowing') });
  const news = settings.house === null ? undefined : new PlayerNews();
  for (const follower of [metrics, forwards, link, news, ...wish.followers])
    if (follower !== undefined) followers.add(follower);

  // hooks that are told, and the access log
  const { name: relay } = settings;
  const publicQuery = (query: string): string => gate.publicQuery(query);
  if (accessLog !== undefined) {
    const linesPerSecond = settings.accessLog.linesPerSecond / threads;
    const write = (line: string): void => accessLog.write(line);
    const rates = { ...settings.accessLog, linesPerSecond };
    followers.add(new AccessLog({ clock, log, relay, settings: rates, publicQuery, write }));
  }
  const { functions } = wish;
  const telling = new Telling({ clock, log, relay, connect, followers, publicQuery, functions });
  telling.configure(settings.hooks);

  // the way in
  const door = new Door({
    ...{ clock, log, gate, streams, deadlines, limits, pending, granted, table },
    events: followers,
    remembers: held.remembers,
    calls: { handlers: calls === undefined ? hooks : firstToAnswer(calls, hooks), limits: held.calls },
    admissions: link,
  });
  const entrance = new ProxyEntrance(settings.proxyProtocol, { clock, log, door, deadlines, limits });
  const pages = new Pages({ name: settings.name, gate, liveStreams, playback: wish.playback }, settings.http);
  const served = {
    origins: new HttpOrigins(settings.http),
    formats: new StreamFormats(formats ?? mediaFormats(limits)),
    dialogues: mediaDialogues({ secret: secret.key }),
    pages: pages.answer.bind(pages),
    gateway: new AmfRoute(held.calls),
    recordings: wish.playback?.route,
  };
  const beginRtmp: BeginRtmp = (socket, context, protocol) =>
    new RtmpServerSession(socket, context, chunkLimits, wish.playback?.deeds, protocol);
  const elsewhere: TunnelsParts['elsewhere'] = (...asked) => link?.tunnelAt(...asked);
  const tunnels = { clock, deadlines, worker: link?.index ?? 0, elsewhere, door, beginRtmp };
  const site = new PublicSite({ ...served, deadlines, tunnels, calls: held.calls }, settings.http);
  const successor = successorGate(homes, liveStreams);
  const listeners = new RelayListeners({
    ...{ clock, log, door, entrance, beginRtmp, site, successor },
    ticketKey: link?.ticketKey,
  });

  const configure = (now: RelaySettings): void => {
    hooks.configure(now.hooks);
    gate.configure({ ...now, streams: additions.before(now.streams) });
    telling.configure(now.hooks);
    snmp.configure(now.snmp);
    operators.configure(now);
    held.configure(now);
    shares.configure(now.limits.shares);
    log.configure({ ...now.log, linesPerSecond: now.log.linesPerSecond / threads });
    entrance.configure(now.proxyProtocol);
    site.configure(now.http);
    trust = renewTrust(now.tls, trust, log);
    connector.configure({ proxy: now.proxy, trust });
    recording.configure(now.recordings);
    hosts = addedHosts(now);
    listeners.configure(now.listen);
    pages.configure(now.http);
    wish.playback?.configure(now);
  };
  const member = new ThreadMember({ clock, registry, table, bans, gate, lists, news });
  return {
    ...{ relayId, member, thread, budget, additions, bans, guarded, pulls, gate, hooks, keySets, operators },
    ...{ streams, forwards, table, door, metrics, lists, reloads, snmp, listeners, telling, inheritance },
    ...{ recording, followers, factsOf, usedUpFor, recheck, liveStreams, stopSweeping, configure },
  };
}
