import type { Report } from '../../load-tester/report/report.ts';

/** Two percentiles, milliseconds; null where nothing was measured. */
export interface Times {
  readonly p50: number;
  readonly p99: number;
}

/** What one measurement has found; null is what was not measured. */
export interface Sample {
  /** CPU time of the server in a second, seconds: 1 is a whole core. */
  readonly core: number | null;
  readonly latencyMs: Times | null;
  readonly firstFrameMs: Times | null;
  readonly residentMiB: number;
  readonly mostResidentMiB: number;
  /** To all players together. */
  readonly megabitsPerSecond: number | null;
  /** CPU time in a second of whoever plays, or publishes where nobody plays, seconds. */
  readonly generatorCore: number | null;
  readonly handshakeMs: Times | null;
  /** Of a recording that is played. */
  readonly playback?: PlaybackSample;
  /** Why it does not count; not there where it does. */
  readonly refused?: string;
}

/** How well a recording is played. */
export interface PlaybackSample {
  /** How long messages come after their time, counted from the player's first frame; below 0: before it. */
  readonly lateMs: LongTimes;
  /** Players that a message came to 100 ms after its time, or later. */
  readonly latePlayers: number;
  /** The longest time in which nothing came to a player. */
  readonly longestGapMs: LongTimes;
  /** CPU time in a second of the process that reads the files, seconds; of all processes it is a part. */
  readonly storeCore: number;
}

/** Percentiles and the most, milliseconds. */
export interface LongTimes extends Times {
  readonly max: number;
}

/** What `players` prints; see bench/native/players.c. */
export interface PlayersReport {
  readonly players: number;
  readonly playing: number;
  readonly failed: number;
  readonly closed: number;
  readonly fault: string;
  readonly seconds: number;
  readonly bits_per_second: number;
  readonly cpu_seconds: number;
  readonly resident_bytes: number;
  readonly most_resident_bytes: number;
  readonly first_frame_ms: Times | null;
  readonly latency_ms: Times | null;
  /** Of a recording; null of a live stream. */
  readonly late_ms?: LongTimes | null;
  readonly late_players?: number | null;
  readonly longest_gap_ms?: LongTimes | null;
  readonly corrupt: number;
  readonly lost: number;
  readonly failed_handshakes: number;
  readonly handshake_ms: Times | null;
  readonly own_cpu_seconds: number;
}

/** What `publishers` prints after a measurement; see bench/native/publishers.c. */
export interface PublishersReport {
  readonly streams: number;
  readonly seconds: number;
  readonly cpu_seconds: number;
  readonly resident_bytes: number;
  readonly own_cpu_seconds: number;
}

const MIB = 2 ** 20;

/** Makes a sample of what players say. */
export function sampleOfPlayers(report: PlayersReport): Sample {
  const refused = faultOf(report);
  return {
    core: report.cpu_seconds / report.seconds,
    latencyMs: timesOf(report.latency_ms),
    firstFrameMs: timesOf(report.first_frame_ms),
    residentMiB: report.resident_bytes / MIB,
    mostResidentMiB: report.most_resident_bytes / MIB,
    megabitsPerSecond: report.bits_per_second / 1e6,
    generatorCore: report.own_cpu_seconds / report.seconds,
    handshakeMs: timesOf(report.handshake_ms),
    ...(refused === undefined ? {} : { refused }),
  };
}

/** Makes a sample of what players of a recording say. @param storeCore - CPU time of the store in a second, seconds */
export function sampleOfPlayback(report: PlayersReport, storeCore: number): Sample {
  const { late_ms: lateMs, late_players: latePlayers, longest_gap_ms: longestGapMs } = report;
  const sample = sampleOfPlayers(report);
  if (!lateMs || !longestGapMs) return { ...sample, refused: sample.refused ?? 'players got nothing' };
  const playback = {
    lateMs: longTimesOf(lateMs),
    latePlayers: latePlayers ?? 0,
    longestGapMs: longTimesOf(longestGapMs),
    storeCore,
  };
  return { ...sample, playback };
}

/** Makes a sample of what publishers say. */
export function sampleOfPublishers(report: PublishersReport): Sample {
  const residentMiB = report.resident_bytes / MIB;
  return {
    ...nothing,
    core: report.cpu_seconds / report.seconds,
    residentMiB,
    mostResidentMiB: residentMiB,
    generatorCore: report.own_cpu_seconds / report.seconds,
  };
}

/** Makes a sample of the report of `streampump load` and of what was seen of the processes meanwhile. */
export function sampleOfLoad(
  { percentiles, receivedMbps, counts, players, broken }: Report,
  seen: Pick<Sample, 'core' | 'residentMiB' | 'mostResidentMiB' | 'generatorCore'>,
): Sample {
  const { latencyMs, firstFrameMs } = percentiles;
  const missing = counts.missingMessages ?? 0;
  const faults = [
    ...broken,
    ...(counts.failed > 0 ? [`${counts.failed} of ${players} players failed`] : []),
    ...(missing > 0 ? [`${missing} messages lost`] : []),
  ];
  return {
    ...nothing,
    ...seen,
    latencyMs: percentilesOf(latencyMs),
    firstFrameMs: percentilesOf(firstFrameMs),
    megabitsPerSecond: receivedMbps,
    ...(faults.length === 0 ? {} : { refused: faults.join('; ') }),
  };
}

/** A sample of a server that nobody uses. */
export function sampleOfIdle(residentMiB: number): Sample {
  return { ...nothing, residentMiB, mostResidentMiB: residentMiB };
}

/** A measurement that could not be made. */
export function refusedSample(refused: string): Sample {
  return { ...nothing, residentMiB: 0, mostResidentMiB: 0, refused };
}

const nothing = {
  core: null,
  latencyMs: null,
  firstFrameMs: null,
  megabitsPerSecond: null,
  generatorCore: null,
  handshakeMs: null,
} as const;

function timesOf(times: Times | null): Times | null {
  return times === null ? null : { p50: times.p50, p99: times.p99 };
}

function longTimesOf({ p50, p99, max }: LongTimes): LongTimes {
  return { p50, p99, max };
}

function percentilesOf({
  p50,
  p99,
}: {
  readonly p50: number | null;
  readonly p99: number | null;
}): Times | null {
  return p50 === null || p99 === null ? null : { p50, p99 };
}

/** Why a measurement does not count, as a player failed, or something was lost; undefined where it does. */
export function faultOf(report: PlayersReport): string | undefined {
  const { players, playing, failed, closed, corrupt, lost, failed_handshakes, fault } = report;
  const faults = [
    ...(failed > 0 ? [`${failed} players failed`] : []),
    ...(closed > 0 ? [`${closed} players were closed`] : []),
    ...(playing + failed + closed < players
      ? [`${players - playing - failed - closed} players got nothing`]
      : []),
    ...(lost > 0 ? [`${lost} messages lost`] : []),
    ...(corrupt > 0 ? [`${corrupt} messages corrupt or out of order`] : []),
    ...(failed_handshakes > 0 ? [`${failed_handshakes} handshakes failed`] : []),
  ];
  if (faults.length === 0) return undefined;
  return `${faults.join(', ')}${fault === '' ? '' : ` (${fault})`}`;
}
