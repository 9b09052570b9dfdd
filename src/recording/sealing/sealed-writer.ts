import { randomBytes } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
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

/** Writes a sealed file. It only grows, so that whatever was written is there after a kill. One call at a time. */
export class SealedWriter {
  readonly #handle: FileHandle;
  readonly #seal: WriterSeal;
  /** Of the plain bytes of each record of the body. */
  readonly #lengths: number[];
  /** Where the next record begins. */
  #end: number;

  private constructor(handle: FileHandle, seal: WriterSeal, lengths: number[], end: number) {
    this.#handle = handle;
    this.#seal = seal;
    this.#lengths = lengths;
    this.#end = end;
  }

  /** Begins a file. @param handle - of an empty one; whoever opened it closes it */
  static async create(handle: FileHandle, seal: WriterSeal): Promise<SealedWriter> {
    const writer = new SealedWriter(handle, seal, [], 0);
    await writer.#write([encodeHeader(seal.fileId)]);
    return writer;
  }

  /** Goes on with a file behind the records that are whole. @param lengths - of their plain bytes */
  static resume(handle: FileHandle, seal: WriterSeal, lengths: readonly number[]): SealedWriter {
    return new SealedWriter(handle, seal, [...lengths], HEADER_BYTES + sealedBytes(lengths));
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
    await this.#write(this.#records(RecordKind.body, bytes, first));
    this.#lengths.push(...lengths);
  }

  /**
   * Writes the ending, and has all of it on the disk.
   * @param facts - what is said of the recording, 1 to {@link MAX_PLAIN_BYTES} bytes
   * @param bodyBytes - of the body, where something behind them is not to be read
   */
  async finish(head: Buffer, facts: Buffer, bodyBytes: number = this.bodyBytes): Promise<void> {
    if (head.length > MAX_HEAD_BYTES || facts.length > MAX_PLAIN_BYTES || facts.length === 0)
      throw new RangeError(`a head of ${head.length} and facts of ${facts.length} bytes`);
    const kept = this.#lengths.length;
    const endingId = randomBytes(ENDING_ID_BYTES);
    const table = Buffer.allocUnsafe(kept * TABLE_ENTRY_BYTES);
    for (const [at, length] of this.#lengths.entries())
      table.writeUInt16BE(length - 1, at * TABLE_ENTRY_BYTES);
    const headRecords = fullRecords(head.length).length;
    const tableRecords = fullRecords(table.length).length;
    const counts = { bodyRecords: kept, bodyBytes, headBytes: head.length, factsBytes: facts.length };
    const end = { fileId: this.#seal.fileId, kind: RecordKind.end, number: END_NUMBER };
    await this.#write([
      ...this.#records(RecordKind.head, head, kept, endingId),
      ...this.#records(RecordKind.table, table, kept + headRecords, endingId),
      ...this.#records(RecordKind.facts, facts, kept + headRecords + tableRecords, endingId),
      ...sealRecord(this.#seal.dataKey, end, encodeEnd({ endingId, ...counts })),
    ]);
    await this.#handle.truncate(this.#end);
    await this.#handle.sync();
  }

  get bodyBytes(): number {
    return this.#lengths.reduce((sum, length) => sum + length, 0);
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
      for (let at = 0; at < bytes.length; ) {
        const { bytesWritten } = await this.#handle.write(bytes, at, bytes.length - at, this.#end + at);
        at += bytesWritten;
      }
    } catch (error) {
      await this.#handle.truncate(this.#end).catch(() => {}); // what is torn is overwritten, or not whole
      throw error;
    }
    this.#end += bytes.length;
  }
}
