import { type Command, InvalidArgumentError } from 'commander';
import type { LoadPlan } from './load-plan.ts';
import type { Thresholds } from './report/report.ts';
import { type PublishTarget, parsePublishTarget, parseTarget, publishTargetOf } from './target.ts';

/** What the command line asks for. */
export interface LoadCommand {
  readonly plan: LoadPlan;
  readonly thresholds: Thresholds;
  readonly json: boolean;
}

interface LoadOptions {
  readonly players: number;
  readonly ramp: number;
  readonly warmUp: number;
  readonly duration: number;
  readonly slow: number;
  readonly slowRate: number;
  readonly churn: number;
  readonly probes: number;
  readonly threads: number;
  readonly timeout: number;
  readonly publish?: string;
  readonly publishTo?: PublishTarget;
  readonly maxLatencyP99?: number;
  readonly maxFirstFrameP99?: number;
  readonly maxFailures: number;
  readonly json?: boolean;
}

/**
 * Describes the command line of the load tester; loads nothing else of it.
 * @param run - is given what was asked for, once it is known to make sense
 */
export function describeLoad(command: Command, run: (order: LoadCommand) => Promise<void>): void {
  command
    .description('load-test a server with thousands of players')
    .argument(
      '<url>',
      'stream to play: rtmp://host/app/name, http://host/app/name.flv, ws://host/app/name.flv, mmsh://host/streams/name or http://host/app/name.asf',
    )
    .option('--players <count>', 'players', within(1, 200_000), 100)
    .option('--ramp <count>', 'players that join each second', within(0.01, 100_000, 'any'), 100)
    .option(
      '--warm-up <seconds>',
      'time from the last player joining to the measurement',
      within(0, 3600, 'any'),
      5,
    )
    .option('--duration <seconds>', 'length of the measurement', within(0.1, 604_800, 'any'), 30)
    .option('--slow <percent>', 'share of players that read too slowly', within(0, 100, 'any'), 0)
    .option(
      '--slow-rate <percent>',
      'share of the stream that slow players read; 0: nothing',
      within(0, 100, 'any'),
      0,
    )
    .option('--churn <count>', 'players that leave and are replaced each second', within(0, 10_000, 'any'), 0)
    .option('--probes <count>', 'players that parse and check all that they get', within(0, 200_000), 50)
    .option(
      '--timeout <seconds>',
      'a player that gets nothing for so long has failed',
      within(0.1, 3600, 'any'),
      15,
    )
    .option('--threads <count>', 'threads that share the players', within(1, 64), 1)
    .option(
      '--publish <file>',
      'publish this file over and over, in real time, with stamped frames: FLV over RTMP, ASF by a push',
    )
    .option(
      '--publish-to <url>',
      'publish it here instead of to <url>: rtmp://host/app/name or http://host/streams/name_push',
      publishUrl,
    )
    .option(
      '--max-latency-p99 <ms>',
      'fail if the 99th percentile of latency is higher',
      within(0, 3_600_000, 'any'),
    )
    .option(
      '--max-first-frame-p99 <ms>',
      'fail if the 99th percentile of the time to the first frame is higher',
      within(0, 3_600_000, 'any'),
    )
    .option('--max-failures <count>', 'fail if more players have failed', within(0, 2 ** 31), 0)
    .option('--json', 'print the report as one JSON object')
    .action((url: string, options: LoadOptions) => run(orderOf(command, url, options)));
}

function orderOf(command: Command, url: string, options: LoadOptions): LoadCommand {
  const target = parseTarget(url);
  if (target === undefined) {
    command.error(`error: '${url}' is not the URL of a stream, such as rtmp://host/app/name`);
  }
  const { players, ramp, churn, probes, threads, publish: file } = options;
  const publishTarget = options.publishTo ?? publishTargetOf(url);
  if (file !== undefined && publishTarget === undefined) {
    command.error(`error: '${url}' does not tell where to publish; say it with --publish-to`);
  }
  if (file === undefined && options.publishTo !== undefined) {
    command.error('error: --publish-to needs --publish');
  }
  return {
    plan: {
      url,
      target,
      players,
      rampPerSecond: ramp,
      warmUpMs: options.warmUp * 1000,
      durationMs: options.duration * 1000,
      slowPercent: options.slow,
      slowRatePercent: options.slowRate,
      churnPerSecond: churn,
      probes,
      timeoutMs: options.timeout * 1000,
      threads: Math.min(threads, players),
      publication:
        file === undefined || publishTarget === undefined ? undefined : { file, target: publishTarget },
    },
    thresholds: {
      maxLatencyP99Ms: options.maxLatencyP99,
      maxFirstFrameP99Ms: options.maxFirstFrameP99,
      maxFailures: options.maxFailures,
    },
    json: options.json === true,
  };
}

/** Reads a number of a range. @param kind - whether it must be whole */
function within(least: number, most: number, kind: 'whole' | 'any' = 'whole'): (text: string) => number {
  return (text) => {
    const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
    const isFit = value >= least && value <= most && (kind === 'any' || Number.isInteger(value));
    if (isFit) return value;
    const what = kind === 'whole' ? 'a whole number' : 'a number';
    throw new InvalidArgumentError(`Expected ${what} from ${least} to ${most}.`);
  };
}

function publishUrl(text: string): PublishTarget {
  const target = parsePublishTarget(text);
  if (target === undefined)
    throw new InvalidArgumentError('Expected rtmp://host/app/name or http://host/streams/name_push.');
  return target;
}
