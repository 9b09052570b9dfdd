import type { FileHandle } from 'node:fs/promises';
import type { StoredFile } from '../file/recording-file.ts';
import { type FileSeal, RecordRun } from './record-run.ts';
import { fullRecords, MAX_BODY_RECORDS, MAX_HEAD_BYTES, sealedBytes } from './sealed-end.ts';
import { checkHeader } from './sealed-file.ts';
import {
  HEADER_BYTES,
  MAX_PLAIN_BYTES,
  openRecord,
  plainLength,
  RECORD_OVERHEAD,
  RecordKind,
} from './sealed-record.ts';
import { type SealedStart, SealedWriter } from './sealed-writer.ts';

/** What is read of a file at a time while its records are looked for. */
const PIECE_BYTES = 16 * (MAX_PLAIN_BYTES + RECORD_OVERHEAD);

/** A sealed file whose writer was killed: what of its body is whole, which can be read and finished. */
export class UnfinishedFile implements StoredFile {
  /** Of the body. */
  readonly bytes: number;
  /** The head that it was begun with; undefined where it was killed before that was written. */
  readonly head: Buffer | undefined;
  readonly #sealed: StoredFile;
  readonly #seal: FileSeal;
  readonly #start: SealedStart;
  readonly #body: RecordRun;

  private constructor(
    sealed: StoredFile,
    seal: FileSeal,
    head: Buffer | undefined,
    bodyLengths: readonly number[],
  ) {
    const begunBytes = head?.length ?? 0;
    const begunLengths = fullRecords(begunBytes);
    const begin = HEADER_BYTES + sealedBytes(begunLengths);
    this.head = head;
    this.#sealed = sealed;
    this.#seal = seal;
    this.#start = { begunBytes, bodyLengths };
    this.#body = new RecordRun({ kind: RecordKind.body, number: begunLengths.length, begin }, bodyLengths);
    this.bytes = this.#body.plainBytes;
  }

  /**
   * Hops from record to record, up to the first that does not authenticate.
   * @param headBytes - of the head that it was begun with
   * @throws RecordingError `damaged`: it is not this file, or does not begin as it was begun
   */
  static async open(sealed: StoredFile, seal: FileSeal, headBytes: number): Promise<UnfinishedFile> {
    await checkHeader(sealed, seal);
    const begunLengths = fullRecords(Math.min(headBytes, MAX_HEAD_BYTES));
    const begun = new RecordRun({ kind: RecordKind.begun, number: 0, begin: HEADER_BYTES }, begunLengths);
    if (sealed.bytes < begun.end) return new UnfinishedFile(sealed, seal, undefined, []);
    const head = Buffer.concat(await begun.read(sealed, seal, 0, begun.plainBytes));
    const bodyLengths: number[] = [];
    for (let at = begun.end; ; ) {
      const piece = await sealed.read(at, PIECE_BYTES);
      const whole = wholeRecords(piece, seal, begun.records + bodyLengths.length);
      if (whole.length === 0) return new UnfinishedFile(sealed, seal, head, bodyLengths);
      bodyLengths.push(...whole);
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
    return new SealedWriter(handle, this.#seal, this.#start).finish(head, facts, bodyBytes);
  }
}

/** The lengths of the plain bytes of records of the body that stand whole at the front of a piece. @param first - number of the first one */
function wholeRecords(piece: Buffer, { dataKey, fileId }: FileSeal, first: number): readonly number[] {
  const lengths: number[] = [];
  for (let at = 0; at + RECORD_OVERHEAD <= piece.length; ) {
    const number = first + lengths.length;
    const length = plainLength(piece.subarray(at));
    if (length === undefined || lengths.length === MAX_BODY_RECORDS) break;
    const record = piece.subarray(at, at + length + RECORD_OVERHEAD);
    if (openRecord(dataKey, { fileId, kind: RecordKind.body, number }, record) === undefined) break;
    lengths.push(length);
    at += record.length;
  }
  return lengths;
}
