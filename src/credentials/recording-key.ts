import { hkdfSync, randomBytes } from 'node:crypto';
import { statSync } from 'node:fs';
import { CredentialFileError, readCredentialLines } from './credential-file.ts';

/** Of a key, and of what AES-256 is keyed with. */
const KEY_BYTES = 32;

/** Of the id of a key; 16 hexadecimal digits. */
const ID_BYTES = 8;

/** The bytes of a key in base64url, without padding, in the one spelling that they have. */
const keyForm = /^[\w-]{42}[AEIMQUYcgkosw048]$/;

/** What everybody may read or write, and what a group may write. */
const TOO_OPEN = 0o026;

/** A key that the keys of recordings are wrapped with. */
export interface RecordingKey {
  /** Says which key it is and nothing about it: recordings name the one that they need. */
  readonly id: string;
  /** 32 bytes for AES-256. */
  readonly wrapping: Buffer;
}

/** A new key as its file holds it: 32 random bytes in base64url. */
export function newRecordingKey(): string {
  return randomBytes(KEY_BYTES).toString('base64url');
}

/** @param text - as {@link newRecordingKey} gives it @returns undefined where it is no key */
export function parseRecordingKey(text: string): RecordingKey | undefined {
  if (!keyForm.test(text)) return undefined;
  const key = Buffer.from(text, 'base64url');
  return {
    id: derived(key, 'streampump recording key id', ID_BYTES).toString('hex'),
    wrapping: derived(key, 'streampump recording key wrapping', KEY_BYTES),
  };
}

/** Reads a file that holds one key, and that nobody else may read. @throws CredentialFileError with the file */
export function readRecordingKey(file: string): RecordingKey {
  const [line = '', ...more] = readCredentialLines(file, () => undefined);
  const key = more.length === 0 ? parseRecordingKey(line) : undefined;
  if (key === undefined)
    throw new CredentialFileError(`${file}: expected one line, a key as streampump recording-key makes it`);
  if (process.platform !== 'win32' && (statSync(file).mode & TOO_OPEN) !== 0)
    throw new CredentialFileError(
      `others may read or write ${file}, expected a file that only its owner may: chmod 0600`,
    );
  return key;
}

/** Each use of a key has bytes of its own. */
function derived(key: Buffer, use: string, bytes: number): Buffer {
  return Buffer.from(hkdfSync('sha256', key, Buffer.alloc(0), use, bytes));
}
