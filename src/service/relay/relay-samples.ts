import type { MetricsSource, StreamSample, UpstreamSample } from '../../metrics.ts';
import type { LiveStream } from '../../stream/live-stream.ts';
import type { StreamRegistry } from '../../stream/stream-registry.ts';
import type { SessionCount, SessionTable } from '../listen/session-table.ts';
import type { Pulls } from './pulling/pulls.ts';

/** What one thread of a relay shows when Prometheus asks. */
export class RelaySamples implements MetricsSource {
  readonly #registry: StreamRegistry;
  readonly #pulls: Pulls;
  readonly #table: SessionTable;

  constructor(registry: StreamRegistry, pulls: Pulls, table: SessionTable) {
    this.#registry = registry;
    this.#pulls = pulls;
    this.#table = table;
  }

  *streams(): Generator<StreamSample> {
    for (const stream of this.#registry.streams()) if (stream.source !== undefined) yield sampleOf(stream);
  }

  sessions(): Iterable<SessionCount> {
    return this.#table.counts();
  }

  bytes(): Iterable<[string, { readonly received: number; readonly sent: number }]> {
    return this.#table.bytes();
  }

  *upstreams(): Generator<UpstreamSample> {
    for (const pull of this.#pulls) {
      const { url } = pull.status();
      yield { stream: pull.key, upstream: url, isUp: pull.isFlowing, connects: [...pull.connects.values()] };
    }
  }
}

function sampleOf(stream: LiveStream): StreamSample {
  const { fanOut, totals, cacheBytes, keyframeAgeMs } = stream.broadcast;
  return {
    key: stream.key,
    players: fanOut.playersByProtocol,
    isCopy: stream.source?.isCopy ?? false,
    receivedBytes: totals.receivedBytes,
    sentBytes: totals.sentBytes,
    droppedFrames: totals.droppedFrames,
    laggingPlayers: fanOut.laggingCount,
    cacheBytes,
    keyframeAgeSeconds: keyframeAgeMs === undefined ? undefined : keyframeAgeMs / 1000,
  };
}
