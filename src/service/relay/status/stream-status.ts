import { printable } from '../../../log.ts';
import type { Recording } from '../../../recording/recording.ts';
import type { Broadcast } from '../../../stream/broadcast.ts';
import type { Frame } from '../../../stream/frame.ts';
import type { LiveStream } from '../../../stream/live-stream.ts';
import type { SourceOrigin } from '../../../stream/source.ts';
import type { StreamStatus, TrackStatus } from '../../admin/relay-status.ts';
import type { CarriedMedia } from './bit-rates.ts';
import type { WallTime } from './wall-time.ts';

/** Longer names of software are cut, characters. */
export const MAX_CLIENT = 200;

/** More tracks of a stream are not shown. */
const MAX_TRACKS = 16;

/** Audio that has no header comes within so many frames behind a keyframe. */
const LOOKED_AT = 32;

/** How a stream of this thread is doing; of a copy, what is done with it here. */
export function streamStatus(
  stream: LiveStream,
  rate: CarriedMedia | null,
  time: WallTime,
  recording: Recording | undefined,
): StreamStatus {
  const { key, state, family, source, since, waitingCount, broadcast } = stream;
  const { cache, fanOut, keyframeAgeMs, keyframeIntervalMs, totals } = broadcast;
  const isCopy = source?.isCopy ?? false;
  let players = 0;
  let backlogBytes = 0;
  for (const player of stream.players()) {
    if (!player.isForward) players++;
    backlogBytes += player.backlogBytes;
  }
  return {
    stream: key,
    state,
    family: family?.name ?? null,
    source: source?.origin === undefined ? null : shown(source.origin),
    since: since === undefined || isCopy ? null : time.read(since),
    tracks: tracksOf(broadcast),
    receivedBytes: isCopy ? 0 : totals.receivedBytes,
    sentBytes: totals.sentBytes,
    receivedBitsPerSecond: isCopy ? null : (rate?.received ?? null),
    sentBitsPerSecond: rate?.sent ?? null,
    players,
    waitingPlayers: waitingCount,
    laggingPlayers: fanOut.laggingCount,
    droppedFrames: totals.droppedFrames,
    backlogBytes,
    cacheBytes: cache.bytes,
    cacheSeconds: cache.durationMs / 1000,
    keyframeAgeSeconds: keyframeAgeMs === undefined ? null : Math.round(keyframeAgeMs) / 1000,
    keyframeIntervalSeconds: keyframeIntervalMs === undefined || isCopy ? null : keyframeIntervalMs / 1000,
    videoFramesPerSecond: isCopy ? null : (rate?.videoFrames ?? null),
    recording: recording?.key ?? null,
  };
}

/** What of a stream was carried by this thread. */
export function carriedOf({ broadcast: { totals } }: LiveStream): CarriedMedia {
  const { receivedBytes, sentBytes, sentElsewhere, videoFrames } = totals;
  return { received: receivedBytes, sent: sentBytes - sentElsewhere, videoFrames };
}

/** How a stream is doing over all threads that have to do with it. @param parts - at least one */
export function overAllThreads(parts: readonly StreamStatus[]): StreamStatus | undefined {
  const home =
    parts.find(({ source }) => source !== null) ?? parts.find(({ state }) => state !== 'absent') ?? parts[0];
  if (home === undefined) return undefined;
  const sum = (read: (part: StreamStatus) => number): number =>
    parts.reduce((total, part) => total + read(part), 0);
  return {
    ...home,
    sentBytes: sum(({ sentBytes }) => sentBytes),
    sentBitsPerSecond: parts.every((part) => part.sentBitsPerSecond === null)
      ? null
      : sum((part) => part.sentBitsPerSecond ?? 0),
    players: sum(({ players }) => players),
    waitingPlayers: sum(({ waitingPlayers }) => waitingPlayers),
    laggingPlayers: sum(({ laggingPlayers }) => laggingPlayers),
    droppedFrames: sum(({ droppedFrames }) => droppedFrames),
    backlogBytes: sum(({ backlogBytes }) => backlogBytes),
    cacheBytes: sum(({ cacheBytes }) => cacheBytes),
  };
}

function shown(origin: SourceOrigin): SourceOrigin {
  return origin.type === 'push' ? { ...origin, client: printable(origin.client, MAX_CLIENT) } : origin;
}

/** What headers tell; of kinds that have none, what the frames behind the keyframe do. */
function tracksOf({ cache: { prefaces, frames } }: Broadcast): TrackStatus[] {
  const tracks = new Map<string, TrackStatus>();
  const note = (frame: Frame): void => {
    const { kind, family } = frame;
    if (kind === 'data') return;
    for (const { track, codec, kind: own = kind } of family.codecsOf?.(frame) ?? [])
      tracks.set(`${own} ${track}`, { kind: own, track, codec });
  };
  for (const { frame } of prefaces) if (frame.role === 'header') note(frame);
  const known = new Set([...tracks.values()].map(({ kind }) => kind));
  for (let i = 0; i < Math.min(frames.length, LOOKED_AT); i++) {
    const frame = frames.at(i);
    if (frame?.role === 'coded' && frame.kind !== 'data' && !known.has(frame.kind)) note(frame);
  }
  const sorted = [...tracks.values()].sort((a, b) => b.kind.localeCompare(a.kind) || a.track - b.track);
  return sorted.slice(0, MAX_TRACKS); // video first
}
