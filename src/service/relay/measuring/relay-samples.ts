import type { Log } from '../../../log.ts';
import type {
  AskedHookSample,
  HouseSample,
  MetricsSource,
  ReloadSample,
  StreamSample,
} from '../../../metrics/metrics-source.ts';
import type { CacheBudget } from '../../../stream/cache/cache-budget.ts';
import type { LiveStream } from '../../../stream/live-stream.ts';
import type { StreamRegistry } from '../../../stream/stream-registry.ts';
import { type BanLedger, banKinds } from '../../access/bans/ban-ledger.ts';
import type { ShareLedger } from '../../access/joining/share-ledger.ts';
import type { Telling } from '../../hooks/telling/telling.ts';
import type { Listener } from '../../listen/listener.ts';
import type { SessionTable } from '../../listen/session-table.ts';
import type { RecordingPort } from '../../recording/recording-port.ts';
import type { StorePort } from '../../recording/store-port.ts';
import { certificateSamples } from '../../serving/certificate-samples.ts';
import { type Limiter, limitSamples } from '../../serving/limit-samples.ts';
import type { Forward } from '../forwarding/forward.ts';
import type { Pull } from '../pulling/pull.ts';

/** What of a relay is measured. */
export interface MeasuredParts {
  readonly registry: StreamRegistry;
  readonly pulls: Iterable<Pull>;
  readonly forwards: Iterable<Forward>;
  readonly table: SessionTable;
  readonly budget: CacheBudget;
  readonly log: Log;
  readonly hooks: { samples(): readonly AskedHookSample[] };
  readonly telling: Pick<Telling, 'samples'>;
  /** None in a thread that does not count them. */
  readonly shares: Pick<ShareLedger, 'samples'> | undefined;
  /** Undefined in a thread that does not count them. */
  readonly blocked: { readonly size: number } | undefined;
  /** Undefined in a thread that does not count them. */
  readonly bans: Pick<BanLedger, 'standing'> | undefined;
  /** Besides the budget of the cache. */
  readonly limiters: readonly Limiter[];
  /** Undefined in a thread that does not count them. */
  readonly reloads: ReloadSample | undefined;
  /** Undefined in a thread that does not answer them. */
  readonly snmp: Iterable<[string, number]> | undefined;
  /** What this thread records. */
  readonly recording: Pick<RecordingPort, 'sample' | 'uploads' | 'usage'>;
  /** Undefined in a thread that has none. */
  readonly house: { readonly sample: HouseSample | undefined } | undefined;
  /** Those that are open in this thread. */
  listeners(): readonly Listener[];
}

/** What one thread of a relay shows when Prometheus asks. */
export function relaySamples(parts: MeasuredParts): MetricsSource {
  const { registry, pulls, forwards, table, budget, log, hooks, telling } = parts;
  const { shares, blocked, bans, limiters, reloads, snmp, recording, house, listeners } = parts;
  return {
    *streams() {
      for (const stream of registry.streams()) if (stream.source !== undefined) yield sampleOf(stream);
    },
    liveStreams: () => liveCount(registry),
    cacheBytes: () => budget.bytes,
    cacheEvictions: () => budget.evictions,
    sessions: () => table.sample(),
    askedHooks: () => hooks.samples(),
    leftOutLines: () => log.leftOut(),
    lostLines: () => log.lostLines(),
    toldHooks: () => telling.samples(),
    shares: () => shares?.samples() ?? [],
    limits: () => limitSamples(limiters, budget),
    blockedAddresses: () => blocked?.size ?? 0,
    bans: () => banCounts(bans),
    reloads: () => reloads,
    snmp: () => snmp ?? [],
    recordings: () => recording.sample(),
    uploads: () => recording.uploads,
    store: () => recording.usage,
    house: () => house?.sample,
    certificates: () => certificateSamples(listeners()),
    *upstreams() {
      for (const { key, connects, isFlowing, shownUrl } of pulls)
        yield { stream: key, url: shownUrl, isUp: isFlowing, connects: connects.values() };
    },
    *forwards() {
      for (const forward of forwards) {
        const { stream, url, state, sentBytes } = forward.status();
        yield { stream, url, isUp: state === 'flowing', connects: forward.connects.values(), sentBytes };
      }
    },
  };
}

/** What the main thread of several shows: what it counts for all of them, and nothing of what they do. */
export function mainSamples({
  log,
  shares,
  blocked,
  bans,
  limiters,
  reloads,
  snmp,
  house,
  listeners,
  store,
}: Pick<
  MeasuredParts,
  'log' | 'shares' | 'blocked' | 'bans' | 'limiters' | 'reloads' | 'snmp' | 'house' | 'listeners'
> & { readonly store: Pick<StorePort, 'uploads' | 'usage'> }): MetricsSource {
  const none = { counts: [], bytes: [], held: { backlog: 0, partial: 0 } };
  return {
    streams: () => [],
    liveStreams: () => 0,
    cacheBytes: () => 0,
    cacheEvictions: () => 0,
    sessions: () => none,
    upstreams: () => [],
    forwards: () => [],
    askedHooks: () => [],
    toldHooks: () => [],
    leftOutLines: () => log.leftOut(),
    lostLines: () => log.lostLines(),
    shares: () => shares?.samples() ?? [],
    limits: () => limitSamples(limiters),
    blockedAddresses: () => blocked?.size ?? 0,
    bans: () => banCounts(bans),
    reloads: () => reloads,
    snmp: () => snmp ?? [],
    recordings: () => undefined,
    uploads: () => store.uploads,
    store: () => store.usage,
    house: () => house?.sample,
    certificates: () => certificateSamples(listeners()),
  };
}

function* banCounts(bans: MeasuredParts['bans']): Generator<[kind: string, count: number]> {
  const standing = bans?.standing() ?? [];
  for (const kind of banKinds) yield [kind, standing.filter((ban) => ban.kind === kind).length];
}

function liveCount(registry: StreamRegistry): number {
  let count = 0;
  for (const { source } of registry.streams()) if (source !== undefined && !source.isCopy) count++;
  return count;
}

function sampleOf({ key, source, broadcast }: LiveStream): StreamSample {
  const { fanOut, totals, cache, keyframeAgeMs, keyframeIntervalMs } = broadcast;
  return {
    key,
    players: fanOut.playersByProtocol,
    isCopy: source?.isCopy ?? false,
    ...totals,
    laggingPlayers: fanOut.laggingCount,
    cacheBytes: cache.bytes,
    keyframeAgeSeconds: keyframeAgeMs === undefined ? undefined : keyframeAgeMs / 1000,
    keyframeIntervalSeconds: keyframeIntervalMs === undefined ? undefined : keyframeIntervalMs / 1000,
  };
}
