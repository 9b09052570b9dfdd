import { FrameRun } from './frame-run.ts';

/** What goes to a player: bytes that it shares with others, or frames that are packed for it as they go out. */
export type Load = Buffer | FrameRun;

/** What keeping a load costs besides its bytes, bytes. */
const LOAD_BYTES = 64;

/** What one player is yet to be written, in order. */
export class SendQueue {
  #loads: Load[];
  /** How many frames of the first load have gone out, if it is a run. */
  #taken = 0;
  #bytes = 0;

  constructor(loads: readonly Load[] = []) {
    this.#loads = [...loads];
    for (const { length } of loads) this.#bytes += length;
  }

  /** Bytes that are to be written. */
  get bytes(): number {
    return this.#bytes;
  }

  /** What they cost to keep, bytes. */
  get cost(): number {
    return this.#bytes + this.#loads.length * LOAD_BYTES;
  }

  /** Whether what comes next is shared with others. */
  get isPacked(): boolean {
    return !(this.#loads[0] instanceof FrameRun);
  }

  push(load: Load): void {
    const { length } = load;
    if (length === 0) return;
    this.#loads.push(load);
    this.#bytes += length;
  }

  /** Takes about so many bytes off it: nothing when it is empty, a frame at least when it is not. */
  take(maxBytes: number): Buffer[] {
    const buffers: Buffer[] = [];
    let size = 0;
    let done = 0;
    for (let load = this.#loads[0]; load !== undefined && size < maxBytes; load = this.#loads[done]) {
      if (load instanceof FrameRun) {
        const { buffers: slice, length, next } = load.slice(this.#taken, maxBytes - size);
        buffers.push(...slice);
        size += length;
        this.#taken = next;
        if (next < load.count) break;
        this.#taken = 0;
      } else {
        buffers.push(load);
        size += load.length;
      }
      done++;
    }
    this.#loads.splice(0, done);
    this.#bytes -= size;
    return buffers;
  }

  /** Drops what is left. */
  clear(): void {
    this.#loads = [];
    this.#taken = 0;
    this.#bytes = 0;
  }
}
