import type { Log } from '../../log.ts';
import type { MetricsSource, StreamSample } from '../../metrics.ts';
import type { CacheBudget } from '../../stream/cache/cache-budget.ts';
import type { LiveStream } from '../../stream/live-stream.ts';
import type { StreamRegistry } from '../../stream/stream-registry.ts';
import type { SessionTable } from '../listen/session-table.ts';
import type { Pulls } from './pulling/pulls.ts';

/** What one thread of a relay shows when Prometheus asks. */
export function relaySamples(
  registry: StreamRegistry,
  pulls: Pulls,
  table: SessionTable,
  budget: CacheBudget,
  log: Log,
): MetricsSource {
  return {
    *streams() {
      for (const stream of registry.streams()) if (stream.source !== undefined) yield sampleOf(stream);
    },
    cacheEvictions: () => budget.evictions,
    sessions: () => table.counts(),
    held: () => ({ cache: budget.bytes, ...table.held() }),
    bytes: () => table.bytes(),
    leftOutLines: () => log.leftOut(),
    *upstreams() {
      for (const { key, connects, isFlowing, shownUrl } of pulls)
        yield { stream: key, upstream: shownUrl, isUp: isFlowing, connects: [...connects.values()] };
    },
  };
}

function sampleOf({ key, source, broadcast }: LiveStream): StreamSample {
  const { fanOut, totals, cache, keyframeAgeMs } = broadcast;
  return {
    key,
    players: fanOut.playersByProtocol,
    isCopy: source?.isCopy ?? false,
    ...totals,
    laggingPlayers: fanOut.laggingCount,
    cacheBytes: cache.bytes,
    keyframeAgeSeconds: keyframeAgeMs === undefined ? undefined : keyframeAgeMs / 1000,
  };
}
