import { fstatSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

/** What Linux says of all connections, a line each. Other systems have no such files. */
const tables = ['/proc/self/net/tcp', '/proc/self/net/tcp6'];

/** Of a line with something in the send queue: how much, in hex, and the inode of its socket. */
const queueLine = /^ *\d+: \S+ \S+ \S+ (?!0{8}:)([0-9A-F]{8}):\S+ \S+ \S+ +\d+ +\d+ (\d+)/gm;

/** After a look there is none for this many times as long as it took to read the tables, within these bounds, milliseconds. */
const REST_FACTOR = 20;
const MIN_REST_MS = 500;
const MAX_REST_MS = 2000;

/**
 * How much the kernel holds of each connection that the peer has not acknowledged. Asked about connections that seem to stand
 * still: a kernel whose buffer is full takes nothing more until a third of it is free, which is more than a megabyte.
 */
export class KernelQueues {
  /** By the inode of the socket; those that are empty are left out. */
  #bytes: ReadonlyMap<string, number> = new Map();
  #isLooking = false;
  #restUntil = 0;

  /** Bytes that were not acknowledged when it was last looked, 0 where that is not known; soon it is looked again. */
  unacknowledged(fd: number): number {
    if (!this.#isLooking && performance.now() >= this.#restUntil) void this.#look();
    try {
      return this.#bytes.get(String(fstatSync(fd).ino)) ?? 0;
    } catch {
      return 0; // closed just now
    }
  }

  async #look(): Promise<void> {
    this.#isLooking = true;
    const texts = await Promise.all(tables.map((file) => readFile(file, 'latin1').catch(() => '')));
    const start = performance.now();
    const bytes = new Map<string, number>();
    for (const text of texts)
      for (const [, size = '', inode = ''] of text.matchAll(queueLine))
        bytes.set(inode, Number.parseInt(size, 16));
    this.#bytes = bytes;
    const end = performance.now();
    this.#restUntil = end + Math.min(Math.max(MIN_REST_MS, REST_FACTOR * (end - start)), MAX_REST_MS);
    this.#isLooking = false;
  }
}
