import type { FinishedFile, StoredFile } from '../file/recording-file.ts';
import { RecordingError } from '../recording-error.ts';
import { checkFacts } from '../sealing/finished-facts.ts';
import type { Description } from './description.ts';
import type { RecordingUploads } from './recording-uploads.ts';
import type { StoreFolder } from './store-folder.ts';

/** Where files of recordings may be. */
export interface FilePlaces {
  readonly folder: StoreFolder;
  readonly uploads: RecordingUploads | undefined;
  /** Watches how long the disk takes. */
  watch<T>(work: Promise<T>): Promise<T>;
}

/** Opens the file of a whole recording, wherever it is. @throws RecordingError; what the file system says */
export async function openFinished(description: Description, places: FilePlaces): Promise<StoredFile> {
  const file = await open(description, places);
  try {
    checkFacts(file, description);
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** @throws RecordingError `unavailable`: the recording is in a storage that the settings do not name */
export function requireUploads(
  uploads: RecordingUploads | undefined,
  { recording: { key } }: Description,
): RecordingUploads {
  if (uploads !== undefined) return uploads;
  throw new RecordingError('unavailable', `${key} is uploaded, and recordings.upload is not set`);
}

async function open(description: Description, { folder, uploads, watch }: FilePlaces): Promise<FinishedFile> {
  const { recording, headBytes, form: notes, upload } = description;
  const { key } = recording;
  const form = folder.requireForm(recording);
  const { file: path } = folder.paths(recording);
  try {
    const file = await watch(form.open({ key, path, notes, headBytes }));
    return {
      bytes: file.bytes,
      ...(file.facts && { facts: file.facts }),
      read: (offset, length) => watch(file.read(offset, length)),
      close: () => file.close(),
    };
  } catch (error) {
    if (upload === null || (error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  // what is slow from here on is not the disk
  const stored = requireUploads(uploads, description).open(description);
  return form.openStored(stored, { key, notes, headBytes });
}
