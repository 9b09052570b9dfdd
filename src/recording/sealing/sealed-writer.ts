import { randomBytes } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { writeAll } from '../file/safe-files.ts';
import { RecordingError } from '../recording-error.ts';
import {
  END_NUMBER,
  encodeEnd,
  fullRecords,
  MAX_BODY_RECORDS,
  MAX_HEAD_BYTES,
  sealedBytes,
  TABLE_ENTRY_BYTES,
} from './sealed-end.ts';
import {
  ENDING_ID_BYTES,
  encodeHeader,
  HEADER_BYTES,
  MAX_PLAIN_BYTES,
  RecordKind,
  sealRecord,
} from './sealed-record.ts';

/** The secret of a file, and its id. */
export interface WriterSeal {
  readonly dataKey: Buffer;
  readonly fileId: Buffer;
}

/** What of a file is there already. */
export interface SealedStart {
  /** Plain bytes of the head that it was begun with. */
  readonly begunBytes: number;
  /** Of the plain bytes of each record of the body. */
  readonly bodyLengths: readonly number[];
}

/** Writes a sealed file. It only grows, so that whatever was written is there after a kill. One call at a time. */
export class SealedWriter {
  readonly #handle: FileHandle;
  readonly #seal: WriterSeal;
  readonly #begunBytes: number;
  /** The number of the first record of the body. */
  readonly #firstNumber: number;
  /** Of the plain bytes of each record of the body. */
  readonly #lengths: number[];
  #bodyBytes: number;
  /** Where the next record begins. */
  #end: number;

  /** Goes on with a file behind the records that are whole. @param handle - whoever opened it closes it */
  constructor(handle: FileHandle, seal: WriterSeal, { begunBytes, bodyLengths }: SealedStart) {
    const begunLengths = fullRecords(begunBytes);
    this.#handle = handle;
    this.#seal = seal;
    this.#begunBytes = begunBytes;
    this.#firstNumber = begunLengths.length;
    this.#lengths = [...bodyLengths];
    this.#bodyBytes = bodyLengths.reduce((sum, length) => sum + length, 0);
    this.#end = HEADER_BYTES + sealedBytes(begunLengths) + sealedBytes(bodyLengths);
  }

  /**
   * Begins a file.
   * @param handle - of an empty one; whoever opened it closes it
   * @param head - for who has to finish it in place of this writer
   */
  static async create(handle: FileHandle, seal: WriterSeal, head: Buffer): Promise<SealedWriter> {
    if (head.length > MAX_HEAD_BYTES) throw new RangeError(`a head of ${head.length} bytes`);
    const writer = new SealedWriter(handle, seal, { begunBytes: head.length, bodyLengths: [] });
    const bytes = Buffer.concat([encodeHeader(seal.fileId), ...writer.#records(RecordKind.begun, head, 0)]);
    await writeAll(handle, bytes, 0);
    return writer;
  }

  /**
   * Adds to the body. Where it cannot be written nothing of it is there, and it may be tried again.
   * @param pieces - one behind the other
   * @throws what the file system says; RecordingError `unavailable` where the file has as many chunks as it may have
   */
  async append(pieces: readonly Buffer[]): Promise<void> {
    const bytes = Buffer.concat(pieces);
    const lengths = fullRecords(bytes.length);
    const first = this.#lengths.length;
    if (first + lengths.length > MAX_BODY_RECORDS)
      throw new RecordingError('unavailable', `the file has ${first} chunks, limit ${MAX_BODY_RECORDS}`);
    await this.#write(this.#records(RecordKind.body, bytes, this.#firstNumber + first));
    this.#lengths.push(...lengths);
    this.#bodyBytes += bytes.length;
  }

  /**
   * Writes the ending, and has all of it on the disk.
   * @param facts - what is said of the recording, 1 to {@link MAX_PLAIN_BYTES} bytes
   * @param bodyBytes - of the body, where something behind them is not to be read
   */
  async finish(head: Buffer, facts: Buffer, bodyBytes: number = this.#bodyBytes): Promise<void> {
    if (head.length > MAX_HEAD_BYTES || facts.length > MAX_PLAIN_BYTES || facts.length === 0)
      throw new RangeError(`a head of ${head.length} and facts of ${facts.length} bytes`);
    const endingId = randomBytes(ENDING_ID_BYTES);
    const table = Buffer.allocUnsafe(this.#lengths.length * TABLE_ENTRY_BYTES);
    for (const [at, length] of this.#lengths.entries())
      table.writeUInt16BE(length - 1, at * TABLE_ENTRY_BYTES);
    const first = this.#firstNumber + this.#lengths.length;
    const headRecords = fullRecords(head.length).length;
    const tableRecords = fullRecords(table.length).length;
    const end = encodeEnd({
      ...{ endingId, begunBytes: this.#begunBytes, bodyRecords: this.#lengths.length, bodyBytes },
      ...{ headBytes: head.length, factsBytes: facts.length },
    });
    const endPlace = { fileId: this.#seal.fileId, kind: RecordKind.end, number: END_NUMBER };
    await this.#write([
      ...this.#records(RecordKind.head, head, first, endingId),
      ...this.#records(RecordKind.table, table, first + headRecords, endingId),
      ...this.#records(RecordKind.facts, facts, first + headRecords + tableRecords, endingId),
      ...sealRecord(this.#seal.dataKey, endPlace, end),
    ]);
    await this.#handle.truncate(this.#end);
    await this.#handle.sync();
  }

  /** Seals bytes as records that are full, but for the last one. */
  #records(kind: RecordKind, bytes: Buffer, first: number, endingId?: Buffer): readonly Buffer[] {
    const { dataKey, fileId } = this.#seal;
    return fullRecords(bytes.length).flatMap((length, at) => {
      const plain = bytes.subarray(at * MAX_PLAIN_BYTES, at * MAX_PLAIN_BYTES + length);
      return sealRecord(dataKey, { fileId, kind, number: first + at, ...(endingId && { endingId }) }, plain);
    });
  }

  async #write(pieces: readonly Buffer[]): Promise<void> {
    const bytes = Buffer.concat(pieces);
    try {
      await writeAll(this.#handle, bytes, this.#end);
    } catch (error) {
      await this.#handle.truncate(this.#end).catch(() => {}); // what is torn is overwritten, or not whole
      throw error;
    }
    this.#end += bytes.length;
  }
}
