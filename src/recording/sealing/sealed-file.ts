import type { FinishedFile, StoredFile } from '../file/recording-file.ts';
import { RecordingError } from '../recording-error.ts';
import { type FileSeal, RecordRun } from './record-run.ts';
import {
  decodeEnd,
  END_NUMBER,
  END_RECORD_BYTES,
  fullRecords,
  type SealedEnd,
  sealedBytes,
  TABLE_ENTRY_BYTES,
} from './sealed-end.ts';
import { decodeHeader, HEADER_BYTES, openRecord, RecordKind } from './sealed-record.ts';

/** A finished sealed file, read as the plain one that it holds: the head, and the body behind it. */
export class SealedFile implements FinishedFile {
  readonly bytes: number;
  /** What was said of the recording when it was finished. */
  readonly facts: Buffer;
  readonly #headBytes: number;
  readonly #sealed: StoredFile;
  readonly #seal: FileSeal;
  readonly #head: RecordRun;
  readonly #body: RecordRun;

  private constructor(sealed: StoredFile, seal: FileSeal, end: SealedEnd, parts: Parts) {
    this.#sealed = sealed;
    this.#seal = seal;
    this.#headBytes = end.headBytes;
    this.#head = parts.head;
    this.#body = parts.body;
    this.facts = parts.facts;
    this.bytes = end.headBytes + end.bodyBytes;
  }

  /**
   * @param sealed - the bytes as they lie on the disk, or elsewhere; closed with this one, and not where this throws
   * @throws RecordingError `damaged`: it is not whole, not this file, or what says where its chunks are was changed
   */
  static async open(sealed: StoredFile, seal: FileSeal): Promise<SealedFile> {
    await checkHeader(sealed, seal);
    const end = await readEnd(sealed, seal);
    return new SealedFile(sealed, seal, end, await readParts(sealed, seal, end));
  }

  /** @throws RecordingError `damaged`, and gives nothing, where one of the chunks was changed */
  async read(offset: number, length: number): Promise<Buffer> {
    const to = Math.min(offset + length, this.bytes);
    const head = this.#headBytes;
    const inHead = await this.#head.read(this.#sealed, this.#seal, offset, Math.min(to, head));
    const inBody = await this.#body.read(this.#sealed, this.#seal, Math.max(0, offset - head), to - head);
    return Buffer.concat([...inHead, ...inBody]);
  }

  close(): Promise<void> {
    return this.#sealed.close();
  }
}

interface Parts {
  readonly head: RecordRun;
  readonly body: RecordRun;
  readonly facts: Buffer;
}

/** Whether a file has the header that its description speaks of. @throws RecordingError `damaged` */
export async function checkHeader(sealed: StoredFile, { fileId, name }: FileSeal): Promise<void> {
  const found = decodeHeader(await sealed.read(0, HEADER_BYTES));
  if (found === undefined) throw new RecordingError('damaged', `${name}: it does not begin as a sealed file`);
  if (!found.equals(fileId)) throw new RecordingError('damaged', `${name}: it is another sealed file`);
}

async function readEnd(sealed: StoredFile, { dataKey, fileId, name }: FileSeal): Promise<SealedEnd> {
  const at = sealed.bytes - END_RECORD_BYTES;
  const record = await sealed.read(Math.max(0, at), END_RECORD_BYTES);
  const plain = openRecord(dataKey, { fileId, kind: RecordKind.end, number: END_NUMBER }, record);
  const end = plain && decodeEnd(plain);
  if (end !== undefined) return end;
  throw new RecordingError('damaged', `${name}: its end is missing, it was cut or never finished`);
}

/** Finds the records: those of the ending from the end on backwards, where each has a length that the end says. */
async function readParts(sealed: StoredFile, seal: FileSeal, end: SealedEnd): Promise<Parts> {
  const { endingId, bodyRecords } = end;
  const begun = new RecordRun(
    { kind: RecordKind.begun, number: 0, begin: HEADER_BYTES },
    fullRecords(end.begunBytes),
  );
  const headLengths = fullRecords(end.headBytes);
  const tableLengths = fullRecords(bodyRecords * TABLE_ENTRY_BYTES);
  const ending = sealedBytes([...headLengths, ...tableLengths, end.factsBytes]);
  const begin = sealed.bytes - END_RECORD_BYTES - ending;
  const damaged = (): never => {
    throw new RecordingError('damaged', `${seal.name}: it is not as long as its end says`);
  };
  if (begin < begun.end) damaged();
  const behind = (kind: RecordKind, before: RecordRun, lengths: readonly number[]): RecordRun =>
    new RecordRun({ kind, endingId, number: before.endNumber, begin: before.end }, lengths);
  const first = { kind: RecordKind.head, endingId, number: begun.endNumber + bodyRecords, begin };
  const head = new RecordRun(first, headLengths);
  const table = behind(RecordKind.table, head, tableLengths);
  const facts = behind(RecordKind.facts, table, [end.factsBytes]);
  const entries = Buffer.concat(await table.read(sealed, seal, 0, table.plainBytes));
  const lengths = Array.from(
    { length: bodyRecords },
    (_, at) => entries.readUInt16BE(at * TABLE_ENTRY_BYTES) + 1,
  );
  const body = new RecordRun({ kind: RecordKind.body, number: begun.endNumber, begin: begun.end }, lengths);
  if (body.end !== begin || end.bodyBytes > body.plainBytes) damaged();
  await begun.read(sealed, seal, 0, begun.plainBytes); // nobody asks for it any more, but it is a part of the file
  return { head, body, facts: Buffer.concat(await facts.read(sealed, seal, 0, facts.plainBytes)) };
}
