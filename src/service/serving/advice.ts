import { readFileSync } from 'node:fs';
import type { Log } from '../../log.ts';

/** Fewer open files than this are soon used up by players. */
const FEW_OPEN_FILES = 16_384;

/** Kernels come with 4 MiB; a limit below half of that makes a slow player lag though the network could take more. */
const SMALL_SEND_BUFFER = 2 * 2 ** 20;

/** Shorter accept queues than this overflow when thousands of players come back at once. */
const SHORT_ACCEPT_QUEUE = 4096;

/** Says at start where limits of the machine will be in the way, and how to lift them. @param openFiles - how many there may be */
export function adviseOnLimits(log: Log, openFiles: number | undefined): void {
  const advise = (limit: number | undefined, enough: number, text: string): void => {
    if (limit !== undefined && limit < enough) log.warn('advice', text, { limit });
  };
  const text = `only ${openFiles} open files are allowed, one per player: raise it with ulimit -n or LimitNOFILE`;
  advise(openFiles, FEW_OPEN_FILES, text);
  const buffer = sysctl('net/ipv4/tcp_wmem')?.at(-1);
  const raise = 'raise the third value of net.ipv4.tcp_wmem';
  advise(buffer, SMALL_SEND_BUFFER, `TCP send buffers are limited to ${buffer} bytes: ${raise}`);
  const queue = sysctl('net/core/somaxconn')?.[0];
  const waiting = `only ${queue} connections can wait to be accepted: raise net.core.somaxconn`;
  advise(queue, SHORT_ACCEPT_QUEUE, waiting);
}

/** The numbers of a setting of the kernel; undefined where it cannot be read. */
export function sysctl(name: string): number[] | undefined {
  try {
    return readFileSync(`/proc/sys/${name}`, 'ascii').trim().split(/\s+/).map(Number);
  } catch {
    return undefined; // not Linux, or not allowed to look
  }
}
