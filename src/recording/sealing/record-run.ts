import { RecordingError } from '../recording-error.ts';
import { openRecord, RECORD_OVERHEAD, type RecordKind } from './sealed-record.ts';

/** What opens the records of a file. */
export interface FileSeal {
  /** Of the file, {@link DATA_KEY_BYTES} bytes. */
  readonly dataKey: Buffer;
  readonly fileId: Buffer;
  /** What the file is called when something is wrong with it. */
  readonly name: string;
}

/** Bytes at some place of a file; fewer only at its end. */
export interface ByteSource {
  read(offset: number, length: number): Promise<Buffer>;
}

/** Records of one kind that stand one behind the other in a file. */
export class RecordRun {
  readonly #kind: RecordKind;
  readonly #endingId: Buffer | undefined;
  /** The number of the first record. */
  readonly #firstNumber: number;
  /** Where the first record begins in the file. */
  readonly #begin: number;
  /** Where the plain bytes of each record begin, counted from those of the first one, and where those of the last one end. */
  readonly #starts: Float64Array;

  /** @param lengths - of the plain bytes of each record */
  constructor(
    place: {
      readonly kind: RecordKind;
      readonly endingId?: Buffer;
      readonly number: number;
      readonly begin: number;
    },
    lengths: ArrayLike<number>,
  ) {
    this.#kind = place.kind;
    this.#endingId = place.endingId;
    this.#firstNumber = place.number;
    this.#begin = place.begin;
    this.#starts = new Float64Array(lengths.length + 1);
    for (let at = 0; at < lengths.length; at++) this.#starts[at + 1] = this.#startOf(at) + (lengths[at] ?? 0);
  }

  get records(): number {
    return this.#starts.length - 1;
  }

  get plainBytes(): number {
    return this.#startOf(this.records);
  }

  /** The number of the record behind the last one. */
  get endNumber(): number {
    return this.#firstNumber + this.records;
  }

  /** Where the record behind the last one begins in the file. */
  get end(): number {
    return this.#placeOf(this.records);
  }

  /**
   * Plain bytes, from an offset up to another one; both are within the run.
   * @throws RecordingError `damaged`, with the number of a record that is not the one that was written there
   */
  async read(file: ByteSource, seal: FileSeal, from: number, to: number): Promise<readonly Buffer[]> {
    if (from >= to) return [];
    const first = this.#recordAt(from);
    const behind = this.#recordAt(to - 1) + 1;
    const begin = this.#placeOf(first);
    const bytes = await file.read(begin, this.#placeOf(behind) - begin);
    const plain: Buffer[] = [];
    for (let at = first; at < behind; at++) {
      const record = bytes.subarray(this.#placeOf(at) - begin, this.#placeOf(at + 1) - begin);
      const start = this.#startOf(at);
      plain.push(this.#open(seal, at, record).subarray(Math.max(0, from - start), to - start));
    }
    return plain;
  }

  #open({ dataKey, fileId, name }: FileSeal, at: number, record: Buffer): Buffer {
    const number = this.#firstNumber + at;
    const endingId = this.#endingId;
    const place = { fileId, kind: this.#kind, number, ...(endingId && { endingId }) };
    const plain = openRecord(dataKey, place, record);
    if (plain?.length === this.#startOf(at + 1) - this.#startOf(at)) return plain;
    throw new RecordingError('damaged', `${name}: chunk ${number} is not the one that was recorded`);
  }

  /** Which record holds a plain byte. */
  #recordAt(offset: number): number {
    let low = 0;
    let high = this.records;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.#startOf(middle) <= offset) low = middle;
      else high = middle;
    }
    return low;
  }

  #startOf(at: number): number {
    return this.#starts[at] ?? 0;
  }

  #placeOf(at: number): number {
    return this.#begin + this.#startOf(at) + at * RECORD_OVERHEAD;
  }
}
