import type { FileHandle } from 'node:fs/promises';
import type {
  FileForm,
  FilePlace,
  FinishedFile,
  FormNotes,
  RecordingFile,
  StoredFile,
  UnfinishedRecordingFile,
} from '../file/recording-file.ts';
import { openFile, readSome } from '../file/safe-files.ts';
import { RecordingError } from '../recording-error.ts';
import type { FileSeal } from './record-run.ts';
import type { RecordingKeys } from './recording-keys.ts';
import { SealedFile } from './sealed-file.ts';
import { SealedWriter } from './sealed-writer.ts';
import { UnfinishedFile } from './unfinished-file.ts';
import { newDataKey, unwrapDataKey, type WrappedKey, wrapDataKey } from './wrapped-key.ts';

/** Encrypted files. Each has a key of its own, which is kept, wrapped, in the notes of its recording and bound to its name. */
export class SealedForm implements FileForm {
  readonly suffix = '.sealed';
  readonly #keys: RecordingKeys;

  constructor(keys: RecordingKeys) {
    this.#keys = keys;
  }

  async create(
    key: string,
    path: string,
    head: Buffer,
  ): Promise<{ readonly file: RecordingFile; readonly notes: FormNotes }> {
    const seal = newDataKey();
    const handle = await openFile(path, 'create');
    try {
      const writer = await SealedWriter.create(handle, seal, head);
      return { file: recordingFile(writer, handle), notes: { ...wrapDataKey(this.#keys, seal, key) } };
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  async open(place: FilePlace): Promise<FinishedFile> {
    const seal = this.#sealOf(place);
    return await withFile(place.path, 'read', async (_handle, sealed) => SealedFile.open(sealed, seal));
  }

  openStored(stored: StoredFile, place: Omit<FilePlace, 'path'>): Promise<FinishedFile> {
    return SealedFile.open(stored, this.#sealOf(place));
  }

  async openUnfinished(place: FilePlace): Promise<UnfinishedRecordingFile> {
    const seal = this.#sealOf(place);
    return await withFile(place.path, 'change', async (handle, sealed) => {
      const body = await UnfinishedFile.open(sealed, seal, place.headBytes);
      return {
        body,
        ...(body.head && { head: body.head }),
        finish: (head, facts, bodyBytes) => body.finish(handle, head, facts, bodyBytes),
        close: () => body.close(),
      };
    });
  }

  renew(key: string, notes: FormNotes): FormNotes | undefined {
    const stored = wrappedKeyIn(notes, key);
    if (stored.keyId === this.#keys.first.id) return undefined;
    return { ...wrapDataKey(this.#keys, unwrapDataKey(this.#keys, stored, key, key), key) };
  }

  #sealOf({ key, notes }: Omit<FilePlace, 'path'>): FileSeal {
    return { ...unwrapDataKey(this.#keys, wrappedKeyIn(notes, key), key, key), name: key };
  }
}

/** What a form has noted, if that is so. @throws RecordingError `damaged` */
function wrappedKeyIn(notes: FormNotes, name: string): WrappedKey {
  const { fileId, keyId, wrapped } = notes ?? {};
  if (typeof fileId === 'string' && typeof keyId === 'string' && typeof wrapped === 'string')
    return { fileId, keyId, wrapped };
  throw new RecordingError('damaged', `${name}: its description says nothing of its key`);
}

function recordingFile(writer: SealedWriter, handle: FileHandle): RecordingFile {
  return {
    append: (pieces) => writer.append(pieces),
    finish: (head, facts, bodyBytes) => writer.finish(head, facts, bodyBytes),
    sync: () => handle.datasync(),
    close: () => handle.close(),
  };
}

/** Opens a file, which is closed where that leads to nothing. */
async function withFile<T>(
  path: string,
  way: 'read' | 'change',
  act: (handle: FileHandle, sealed: StoredFile) => Promise<T>,
): Promise<T> {
  const handle = await openFile(path, way);
  try {
    const { size } = await handle.stat();
    const read = (at: number, length: number): Promise<Buffer> => readSome(handle, at, length);
    return await act(handle, { bytes: size, read, close: () => handle.close() });
  } catch (error) {
    await handle.close();
    throw error;
  }
}
