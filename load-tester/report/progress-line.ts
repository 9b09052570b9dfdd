import type { Standing } from '../crews.ts';
import { type LoadPlan, rampMs } from '../load-plan.ts';
import { rate, whole } from './format-report.ts';

/** Where progress is written: a terminal or anything else. */
export interface ProgressOutput {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** Between two lines where there is no terminal, milliseconds. */
const PLAIN_LINE_MS = 5000;
const CLEAR_LINE = '\r\x1b[2K';

/** Shows how a test stands: one line that changes on a terminal, elsewhere a line now and then. */
export class ProgressLine {
  readonly #plan: LoadPlan;
  readonly #output: ProgressOutput;
  #before: Standing | undefined;
  #shownAtMs = Number.NEGATIVE_INFINITY;

  constructor(plan: LoadPlan, output: ProgressOutput) {
    this.#plan = plan;
    this.#output = output;
  }

  show(standing: Standing): void {
    const isTerminal = this.#output.isTTY === true;
    if (!isTerminal && standing.elapsedMs - this.#shownAtMs < PLAIN_LINE_MS) return;
    const line = describe(this.#plan, standing, this.#before);
    this.#before = standing;
    this.#shownAtMs = standing.elapsedMs;
    if (!isTerminal) this.#output.write(`${line}\n`);
    else this.#output.write(`${CLEAR_LINE}${line.slice(0, (this.#output.columns ?? 80) - 1)}`);
  }

  /** Takes the line off the terminal. */
  clear(): void {
    if (this.#output.isTTY === true && this.#before !== undefined) this.#output.write(CLEAR_LINE);
  }
}

function describe(plan: LoadPlan, { elapsedMs, counts, latencyP99Ms }: Standing, before?: Standing): string {
  const sinceMs = elapsedMs - (before?.elapsedMs ?? 0);
  const bytes = counts.receivedBytes - (before?.counts.receivedBytes ?? 0);
  const latency = latencyP99Ms !== null ? `, latency p99 ${latencyP99Ms.toFixed(0)} ms` : '';
  const flow = sinceMs > 0 ? `, ${rate((Math.max(0, bytes) * 8) / sinceMs / 1000)}` : '';
  const { played, playing, failed } = counts;
  const players = `${whole(playing)} of ${whole(Math.max(plan.players, playing))} play`;
  return `${stage(plan, elapsedMs)}: ${players}, ${whole(played)} got a frame, ${whole(failed)} failed${flow}${latency}`;
}

function stage(plan: LoadPlan, elapsedMs: number): string {
  const joinedAtMs = rampMs(plan);
  const measureAtMs = joinedAtMs + plan.warmUpMs;
  if (elapsedMs < joinedAtMs) return 'joining';
  if (elapsedMs < measureAtMs) return 'warming up';
  const seconds = Math.min(plan.durationMs, elapsedMs - measureAtMs) / 1000;
  return `measuring, ${seconds.toFixed(0)} of ${plan.durationMs / 1000} s`;
}
