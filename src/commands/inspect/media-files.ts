import { closeSync, openSync, statSync, writeSync } from 'node:fs';
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

interface OpenFile {
  readonly name: string;
  readonly descriptor: number;
}

/** Writes each stream to a file of its own: the first to the one that was named, the others to files with numbers behind its name. */
export class MediaFiles {
  readonly #name: string;
  readonly #inputs: readonly string[];
  readonly #open = new Map<string, OpenFile>();
  readonly files: MediaFile[] = [];

  /** @param inputs - names of files that are being read, over which nothing may be written */
  constructor(name: string, inputs: readonly string[]) {
    this.#name = name;
    this.#inputs = inputs;
  }

  /** @throws PlainError where a file cannot be written */
  write(flow: CapturedFlow, piece: MediaPiece): void {
    const messageStreamId = piece.is === 'flv' ? piece.messageStreamId : 0;
    const key = `${flow.id}/${messageStreamId}`;
    const bytes = inFile(piece);
    if (bytes === undefined) return;
    let open = this.#open.get(key);
    const isAnother = open !== undefined && piece.is === 'asf-header'; // each header begins a file
    if (open !== undefined && isAnother) closeSync(open.descriptor);
    if (open === undefined || isAnother) {
      if (this.files.length === MAX_FILES) return;
      open = this.#begin(key, { flow, messageStreamId, format: fileFormatOf(piece) });
    }
    writeAll(open, bytes);
  }

  close(): void {
    for (const { descriptor } of this.#open.values()) closeSync(descriptor);
    this.#open.clear();
  }

  #begin(key: string, stream: Omit<MediaFile, 'name'>): OpenFile {
    const name = this.#nameOf(this.files.length + 1, stream.format);
    if (this.#inputs.some((input) => isSameFile(input, name)))
      throw new PlainError(`cannot write ${name}: it is being read`);
    try {
      const open = { name, descriptor: openSync(name, 'w') };
      this.#open.set(key, open);
      this.files.push({ name, ...stream });
      writeAll(open, fileBeginning(stream.format));
      return open;
    } catch (error) {
      if (error instanceof PlainError) throw error;
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

/** @throws PlainError where there is no room */
function writeAll({ name, descriptor }: OpenFile, bytes: Buffer): void {
  try {
    for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at);
  } catch (error) {
    throw new PlainError(`cannot write ${name}: ${fileReason(error)}`);
  }
}

function isSameFile(one: string, other: string): boolean {
  const [a, b] = [one, other].map((name) => statSync(name, { throwIfNoEntry: false }));
  return a !== undefined && b !== undefined && a.dev === b.dev && a.ino === b.ino;
}
