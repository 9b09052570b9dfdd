import { displayUrl } from '../../src/url-secrets.ts';
import type { CrewsReport } from '../crews.ts';
import { type LoadPlan, type PlayerRole, Roles } from '../load-plan.ts';
import type { Percentiles } from './distribution.ts';
import type { Count, Counts, DistributionName, Failure } from './tally.ts';

/** What must hold for a test to pass. */
export interface Thresholds {
  readonly maxLatencyP99Ms: number | undefined;
  readonly maxFirstFrameP99Ms: number | undefined;
  /** Players that may have failed. */
  readonly maxFailures: number;
}

/** Counts that every player makes. */
type SureCount = 'opened' | 'played' | 'failed' | 'left' | 'receivedBytes';

/** What was counted; null where nobody looked: without probes, stamps, slow players or packets of ASF, or before the measurement. */
export type ReportCounts = Readonly<Record<SureCount, number>> &
  Readonly<Record<Exclude<Count, SureCount | 'playing'>, number | null>>;

/** The outcome of a test: what `--json` prints. What was not measured is null. */
export interface Report {
  readonly url: string;
  readonly players: number;
  readonly roles: Readonly<Record<PlayerRole, number>>;
  readonly rampPerSecond: number;
  readonly warmUpSeconds: number;
  /** How long was measured; less than wished when the test ended before its time. */
  readonly measuredSeconds: number | null;
  readonly counts: ReportCounts;
  /** Received by all players together during the measurement. */
  readonly receivedMbps: number | null;
  readonly percentiles: Readonly<Record<DistributionName, Percentiles>>;
  readonly failures: readonly Failure[];
  /** Of each thread of the load tester. */
  readonly busyPercents: readonly (number | null)[];
  /** Thresholds that are broken, and whatever else makes the test fail, as sentences. */
  readonly broken: readonly string[];
}

/** Makes the report. @param fault - why the test ended before its time, if that is a fault */
export function makeReport(
  plan: LoadPlan,
  { tally, busyPercents, measuredMs }: CrewsReport,
  thresholds: Thresholds,
  fault: string | undefined,
): Report {
  const { distributions, failures } = tally;
  const percentiles = {
    connectMs: distributions.connectMs.percentiles(),
    firstFrameMs: distributions.firstFrameMs.percentiles(),
    latencyMs: distributions.latencyMs.percentiles(),
    longestGapMs: distributions.longestGapMs.percentiles(),
    bitRateMbps: distributions.bitRateMbps.percentiles(),
  };
  const roles = new Roles(plan).counts;
  const counts = countsOf(tally.counts, roles, measuredMs);
  return {
    url: displayUrl(plan.url),
    players: plan.players,
    roles,
    rampPerSecond: plan.rampPerSecond,
    warmUpSeconds: plan.warmUpMs / 1000,
    measuredSeconds: measuredMs === null ? null : measuredMs / 1000,
    counts,
    receivedMbps: measuredMs === null ? null : (tally.counts.measuredBytes * 8) / measuredMs / 1000,
    percentiles,
    failures,
    busyPercents,
    broken: [
      ...(fault === undefined ? [] : [fault]),
      ...unmeasured(counts.played, measuredMs),
      ...brokenCount(counts.failed, thresholds.maxFailures),
      ...brokenPercentile('latency', percentiles.latencyMs, thresholds.maxLatencyP99Ms),
      ...brokenPercentile('first frame', percentiles.firstFrameMs, thresholds.maxFirstFrameP99Ms),
    ],
  };
}

function countsOf(
  { playing: _, ...counts }: Counts,
  { probe, slow }: Report['roles'],
  measuredMs: number | null,
): ReportCounts {
  const isStamped = counts.stampedMessages > 0;
  return {
    ...counts,
    ...(slow > 0 ? {} : { slowEnded: null }),
    ...(measuredMs === null ? { measuredBytes: null } : {}),
    ...(isStamped ? {} : { missingMessages: null, strangeStamps: null }),
    ...(counts.packets > 0 ? {} : { packets: null }),
    ...(probe > 0
      ? {}
      : { audioMessages: null, videoMessages: null, mediaBytes: null, mediaMs: null, stampedMessages: null }),
  };
}

/** A test in which nobody was served, or nothing measured, has shown nothing. */
function unmeasured(played: number, measuredMs: number | null): string[] {
  if (played === 0) return ['no player got a frame'];
  return measuredMs === null ? ['nothing was measured: the test ended before the measurement began'] : [];
}

function brokenCount(failed: number, limit: number): string[] {
  if (failed <= limit) return [];
  return [`${failed} ${failed === 1 ? 'player' : 'players'} failed; --max-failures allows ${limit}`];
}

/** What was not measured does not keep a limit. */
function brokenPercentile(name: string, { p99 }: Percentiles, limitMs: number | undefined): string[] {
  if (limitMs === undefined) return [];
  if (p99 === null) return [`${name}: not measured, so the limit of ${limitMs} ms is not met`];
  return p99 > limitMs ? [`${name}: p99 is ${p99.toFixed(1)} ms, over the limit of ${limitMs} ms`] : [];
}
