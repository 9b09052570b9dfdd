import { closeSync, openSync, writeSync } from 'node:fs';
import { parse } from 'node:path';
import { fileReason, PlainError } from '../../errors.ts';
import { fileBeginning, fileFormatOf, inFile, type MediaFileFormat } from '../../inspect/media-file.ts';
import type { CapturedFlow, MediaPiece } from '../../inspect/record.ts';

/** More streams than anybody wants files of. */
const MAX_FILES = 64;

/** A file that media was written to. */
export interface MediaFile {
  readonly name: string;
  readonly format: MediaFileFormat;
  readonly flow: CapturedFlow;
  readonly messageStreamId: number;
}

/** Writes each stream to a file of its own: the first to the one that was named, the others to files with numbers behind its name. */
export class MediaFiles {
  readonly #name: string;
  readonly #open = new Map<string, number>();
  readonly files: MediaFile[] = [];

  constructor(name: string) {
    this.#name = name;
  }

  /** @throws PlainError where a file cannot be written */
  write(flow: CapturedFlow, piece: MediaPiece): void {
    const messageStreamId = piece.is === 'flv' ? piece.messageStreamId : 0;
    const key = `${flow.id}/${messageStreamId}`;
    const bytes = inFile(piece);
    if (bytes === undefined) return;
    let open = this.#open.get(key);
    const isAnother = open !== undefined && piece.is === 'asf-header'; // each header begins a file
    if (open !== undefined && isAnother) closeSync(open);
    if (open === undefined || isAnother) {
      if (this.files.length === MAX_FILES) return;
      open = this.#begin(key, { flow, messageStreamId, format: fileFormatOf(piece) });
    }
    writeSync(open, bytes);
  }

  close(): void {
    for (const open of this.#open.values()) closeSync(open);
    this.#open.clear();
  }

  #begin(key: string, stream: Omit<MediaFile, 'name'>): number {
    const name = this.#nameOf(this.files.length + 1, stream.format);
    try {
      const open = openSync(name, 'w');
      this.#open.set(key, open);
      this.files.push({ name, ...stream });
      writeSync(open, fileBeginning(stream.format));
      return open;
    } catch (error) {
      throw new PlainError(`cannot write ${name}: ${fileReason(error)}`);
    }
  }

  /** `out.flv`, `out-2.flv`; with the extension of what is in it, where that is another one. */
  #nameOf(number: number, format: MediaFileFormat): string {
    const { dir, name, ext } = parse(this.#name);
    const isOther = ext === (format === 'flv' ? '.asf' : '.flv');
    const extension = isOther || ext === '' ? `.${format}` : ext;
    const folder = dir === '' ? '' : `${dir}/`;
    return `${folder}${name}${number === 1 ? '' : `-${number}`}${extension}`;
  }
}
