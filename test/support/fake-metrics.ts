import type { MetricsSource, StreamSample } from '../../src/metrics/metrics-source.ts';

/** What a relay shows that does nothing, but for what is given. */
export function metricsSource(more: Partial<MetricsSource> = {}): MetricsSource {
  return {
    streams: () => [],
    liveStreams: () => 0,
    cacheBytes: () => 0,
    cacheEvictions: () => 0,
    sessions: () => ({ counts: [], bytes: [], held: { backlog: 0, partial: 0 } }),
    upstreams: () => [],
    forwards: () => [],
    askedHooks: () => [],
    leftOutLines: () => [],
    toldHooks: () => [],
    shares: () => [],
    limits: () => [],
    blockedAddresses: () => 0,
    bans: () => [],
    lostLines: () => 0,
    reloads: () => undefined,
    snmp: () => [],
    house: () => undefined,
    recordings: () => undefined,
    uploads: () => undefined,
    store: () => undefined,
    certificates: () => [],
    ...more,
  };
}

/** A stream with two players. */
export function streamSample(key: string, more: Partial<StreamSample> = {}): StreamSample {
  return {
    key,
    players: new Map([['rtmp', 2]]),
    isCopy: false,
    receivedBytes: 10,
    sentBytes: 20,
    droppedFrames: 3,
    receivedFrames: 50,
    videoFrames: 30,
    laggingPlayers: 1,
    cacheBytes: 5,
    keyframeAgeSeconds: 0.5,
    keyframeIntervalSeconds: 2,
    ...more,
  };
}
