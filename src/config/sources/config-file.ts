import { isUtf8 } from 'node:buffer';
import { closeSync, openSync, readSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileReason } from '../../errors.ts';
import { resolveFileNames } from './file-names.ts';
import { type JsoncText, placeIn, readJsonc, type TextFault, type TextPlace } from './jsonc.ts';

/** No config is larger; a film or a device that is named by mistake is not read to its end. */
const MAX_BYTES = 4 * 2 ** 20;

/** Files are read in pieces of so much. */
const PIECE_BYTES = 16 * 2 ** 10;

/** What a file may be, where it is not a config. */
export interface ConfigFileForm {
  /** What people call it. */
  readonly noun: string;
  readonly maxBytes: number;
  /** The least that it may say, as JSON. */
  readonly least: string;
  /** Whether faults in its syntax show none of its texts. */
  readonly isSecret: boolean;
}

const configForm: ConfigFileForm = { noun: 'config', maxBytes: MAX_BYTES, least: '{}', isSecret: false };

/** Reads a config file in UTF-8, with a byte order mark or without; the names of files in it become absolute. Never throws. */
export function readConfigFile(file: string, form: ConfigFileForm = configForm): JsoncText {
  const { noun, maxBytes, least, isSecret } = form;
  if (file === '') return unreadable('empty, expected the name of a file');
  let read: ConfigStart;
  try {
    read = readConfigStart(file, maxBytes);
  } catch (error) {
    const isFolder = (error as NodeJS.ErrnoException).code === 'EISDIR';
    return unreadable(`cannot be read: ${isFolder ? 'it is a folder' : fileReason(error)}`);
  }
  const { bytes, text } = read;
  if (bytes.length > maxBytes) return unreadable(`expected a ${noun} of at most ${maxBytes / 2 ** 20} MiB`);
  if (!isUtf8(bytes)) return notUtf8(bytes, text);
  if (text.trim() === '') return unreadable(`empty, expected at least ${least}`);
  const config = readJsonc(text, isSecret);
  return { ...config, value: resolveFileNames(config.value, dirname(file)) };
}

/** What a config file begins with: all of it, unless it is longer than any config. */
export interface ConfigStart {
  readonly bytes: Buffer;
  /** U+FFFD stands for what is not UTF-8; without a byte order mark, which editors on Windows write. */
  readonly text: string;
}

/** Reads no more of a file than a config may have. @throws what the file system says */
export function readConfigStart(file: string, maxBytes: number = MAX_BYTES): ConfigStart {
  const bytes = readStart(file, maxBytes + 1);
  return { bytes, text: bytes.toString('utf8').replace(/^\ufeff/, '') };
}

/** Takes as much memory as there is to read: a config is read again at each reload, and few are long. */
function readStart(file: string, maxBytes: number): Buffer {
  const descriptor = openSync(file, 'r');
  try {
    const pieces: Buffer[] = [];
    for (let left = maxBytes; left > 0; ) {
      const piece = Buffer.allocUnsafe(Math.min(left, PIECE_BYTES));
      const taken = readSync(descriptor, piece);
      if (taken === 0) break;
      pieces.push(piece.subarray(0, taken));
      left -= taken;
    }
    return Buffer.concat(pieces);
  } finally {
    closeSync(descriptor);
  }
}

function unreadable(problem: string, place?: TextPlace): JsoncText {
  const fault: TextFault = { place, path: [], problem };
  return { value: undefined, faults: [fault], placeOf: () => place };
}

/** @param text - in which U+FFFD stands for what is not UTF-8, but may also have been there before. */
function notUtf8(bytes: Buffer, text: string): JsoncText {
  const replacement = '\ufffd';
  let offset = bytes.indexOf('\ufeff') === 0 ? 3 : 0;
  let end = 0; // in the text
  for (;;) {
    const at = text.indexOf(replacement, end);
    offset += Buffer.byteLength(text.slice(end, at));
    if (bytes.indexOf(replacement, offset) !== offset) {
      const byte = bytes.toString('hex', offset, offset + 1);
      return unreadable(`expected text in UTF-8, got the byte 0x${byte}`, placeIn(text, at));
    }
    offset += 3;
    end = at + 1;
  }
}
