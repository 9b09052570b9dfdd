import type { FileHandle } from 'node:fs/promises';
import type { StoredFile } from '../file/recording-file.ts';
import { type FileSeal, RecordRun } from './record-run.ts';
import { MAX_BODY_RECORDS, sealedBytes } from './sealed-end.ts';
import { checkHeader } from './sealed-file.ts';
import {
  HEADER_BYTES,
  MAX_PLAIN_BYTES,
  openRecord,
  plainLength,
  RECORD_OVERHEAD,
  RecordKind,
} from './sealed-record.ts';
import { SealedWriter } from './sealed-writer.ts';

/** What is read of a file at a time while its records are looked for. */
const PIECE_BYTES = 16 * (MAX_PLAIN_BYTES + RECORD_OVERHEAD);

/** A sealed file whose writer was killed: what of its body is whole, which can be read and finished. */
export class UnfinishedFile implements StoredFile {
  /** Of the body. */
  readonly bytes: number;
  /** Of the file, behind the last record that is whole: they are no part of the body. */
  readonly lostBytes: number;
  readonly #sealed: StoredFile;
  readonly #seal: FileSeal;
  readonly #lengths: readonly number[];
  readonly #body: RecordRun;

  private constructor(sealed: StoredFile, seal: FileSeal, lengths: readonly number[]) {
    this.#sealed = sealed;
    this.#seal = seal;
    this.#lengths = lengths;
    this.#body = new RecordRun({ kind: RecordKind.body, number: 0, begin: HEADER_BYTES }, lengths);
    this.bytes = this.#body.plainBytes;
    this.lostBytes = sealed.bytes - this.#body.end;
  }

  /** Hops from record to record, up to the first that does not authenticate. @throws RecordingError `damaged`: it is not this file */
  static async open(sealed: StoredFile, seal: FileSeal): Promise<UnfinishedFile> {
    await checkHeader(sealed, seal);
    const lengths: number[] = [];
    let at = HEADER_BYTES;
    for (;;) {
      const piece = await sealed.read(at, PIECE_BYTES);
      const whole = wholeRecords(piece, seal, lengths.length);
      if (whole.length === 0) return new UnfinishedFile(sealed, seal, lengths);
      lengths.push(...whole);
      at += sealedBytes(whole);
    }
  }

  async read(offset: number, length: number): Promise<Buffer> {
    const to = Math.min(offset + length, this.bytes);
    return Buffer.concat(await this.#body.read(this.#sealed, this.#seal, offset, to));
  }

  close(): Promise<void> {
    return this.#sealed.close();
  }

  /** Writes its ending behind what is whole. @see SealedWriter.finish */
  finish(handle: FileHandle, head: Buffer, facts: Buffer, bodyBytes: number = this.bytes): Promise<void> {
    return SealedWriter.resume(handle, this.#seal, this.#lengths).finish(head, facts, bodyBytes);
  }
}

/** The lengths of the plain bytes of records of the body that stand whole at the front of a piece. @param first - number of the first one */
function wholeRecords(piece: Buffer, { dataKey, fileId }: FileSeal, first: number): readonly number[] {
  const lengths: number[] = [];
  for (let at = 0; at + RECORD_OVERHEAD <= piece.length; ) {
    const number = first + lengths.length;
    const length = plainLength(piece.subarray(at));
    if (length === undefined || number === MAX_BODY_RECORDS) break;
    const record = piece.subarray(at, at + length + RECORD_OVERHEAD);
    if (openRecord(dataKey, { fileId, kind: RecordKind.body, number }, record) === undefined) break;
    lengths.push(length);
    at += record.length;
  }
  return lengths;
}
