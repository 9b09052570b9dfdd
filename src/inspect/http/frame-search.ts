import type { ByteBudget } from '../../protocol/capture/byte-budget.ts';
import type { Sureness } from '../record.ts';

/** So many bytes are looked at a time; longer frames are not found. */
const WINDOW_BYTES: number = 2 ** 18;

/** Whether a frame begins at a place; `more` where that cannot be told without the bytes behind the window. */
export type FrameTest = (window: Buffer, at: number) => 'certain' | 'likely' | 'more' | undefined;

/** Where a frame was found. */
export interface FoundFrame {
  /** From its beginning on, all that was pushed. */
  readonly bytes: Buffer;
  readonly sureness: Sureness;
  /** Bytes before it. */
  readonly skippedBytes: number;
}

/** Looks behind a gap for the next frame of what carries a body. */
export class FrameSearch {
  readonly #test: FrameTest;
  readonly #budget: ByteBudget;
  #window: Buffer = Buffer.alloc(0);
  #skippedBytes = 0;

  constructor(test: FrameTest, budget: ByteBudget) {
    this.#test = test;
    this.#budget = budget;
  }

  /** @param bytes - the caller's again afterwards */
  push(bytes: Buffer): FoundFrame | undefined {
    if (!this.#budget.take(bytes.length)) {
      this.#skippedBytes += this.#window.length + bytes.length;
      this.drop();
      return undefined;
    }
    this.#window = Buffer.concat([this.#window, bytes]);
    let at = 0;
    for (; at < this.#window.length; at++) {
      const sureness = this.#test(this.#window, at);
      if (sureness === 'more' && this.#window.length - at < WINDOW_BYTES) break;
      if (sureness === undefined || sureness === 'more') continue;
      const found = { bytes: this.#window.subarray(at), sureness, skippedBytes: this.#skippedBytes + at };
      this.drop();
      return found;
    }
    this.#skippedBytes += at;
    this.#budget.give(at);
    this.#window = this.#window.subarray(at);
    return undefined;
  }

  /** Forgets what has come. */
  drop(): void {
    this.#budget.give(this.#window.length);
    this.#window = Buffer.alloc(0);
  }
}

const LINE_END = 0x0a0d;
/** A line end, digits, and a line end again. */
const MAX_LINE_BYTES = 12;

/** Whether a chunk of HTTP ends here and another one begins, and again behind it. */
export const chunkFits: FrameTest = (window, at) => {
  let next = at;
  for (let lines = 0; lines < 3; lines++) {
    const line = chunkLineAt(window, next);
    if (line === 'more') return 'more';
    if (line === undefined) return lines === 2 ? 'likely' : undefined;
    next += line.bytes + line.size;
  }
  return 'certain';
};

function chunkLineAt(window: Buffer, at: number): { bytes: number; size: number } | 'more' | undefined {
  if (at + 2 > window.length) return 'more';
  if (window.readUInt16LE(at) !== LINE_END) return undefined;
  const text = window.toString('latin1', at + 2, at + MAX_LINE_BYTES);
  const [line, digits = ''] = /^([\da-f]{1,8})\r\n/i.exec(text) ?? [];
  if (line === undefined) return /^[\da-f]{0,8}\r?$/i.test(text) ? 'more' : undefined;
  const size = Number.parseInt(digits, 16);
  return size > 0 && size <= WINDOW_BYTES ? { bytes: 2 + line.length, size } : undefined;
}
