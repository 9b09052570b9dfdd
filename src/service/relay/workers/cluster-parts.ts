import type { FailureSettings } from '../../../config/access/failure-settings.ts';
import type { LimitSettings, RelaySettings } from '../../../config/relay-settings.ts';
import { matchesScrypt } from '../../../credentials/scrypt-hash.ts';
import type { Log } from '../../../log.ts';
import { Metrics } from '../../../metrics/metrics.ts';
import { ServerConnector } from '../../../session/upstream/server-connector.ts';
import type { Clock } from '../../../stream/clock.ts';
import { BanLedger } from '../../access/bans/ban-ledger.ts';
import { FailureLedger, logBlock } from '../../access/credentials/failed-attempts.ts';
import { type ChallengeSecret, IssuedChallenges } from '../../access/credentials/issued-challenges.ts';
import { KeySets } from '../../access/credentials/key-sets/key-sets.ts';
import { oneAtATime, PasswordQueue } from '../../access/credentials/password-queue.ts';
import { PullLedger } from '../../access/joining/pull-ledger.ts';
import { ShareLedger } from '../../access/joining/share-ledger.ts';
import { Operators } from '../../access/operating/operators.ts';
import type { LineWriter } from '../../access-log/access-log.ts';
import type { Reloads } from '../../admin/reloads.ts';
import { SnmpPort } from '../../admin/snmp/snmp-port.ts';
import type { Listener } from '../../listen/listener.ts';
import { sessionsAllowedByOpenFiles } from '../../listen/open-files.ts';
import { SessionLimits } from '../../listen/session-limits.ts';
import { TicketKey } from '../../listen/tls/ticket-key.ts';
import { StorePort } from '../../recording/store-port.ts';
import { memoryLimiter } from '../../serving/limit-samples.ts';
import { readTrust } from '../../serving/trust.ts';
import { Additions } from '../changing/additions.ts';
import { RelayRecordings } from '../changing/relay-recordings.ts';
import { CrewMember } from '../house/crew-member.ts';
import type { HousePort } from '../house/house-port.ts';
import { labelValues } from '../measuring/label-values.ts';
import { mainSamples } from '../measuring/relay-samples.ts';
import { Directory } from './directory.ts';
import { StreamLabels } from './stream-labels.ts';
import type { WorkerCrew } from './worker-crew.ts';
import type { SharedState } from './worker-handle.ts';

/** What the main thread counts and decides with. */
export interface ClusterParts {
  readonly shared: SharedState;
  /** Pulls and forwards that operators have added. */
  readonly additions: Additions;
  readonly bans: BanLedger;
  /** What a house asks of all workers. */
  readonly member: CrewMember;
  /** Opens connections of the main thread itself. */
  readonly connector: ServerConnector;
  readonly keySets: KeySets;
  readonly operators: Operators;
  readonly streamLabels: StreamLabels;
  readonly metrics: Metrics;
  readonly snmp: SnmpPort;
  /** The store of recordings, which every worker is told of. */
  readonly store: StorePort;
  readonly recordings: RelayRecordings;
  /** What seals the session tickets of all workers, who are told when it changes. */
  readonly ticketKey: TicketKey;
  /** Takes new settings over, for all but who may operate. */
  configure(settings: RelaySettings): void;
  close(): Promise<void>;
}

/** What a cluster has of its own besides its parts. */
export interface ClusterHost {
  readonly log: Log;
  readonly accessLog: LineWriter | undefined;
  readonly clock: Clock;
  readonly crew: WorkerCrew;
  readonly reloads: Reloads;
  readonly challengeSecret: ChallengeSecret;
  readonly house: HousePort;
  /** The listeners that are open in the main thread. */
  listeners(): readonly Listener[];
  readonly events: SharedState['events'];
}

/** Makes them. @throws CredentialFileError, CertificateError where a file cannot be used */
export function makeClusterParts(settings: RelaySettings, host: ClusterHost): ClusterParts {
  const { log, accessLog, clock, crew, reloads, challengeSecret, events, house, listeners } = host;
  const limits: LimitSettings = { ...settings.limits };
  const failures: FailureSettings = { ...settings.access.failures };
  const bans = new BanLedger(clock);
  const shared: SharedState = {
    log,
    accessLog,
    directory: new Directory(),
    events,
    pulls: new PullLedger(limits, clock),
    failures: new FailureLedger(failures, clock, (group, ms) => {
      logBlock(log, group, ms);
      crew.tell({ say: 'block', group, ms });
    }),
    matchesPassword: oneAtATime(matchesScrypt),
    shares: new ShareLedger(limits.shares),
    sessions: new SessionLimits(
      ...([limits, sessionsAllowedByOpenFiles(), clock] as const),
      ({ id, worker }, why) => worker.tell({ say: 'evict', session: id, why }),
      (address) => bans.objectionTo(address),
    ),
  };
  const { proxy, tls } = settings;
  const trust = readTrust(tls);
  const connector = new ServerConnector(clock, { proxy, trust });
  const keySets = new KeySets({ clock, log, connect: connector.connect });
  const operators = new Operators(
    {
      ...{ clock, failures: shared.failures, wallMs: Date.now, relayName: settings.name, keySets },
      passwords: new PasswordQueue(clock, shared.matchesPassword),
      challenges: new IssuedChallenges(challengeSecret),
    },
    settings,
  );
  const snmp = new SnmpPort();
  const store = new StorePort({
    ...{ clock, log, connector },
    onSocket: (socket) => crew.tell({ say: 'store', socket }),
  });
  const ticketKey = TicketKey.rotating(clock);
  ticketKey.follow((bytes) => crew.tell({ say: 'ticket-key', bytes }));
  const samples = mainSamples({
    ...{ log, reloads, listeners, shares: shared.shares, blocked: shared.failures.blocked, bans },
    limiters: [shared.sessions, shared.pulls, memoryLimiter],
    snmp: snmp.counts,
    house,
    store,
  });
  return {
    shared,
    additions: new Additions(),
    bans,
    member: new CrewMember(crew, bans),
    connector,
    keySets,
    operators,
    snmp,
    store,
    recordings: recordingsOfWorkers(store, crew),
    ticketKey,
    streamLabels: new StreamLabels(limits),
    metrics: new Metrics(samples, { labels: labelValues, limits, relayName: settings.name }),
    configure(now) {
      Object.assign(limits, now.limits);
      Object.assign(failures, now.access.failures);
      shared.shares.configure(now.limits.shares);
      connector.configure({ proxy: now.proxy, trust });
      store.configure(now.recordings);
    },
    async close() {
      keySets.close();
      snmp.close();
      ticketKey.close();
      await store.close();
    },
  };
}

/** The recordings of a relay whose main thread has the store, and whose workers have the streams. */
function recordingsOfWorkers(store: StorePort, crew: WorkerCrew): RelayRecordings {
  return new RelayRecordings({
    get isOpen() {
      return store.isOpen;
    },
    get link() {
      return store.link;
    },
    start: (key, order) => crew.ask('startRecording', key, order),
    stop: (key) => crew.ask('stopRecording', key),
  });
}
