import { setTimeout as sleep } from 'node:timers/promises';

/** Lets so many bytes a second pass, of all who share it, each in turn. */
export class ByteRate {
  readonly #bytesPerSecond: number;
  readonly #now: () => number;
  /** When what has been let pass so far is through, milliseconds. */
  #freeAt = 0;

  constructor(bytesPerSecond: number, now: () => number = () => performance.now()) {
    this.#bytesPerSecond = bytesPerSecond;
    this.#now = now;
  }

  /** How long whoever wants to send so many bytes has to wait, milliseconds; they count as sent then. */
  take(bytes: number): number {
    const now = this.#now();
    const waitMs = Math.max(0, this.#freeAt - now);
    this.#freeAt = now + waitMs + (bytes / this.#bytesPerSecond) * 1000;
    return waitMs;
  }
}

/** Cuts a body in pieces, each of which goes when the rate lets it. @param onPiece - told before each */
export async function* pacedPieces(
  body: Uint8Array,
  rate: ByteRate | undefined,
  signal: AbortSignal,
  onPiece: () => void,
): AsyncGenerator<Uint8Array> {
  for (let offset = 0; offset < body.length; offset += PIECE_BYTES) {
    const piece = body.subarray(offset, offset + PIECE_BYTES);
    const waitMs = rate?.take(piece.length) ?? 0;
    if (waitMs > 0) await sleep(waitMs, undefined, { signal });
    onPiece();
    yield piece;
  }
}

const PIECE_BYTES = 64 * 2 ** 10;
