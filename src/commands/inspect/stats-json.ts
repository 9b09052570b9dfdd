import type { Spread, StreamStats } from '../../inspect/stream-stats.ts';
import type { TcpCounts } from '../../protocol/capture/tcp-stream.ts';

/** What a stream is like, as a value of JSON; times are milliseconds. */
export function statsJson(
  stream: StreamStats,
  transport: TcpCounts | undefined,
): Readonly<Record<string, unknown>> {
  const { flow, messageStreamId, bytes, durationMs, video, audio, keyframes, jumps, jumpCount } = stream;
  return {
    is: 'stats',
    flow: flow.id,
    messageStreamId,
    bytes,
    durationMs,
    bitsPerSecond: spread(stream.bitsPerSecond),
    messages: Object.fromEntries(stream.kinds),
    video,
    audio,
    keyframes,
    keyframeIntervalMs: spread(stream.keyframeIntervals),
    videoBeforeAudioMs: spread(stream.skew),
    lateMs: spread(stream.lateness),
    longestSilenceMs: stream.longestSilenceMs,
    timestampJumpCount: jumpCount,
    timestampJumps: jumps,
    tcp: transport,
  };
}

function spread(values: Spread): Readonly<Record<string, number>> | undefined {
  if (values.count === 0) return undefined;
  return { least: values.least, mean: values.mean, most: values.most };
}
