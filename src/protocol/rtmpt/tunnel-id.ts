import { randomBytes } from 'node:crypto';

/** Nobody guesses so many bytes. */
const RANDOM_BYTES = 16;

/** The id of a new tunnel, which whoever knows it speaks for: 128 random bits behind the number of the worker that keeps it. */
export function newTunnelId(worker: number): string {
  return `${worker}.${randomBytes(RANDOM_BYTES).toString('base64url')}`;
}

/** The worker that keeps a tunnel, as its id says; undefined where it is no id that was given here. */
export function workerOf(tunnel: string): number | undefined {
  const [, worker] = /^(\d{1,4})\.[\w-]{22}$/.exec(tunnel) ?? [];
  return worker === undefined ? undefined : Number(worker);
}
