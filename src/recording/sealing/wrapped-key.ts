import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { RecordingError } from '../recording-error.ts';
import type { RecordingKeys } from './recording-keys.ts';
import { DATA_KEY_BYTES, FILE_ID_BYTES, NONCE_BYTES } from './sealed-record.ts';

/** The secret of a sealed file as it may be stored: whoever has the key of a key file, and nobody else, can open it. */
export interface WrappedKey {
  /** Of the sealed file, hexadecimal. */
  readonly fileId: string;
  /** Which key has wrapped it. */
  readonly keyId: string;
  /** Nonce, data key encrypted by AES-256-GCM, and tag, in base64url. */
  readonly wrapped: string;
}

/** The secret of a sealed file. */
export interface DataKey {
  readonly fileId: Buffer;
  readonly dataKey: Buffer;
}

const CIPHER = 'aes-256-gcm';
const TAG_BYTES = 16;
const fileIdForm = /^[0-9a-f]{32}$/;
/** 60 bytes in base64url, which have this spelling only. */
const wrappedForm = /^[\w-]{80}$/;

/** Of a new file. */
export function newDataKey(): DataKey {
  return { fileId: randomBytes(FILE_ID_BYTES), dataKey: randomBytes(DATA_KEY_BYTES) };
}

/**
 * Wraps with the first key. AES-256-GCM and not AES key wrap: it authenticates, too, what the key is for.
 * @param bound - what else is said of the file, without which, word for word, the key is not unwrapped
 */
export function wrapDataKey(
  { first }: RecordingKeys,
  { fileId, dataKey }: DataKey,
  bound: string,
): WrappedKey {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, first.wrapping, nonce, { authTagLength: TAG_BYTES });
  const names = { fileId: fileId.toString('hex'), keyId: first.id };
  cipher.setAAD(boundTo(names, bound));
  const sealed = cipher.update(dataKey);
  cipher.final();
  return { ...names, wrapped: Buffer.concat([nonce, sealed, cipher.getAuthTag()]).toString('base64url') };
}

/**
 * @param name - of the recording, for the sentences
 * @throws RecordingError `unavailable` where no key file holds the key; `damaged` where key, file or what is said of it were changed
 */
export function unwrapDataKey(keys: RecordingKeys, stored: WrappedKey, bound: string, name: string): DataKey {
  const key = keys.find(stored.keyId);
  if (key === undefined)
    throw new RecordingError(
      'unavailable',
      `${name} needs the key ${stored.keyId}, which no file of recordings.encryption.keyFiles holds`,
    );
  const isOne = fileIdForm.test(stored.fileId) && wrappedForm.test(stored.wrapped);
  const wrapped = Buffer.from(stored.wrapped, 'base64url');
  const dataKey = isOne ? opened(key.wrapping, wrapped, boundTo(stored, bound)) : undefined;
  if (dataKey !== undefined) return { fileId: Buffer.from(stored.fileId, 'hex'), dataKey };
  throw new RecordingError('damaged', `${name}: its description is not the one that was written`);
}

function opened(wrapping: Buffer, wrapped: Buffer, bound: Buffer): Buffer | undefined {
  const nonce = wrapped.subarray(0, NONCE_BYTES);
  const decipher = createDecipheriv(CIPHER, wrapping, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(bound);
  decipher.setAuthTag(wrapped.subarray(-TAG_BYTES));
  const dataKey = decipher.update(wrapped.subarray(NONCE_BYTES, -TAG_BYTES));
  try {
    decipher.final();
  } catch {
    return undefined;
  }
  return dataKey;
}

/** The ids have lengths of their own, so that nothing of them can be taken for a part of the rest. */
function boundTo({ fileId, keyId }: Pick<WrappedKey, 'fileId' | 'keyId'>, bound: string): Buffer {
  return Buffer.from(`streampump wrapped key\n${fileId}\n${keyId}\n${bound}`);
}
