import { readFileSync } from 'node:fs';
import type { Log } from '../../log.ts';
import { openFilesLimit } from '../listen/open-files.ts';

/** Fewer open files than this are soon used up by players. */
const FEW_OPEN_FILES = 16_384;

/** Kernels come with 4 MiB; a limit below half of that makes a slow player lag though the network could take more. */
const SMALL_SEND_BUFFER = 2 * 2 ** 20;

/** Shorter accept queues than this overflow when thousands of players come back at once. */
const SHORT_ACCEPT_QUEUE = 4096;

/** Says at start where limits of the machine will be in the way, and how to lift them. */
export function adviseOnLimits(log: Log): void {
  const openFiles = openFilesLimit();
  if (openFiles !== undefined && openFiles < FEW_OPEN_FILES) {
    log.warn(
      'advice',
      `only ${openFiles} open files are allowed, one per player: raise it with ulimit -n or LimitNOFILE`,
      {
        limit: openFiles,
      },
    );
  }
  const sendBuffer = sysctl('net/ipv4/tcp_wmem')?.at(-1);
  if (sendBuffer !== undefined && sendBuffer < SMALL_SEND_BUFFER) {
    log.warn(
      'advice',
      `the largest TCP send buffer is ${sendBuffer} bytes: raise the third value of net.ipv4.tcp_wmem`,
      {
        limit: sendBuffer,
      },
    );
  }
  const acceptQueue = sysctl('net/core/somaxconn')?.[0];
  if (acceptQueue !== undefined && acceptQueue < SHORT_ACCEPT_QUEUE) {
    log.warn('advice', `only ${acceptQueue} connections can wait to be accepted: raise net.core.somaxconn`, {
      limit: acceptQueue,
    });
  }
}

function sysctl(name: string): number[] | undefined {
  try {
    return readFileSync(`/proc/sys/${name}`, 'ascii').trim().split(/\s+/).map(Number);
  } catch {
    return undefined; // not Linux, or not allowed to look
  }
}
