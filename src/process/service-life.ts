/** The first and the last line of a service's log. */
import type { Log } from '../log.ts';

/** What a service runs as. */
export interface ServiceFacts {
  readonly version: string;
  /** What it is, where that is no relay. */
  readonly what?: string | undefined;
  /** The config file; undefined where there is none. */
  readonly config: string | undefined;
  /** How many threads serve. */
  readonly workers: number;
  /** How many files it may have open; undefined where the platform does not tell. */
  readonly openFiles: number | undefined;
}

/** Why a service has stopped. */
export type ServiceStop =
  /** It was told to; `sessions` were still open when their time was over. */
  | {
      readonly why: 'drained';
      /** Who has told it: a signal, or what an operator has asked for. */
      readonly by: string;
      readonly signal: string | null;
      readonly sessions: number;
    }
  /** It was told again, and did not wait any longer. */
  | { readonly why: 'second-signal'; readonly signal: string }
  /** A successor has its ports; `sessions` were still open when their time was over. */
  | { readonly why: 'handed-over'; readonly sessions: number }
  | { readonly why: 'failure'; readonly problem: string };

/** Writes the first line. */
export function logStart(log: Log, { version, what, config, workers, openFiles }: ServiceFacts): void {
  const { node } = process.versions;
  const facts = [
    what === undefined ? `streampump ${version}` : `streampump ${version} as ${what}`,
    `Node ${node}`,
    config === undefined ? 'no config file (defaults)' : `config file ${config}`,
    workers === 1 ? '1 worker' : `${workers} workers`,
    openFiles === undefined ? 'unknown open-files limit' : `open-files limit ${openFiles}`,
  ];
  const fields = { version, node, config: config ?? null, workers, openFiles: openFiles ?? null };
  log.info('start', `starting: ${facts.join(', ')}`, fields);
}

/** Writes the last line; an error where it was not told to stop. */
export function logStop(log: Log, stop: ServiceStop): void {
  const seconds = Math.round(process.uptime());
  const { reason, text } = causeOf(stop);
  const signal = 'signal' in stop ? stop.signal : null;
  const sessions = 'sessions' in stop ? stop.sessions : null;
  const fields = { reason, signal, seconds, sessions };
  log[stop.why === 'failure' ? 'error' : 'info']('stopped', `stopped after ${seconds} s: ${text}`, fields);
}

function causeOf(stop: ServiceStop): { readonly reason: string; readonly text: string } {
  switch (stop.why) {
    case 'drained':
      if (stop.sessions === 0)
        return {
          reason: stop.signal === null ? 'operator' : 'signal',
          text: `${stop.by}, and all sessions had ended`,
        };
      return {
        reason: 'drain-timeout',
        text: `${stop.by}, and drain.timeoutMs was over; sessions still open: ${stop.sessions}`,
      };
    case 'handed-over':
      return {
        reason: stop.why,
        text: `a successor has taken over; sessions still open: ${stop.sessions}`,
      };
    case 'second-signal':
      return { reason: stop.why, text: `${stop.signal} while draining` };
    case 'failure':
      return { reason: stop.why, text: stop.problem.replaceAll('\n', '; ') };
    default:
      return stop satisfies never;
  }
}
