import type { RecordingIndex } from '../../recording/link/store-link.ts';
import type { Recording } from '../../recording/recording.ts';
import { RecordingError } from '../../recording/recording-error.ts';
import type { ByteCache, Sized } from './byte-cache.ts';
import type { RecordingSource } from './recording-source.ts';

/** Files are read in pieces that begin at multiples of this, bytes. */
export const PIECE_BYTES: number = 256 * 1024;

/** A recording as players read it: in pieces that all of them share. */
export class RecordedFile {
  readonly recording: Recording;
  readonly index: RecordingIndex;
  readonly #source: RecordingSource;
  readonly #cache: ByteCache;

  constructor(source: RecordingSource, cache: ByteCache, recording: Recording, index: RecordingIndex) {
    this.#source = source;
    this.#cache = cache;
    this.recording = recording;
    this.index = index;
  }

  get key(): string {
    return this.recording.key;
  }

  /** Tells it from what it was before: a file that is written anew has another one. */
  get version(): string {
    const { id, bytes, state } = this.recording;
    return `${id}-${bytes}-${state}`;
  }

  /** Something that is made of the file, once for all players. @param name - of what; nothing else goes by it */
  share<T extends Sized>(name: string, make: () => Promise<T>): T | Promise<T> {
    return this.#cache.get(`${this.key} ${this.version} ${name}`, make);
  }

  /**
   * What is there from an offset on, up to the end of its piece: a view of shared memory.
   * @throws RecordingError
   */
  async pieceFrom(offset: number): Promise<Buffer> {
    const at = Math.floor(offset / PIECE_BYTES) * PIECE_BYTES;
    const length = Math.min(PIECE_BYTES, this.recording.bytes - at);
    const { bytes } = await this.share(`piece ${at}`, () => this.#read(at, length));
    return bytes.subarray(offset - at);
  }

  /** A part of the file: a view where it lies in one piece. @throws RecordingError */
  async read(offset: number, length: number): Promise<Buffer> {
    const end = Math.min(offset + length, this.recording.bytes);
    const parts: Buffer[] = [];
    for (let at = offset; at < end; ) {
      const piece = await this.pieceFrom(at);
      const part = piece.subarray(0, end - at);
      parts.push(part);
      at += part.length;
    }
    const [only] = parts;
    return parts.length === 1 && only !== undefined ? only : Buffer.concat(parts);
  }

  async #read(at: number, length: number): Promise<{ bytes: Buffer; sizeBytes: number }> {
    const bytes = await this.#source.read(this.key, at, length);
    if (bytes.length === length) return { bytes, sizeBytes: length };
    const problem = `${this.key} has ${bytes.length} bytes at ${at} in place of ${length}`;
    throw new RecordingError('damaged', problem);
  }
}
