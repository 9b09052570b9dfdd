import { MAX_INPUT_BYTES } from './mutation.ts';

const HEAD_BYTES = 8;

/** The input that a thread is at work on, in memory that another thread sees even while the first one hangs. */
export class CurrentInput {
  readonly shared: SharedArrayBuffer;
  readonly #head: Int32Array;
  readonly #bytes: Uint8Array;

  constructor(shared: SharedArrayBuffer = new SharedArrayBuffer(HEAD_BYTES + MAX_INPUT_BYTES)) {
    this.shared = shared;
    this.#head = new Int32Array(shared, 0, 2);
    this.#bytes = new Uint8Array(shared, HEAD_BYTES);
  }

  /** How many inputs have begun: as long as it stays the same, the same one is read. */
  get count(): number {
    return Atomics.load(this.#head, 0);
  }

  /** The one that began last. */
  get input(): Buffer {
    return Buffer.from(this.#bytes.subarray(0, Atomics.load(this.#head, 1)));
  }

  begin(input: Buffer): void {
    this.#bytes.set(input);
    Atomics.store(this.#head, 1, input.length);
    Atomics.add(this.#head, 0, 1);
  }
}
