import { displayUrl } from '../../src/url-secrets.ts';
import type { CrewsReport } from '../crews.ts';
import { type LoadPlan, type PlayerRole, Roles } from '../load-plan.ts';
import type { Percentiles } from './distribution.ts';
import type { Counts, DistributionName, Failure } from './tally.ts';

/** What must hold for a test to pass. */
export interface Thresholds {
  readonly maxLatencyP99Ms: number | undefined;
  readonly maxFirstFrameP99Ms: number | undefined;
  /** Players that may have failed. */
  readonly maxFailures: number;
}

/** The outcome of a test: what `--json` prints. */
export interface Report {
  readonly url: string;
  readonly players: number;
  readonly roles: Readonly<Record<PlayerRole, number>>;
  readonly rampPerSecond: number;
  readonly warmUpSeconds: number;
  /** How long was measured; less than wished when the test ended before its time. */
  readonly measuredSeconds: number;
  readonly counts: Omit<Counts, 'playing'>;
  /** Received by all players together during the measurement. */
  readonly receivedMbps: number;
  readonly percentiles: Readonly<Record<DistributionName, Percentiles>>;
  readonly failures: readonly Failure[];
  /** Of each thread of the load tester. */
  readonly busyPercents: readonly number[];
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
  const { playing: _, ...counts } = tally.counts;
  return {
    url: displayUrl(plan.url),
    players: plan.players,
    roles: new Roles(plan).counts,
    rampPerSecond: plan.rampPerSecond,
    warmUpSeconds: plan.warmUpMs / 1000,
    measuredSeconds: measuredMs / 1000,
    counts,
    receivedMbps: measuredMs > 0 ? (counts.measuredBytes * 8) / measuredMs / 1000 : 0,
    percentiles,
    failures,
    busyPercents,
    broken: [
      ...(fault === undefined ? [] : [fault]),
      ...(counts.played === 0 ? ['no player got a frame'] : []),
      ...brokenCount(counts.failed, thresholds.maxFailures),
      ...brokenPercentile('latency', percentiles.latencyMs, thresholds.maxLatencyP99Ms),
      ...brokenPercentile('first frame', percentiles.firstFrameMs, thresholds.maxFirstFrameP99Ms),
    ],
  };
}

function brokenCount(failed: number, limit: number): string[] {
  if (failed <= limit) return [];
  return [`${failed} ${failed === 1 ? 'player has' : 'players have'} failed, allowed are ${limit}`];
}

/** What was not measured does not keep a limit. */
function brokenPercentile(name: string, { count, p99 }: Percentiles, limitMs: number | undefined): string[] {
  if (limitMs === undefined) return [];
  if (count === 0) return [`${name}: nothing was measured`];
  return p99 > limitMs ? [`${name}: p99 is ${p99.toFixed(1)} ms, allowed are ${limitMs} ms`] : [];
}
