import { runCrews } from './crews.ts';
import { LoadError } from './load-error.ts';
import type { LoadPlan } from './load-plan.ts';
import { checkOpenFiles } from './open-files.ts';
import { openPublication } from './publishing/open-publication.ts';
import { formatReport } from './report/format-report.ts';
import { ProgressLine, type ProgressOutput } from './report/progress-line.ts';
import { makeReport, type Report, type Thresholds } from './report/report.ts';
import { resolveAddress } from './target.ts';

/** So long players may hear for themselves what has ended the publication: then the report tells it of each, milliseconds. */
const NOTICE_MS = 1000;

/** Where a test shows what it finds. */
export interface LoadOutputs {
  /** The report. */
  readonly out: { write(text: string): unknown };
  /** Progress, and why a test could not be run. */
  readonly err: ProgressOutput;
  readonly json: boolean;
}

/**
 * Runs a test and shows its report.
 * @param signal - ends it before its time, with a report of what was measured until then
 * @returns the exit code: 0 passed, 1 a threshold is broken or the test could not be run
 */
export async function load(
  plan: LoadPlan,
  thresholds: Thresholds,
  signal: AbortSignal,
  { out, err, json }: LoadOutputs,
): Promise<0 | 1> {
  // with --json, a program reads: it wants no lines in between
  const progress = json && err.isTTY !== true ? undefined : new ProgressLine(plan, err);
  try {
    const report = await measure(plan, thresholds, signal, progress);
    progress?.clear();
    out.write(json ? `${JSON.stringify(report, undefined, 2)}\n` : formatReport(report));
    return report.broken.length === 0 ? 0 : 1;
  } catch (error) {
    if (!(error instanceof LoadError)) throw error;
    progress?.clear();
    err.write(`${error.message}\n`);
    if (json) out.write(`${JSON.stringify({ error: error.message })}\n`);
    return 1;
  }
}

async function measure(
  plan: LoadPlan,
  thresholds: Thresholds,
  signal: AbortSignal,
  progress: ProgressLine | undefined,
): Promise<Report> {
  checkOpenFiles(plan.players);
  const address = await resolveAddress(plan.target);
  const publisher = plan.publication && (await openPublication(plan.publication));
  const broken = new AbortController();
  let fault: string | undefined;
  void publisher?.ended.then((reason) => {
    fault = `the publication ended: ${reason}`;
    setTimeout(() => broken.abort(), NOTICE_MS).unref();
  });
  try {
    const end = AbortSignal.any([signal, broken.signal]);
    const found = await runCrews(plan, address, end, (standing) => progress?.show(standing));
    return makeReport(plan, found, thresholds, fault);
  } finally {
    await publisher?.close();
  }
}
