import { hash } from 'node:crypto';
import type { FormNotes } from '../file/recording-file.ts';
import type { UploadedObject } from './file-upload.ts';

/** What the description of a recording says of its upload. */
export interface UploadNotes extends UploadedObject {
  /** Which storage, bucket and prefix. */
  readonly place: string;
  /** When it was done, milliseconds since 1970. */
  readonly at: number;
  /** What the form of the file had noted in the description that was uploaded, as a hash: where that has changed, it is uploaded again. */
  readonly described: string;
  /** Whether the file is in the folder, too. */
  readonly isLocal: boolean;
}

/** What a description says of an upload; undefined where it says nothing that can be understood. */
export function uploadNotesIn(notes: FormNotes): UploadNotes | undefined {
  const { place, at, bytes, sha256, etag, described, isLocal } = notes ?? {};
  const isWhole =
    [place, sha256, etag, described].every((text) => typeof text === 'string') &&
    [at, bytes].every((count) => Number.isSafeInteger(count) && (count as number) >= 0) &&
    typeof isLocal === 'boolean';
  return isWhole ? (notes as unknown as UploadNotes) : undefined;
}

/** What stands for the notes of a form. */
export function describedOf(form: FormNotes): string {
  return hash('sha256', JSON.stringify(form));
}
