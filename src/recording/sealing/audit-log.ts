import { constants } from 'node:fs';
import { type FileHandle, open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { fileReason } from '../../errors.ts';
import type { StoreAct } from '../store/store-settings.ts';

/** A file that would become longer makes room for a new one, bytes. */
const MAX_FILE_BYTES = 16 * 2 ** 20;

/** So many files are kept besides the one that is written; the newest is `audit.jsonl.1`. */
const KEPT_FILES = 9;

/** Lines that wait for the disk, bytes; those that come when there are more are counted, and missing. */
const MAX_WAITING_BYTES = 2 ** 20;

/** Of a text in a line, characters. */
const MAX_TEXT_LENGTH = 512;

const FLAGS: number =
  constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** Sizes that tests make smaller. */
export interface AuditLimits {
  readonly fileBytes: number;
  readonly waitingBytes: number;
}

/** Who has recorded, played and deleted what: lines of JSON in `audit.jsonl`, which only the relay's user can read. */
export class AuditLog {
  readonly #file: string;
  readonly #limits: AuditLimits;
  readonly #onFault: (problem: string) => void;
  #waiting: string[] = [];
  #waitingBytes = 0;
  /** Lines that had no room to wait. */
  #missing = 0;
  #isFaulty = false;
  #work: Promise<void> = Promise.resolve();

  /** @param onFault - told once, when lines cannot be written; they wait for the next one */
  constructor(
    folder: string,
    onFault: (problem: string) => void,
    limits: AuditLimits = { fileBytes: MAX_FILE_BYTES, waitingBytes: MAX_WAITING_BYTES },
  ) {
    this.#file = join(folder, 'audit.jsonl');
    this.#onFault = onFault;
    this.#limits = limits;
  }

  note({ did, key, by, outcome }: StoreAct): void {
    const texts = { key: shortened(key), by: shortened(by), outcome: shortened(outcome) };
    const line = `${JSON.stringify({ time: new Date().toISOString(), did, ...texts })}\n`;
    if (this.#waitingBytes + Buffer.byteLength(line) > this.#limits.waitingBytes) this.#missing++;
    else this.#wait(line);
    void this.flush();
  }

  /** Resolves once everything noted so far was written, or could not be. */
  flush(): Promise<void> {
    this.#work = this.#work.then(() => this.#write());
    return this.#work;
  }

  #wait(line: string): void {
    this.#waiting.push(line);
    this.#waitingBytes += Buffer.byteLength(line);
  }

  async #write(): Promise<void> {
    const lines = this.#waiting;
    if (lines.length === 0) return;
    this.#waiting = [];
    try {
      await this.#append(Buffer.from(lines.join('')));
      this.#isFaulty = false;
      this.#waitingBytes = this.#waiting.reduce((sum, line) => sum + Buffer.byteLength(line), 0);
      this.#tellMissing();
    } catch (error) {
      this.#waiting = [...lines, ...this.#waiting];
      if (!this.#isFaulty) this.#onFault(`${this.#file} cannot be written: ${fileReason(error)}`);
      this.#isFaulty = true;
    }
  }

  #tellMissing(): void {
    if (this.#missing === 0) return;
    this.#wait(`${JSON.stringify({ time: new Date().toISOString(), missingLines: this.#missing })}\n`);
    this.#missing = 0;
    void this.flush();
  }

  async #append(bytes: Buffer): Promise<void> {
    let file = await openFile(this.#file);
    try {
      let { size } = await file.stat();
      if (size > 0 && size + bytes.length > this.#limits.fileBytes) {
        await file.close();
        await this.#makeRoom();
        file = await openFile(this.#file);
        size = 0;
      }
      if (size > 0 && !(await endsWhole(file, size))) await file.appendFile('\n');
      await file.appendFile(bytes);
    } finally {
      await file.close();
    }
  }

  async #makeRoom(): Promise<void> {
    for (let number = KEPT_FILES; number > 0; number--) {
      const older = number === 1 ? this.#file : `${this.#file}.${number - 1}`;
      await rename(older, `${this.#file}.${number}`).catch(unlessMissing);
    }
  }
}

async function openFile(path: string): Promise<FileHandle> {
  const file = await open(path, FLAGS, 0o600);
  if ((await file.stat()).isFile()) return file;
  await file.close();
  throw new Error('it is no file');
}

/** Whether the last line has its end: a process that was killed, or a full disk, may have cut it. */
async function endsWhole(file: FileHandle, size: number): Promise<boolean> {
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
  return buffer[0] === 0x0a;
}

function unlessMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}

function shortened(text: string): string {
  return text.length > MAX_TEXT_LENGTH ? `${text.slice(0, MAX_TEXT_LENGTH)}...` : text;
}
