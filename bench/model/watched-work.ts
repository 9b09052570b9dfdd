import { setTimeout as sleep } from 'node:timers/promises';
import { cohortsFor } from '../../src/stream/fan-out/cohorts.ts';
import type { Load } from '../compare/load.ts';
import type { RunningServer } from '../compare/running-server.ts';
import { cpuSeconds } from '../process-gauge.ts';
import type { MeasuredWork } from './cost-model.ts';

/** How often the relay is asked what it has done, milliseconds. */
const READING_MS = 1000;

/** What a relay had done at a moment. */
interface Reading {
  /** Milliseconds of this process's clock. */
  readonly at: number;
  readonly cpuSeconds: number;
  readonly messages: number;
  readonly flushes: number;
  readonly sentBytes: number;
}

/** Looks at a relay while it is measured: how much it does, by its own metrics, and what that takes. */
export class WatchedWork {
  readonly #readings: Reading[] = [];
  #isOver = false;

  /** Watches from now on, until {@link work} is asked for. */
  watch(running: RunningServer): void {
    void this.#watch(running);
  }

  /** What was done in a second. @throws Error when there was no time to see it */
  work(name: string, { players, streams, seconds, wire }: Load): MeasuredWork {
    this.#isOver = true;
    const end = this.#readings.at(-1);
    const start = this.#readings.findLast(
      ({ at }) => end !== undefined && at <= end.at - seconds * 1000 + READING_MS,
    );
    if (start === undefined || end === undefined || start === end)
      throw new Error(`${name}: nothing was seen`);
    const elapsed = (end.at - start.at) / 1000;
    const perSecond = (of: Exclude<keyof Reading, 'at'>): number => (end[of] - start[of]) / elapsed;
    const [flushes, bytes] = [perSecond('flushes'), perSecond('sentBytes')];
    const isTls = wire === 'https-flv' || wire === 'rtmps';
    return {
      name,
      core: perSecond('cpuSeconds'),
      work: {
        messages: perSecond('messages'),
        flushes,
        writes: (flushes * players) / (streams * cohortsFor(players / streams)),
        plainBytes: isTls ? 0 : bytes,
        tlsBytes: isTls ? bytes : 0,
      },
    };
  }

  async #watch({ place, pids }: RunningServer): Promise<void> {
    while (!this.#isOver) {
      try {
        const answer = await fetch(`http://127.0.0.1:${place.ports.admin}/metrics`);
        const text = await answer.text();
        this.#readings.push({
          at: performance.now(),
          cpuSeconds: pids().reduce((sum, pid) => sum + cpuSeconds(pid), 0),
          messages: sumOf(text, 'streampump_stream_received_frames_total'),
          flushes: sumOf(text, 'streampump_fan_out_delay_seconds_count'),
          sentBytes: sumOf(text, 'streampump_sent_bytes_total'),
        });
      } catch {} // it has ended: that is the end of the watch
      await sleep(READING_MS);
    }
  }
}

/** All series of a counter together. */
function sumOf(text: string, metric: string): number {
  let sum = 0;
  for (const [, value] of text.matchAll(new RegExp(`^${metric}(?:\\{.*\\})? (\\S+)$`, 'gm')))
    sum += Number(value);
  return sum;
}
