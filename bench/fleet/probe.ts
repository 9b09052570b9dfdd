/** Asks a house where to go again and again, in a thread of its own: what else a simulation does makes no answer seem late. */
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { Pool } from 'undici';
import { randomAddress } from './fleet-plan.ts';

/** From one question to the next, milliseconds. */
const EVERY_MS = 20;

interface ProbeWish {
  readonly url: string;
  readonly relays: number;
}

/** Knows how long answers take. */
export class Probe implements AsyncDisposable {
  readonly #worker: Worker;

  constructor(wish: ProbeWish) {
    this.#worker = new Worker(new URL(import.meta.url), { workerData: wish });
  }

  /** Milliseconds from question to answer since the last time, ascending. */
  take(): Promise<readonly number[]> {
    return new Promise((resolve) => {
      this.#worker.once('message', resolve);
      this.#worker.postMessage('take');
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker.terminate();
  }
}

if (!isMainThread) askOnAndOn(workerData as ProbeWish);

function askOnAndOn({ url, relays }: ProbeWish): void {
  const pool = new Pool(url, { connections: 8 });
  let latencies: number[] = [];
  setInterval(async () => {
    const since = performance.now();
    try {
      const headers = { 'x-forwarded-for': randomAddress(relays) };
      const path = '/api/v1/resolve?stream=live/probe&protocol=http-flv';
      const { body } = await pool.request({ method: 'GET', path, headers });
      await body.text();
      latencies.push(performance.now() - since);
    } catch {} // the house is away
  }, EVERY_MS);
  parentPort?.on('message', () => {
    parentPort?.postMessage(latencies.sort((one, other) => one - other));
    latencies = [];
  });
}
