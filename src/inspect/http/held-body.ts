import type { ByteBudget } from '../../protocol/capture/byte-budget.ts';
import type { BodySink } from './body-sink.ts';

/** What a piece that is held takes besides its bytes. */
const OVERHEAD_BYTES = 256;

type Held =
  | { readonly is: 'bytes'; readonly bytes: Buffer; readonly timeMs: number | undefined }
  | { readonly is: 'gap'; readonly bytes: number }
  | { readonly is: 'end'; readonly isWhole: boolean };

/** A body that is kept until it is known who reads it, or until it is that one's turn. */
export class HeldBody implements BodySink {
  readonly #budget: ByteBudget;
  #held: Held[] = [];
  #heldBytes = 0;
  #reader: BodySink | undefined;

  /** @param budget - of what is kept; what it has no room for is missing then */
  constructor(budget: ByteBudget) {
    this.#budget = budget;
  }

  /** Hands over what was kept and what is still to come. */
  give(reader: BodySink): void {
    this.#reader = reader;
    const held = this.#held;
    this.#held = [];
    this.#budget.give(this.#heldBytes);
    this.#heldBytes = 0;
    for (const piece of held)
      if (piece.is === 'bytes') reader.push(piece.bytes, piece.timeMs);
      else if (piece.is === 'gap') reader.gap(piece.bytes);
      else reader.end(piece.isWhole);
  }

  push(bytes: Buffer, timeMs: number | undefined): void {
    if (this.#reader !== undefined) {
      this.#reader.push(bytes, timeMs);
      return;
    }
    const size = bytes.length + OVERHEAD_BYTES;
    if (!this.#budget.take(size)) {
      this.gap(bytes.length);
      return;
    }
    this.#heldBytes += size;
    this.#held.push({ is: 'bytes', bytes: Buffer.from(bytes), timeMs });
  }

  gap(bytes: number): void {
    const last = this.#held.at(-1);
    if (this.#reader !== undefined) this.#reader.gap(bytes);
    else if (last?.is === 'gap') this.#held.splice(-1, 1, { is: 'gap', bytes: last.bytes + bytes });
    else this.#held.push({ is: 'gap', bytes });
  }

  end(isWhole: boolean): void {
    if (this.#reader === undefined) this.#held.push({ is: 'end', isWhole });
    else this.#reader.end(isWhole);
  }
}
