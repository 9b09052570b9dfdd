import { createHash, randomBytes } from 'node:crypto';

/** The first segment of the key of each recording. */
export const RECORDINGS_SEGMENT = 'recordings';

/** Where a recording came from, as its key says. */
export interface RecordingPlace {
  readonly stream: string;
  readonly id: string;
}

const MAX_STREAM_BYTES = 1024;
const MAX_SEGMENT_BYTES = 255;
const idForm = /^\d{8}T\d{6}Z-[\w-]{22}$/;

/** Random bytes of an id. */
const RANDOM_BYTES = 16;

/** Longest name of a folder: file systems take 255 bytes. */
const MAX_NAME_LENGTH = 200;
const KEPT_LENGTH = 120;

/** A new id. @param startedAt - when the recording begins */
export function newRecordingId(startedAt: Date): string {
  const time = startedAt.toISOString().replace(/[-:]|\.\d+/g, '');
  return `${time}-${randomBytes(RANDOM_BYTES).toString('base64url')}`;
}

export function recordingKey({ stream, id }: RecordingPlace): string {
  return `${RECORDINGS_SEGMENT}/${stream}/${id}`;
}

/** What a key says; undefined for what no recording has as its key. */
export function parseRecordingKey(key: string): RecordingPlace | undefined {
  const first = `${RECORDINGS_SEGMENT}/`;
  const idAt = key.lastIndexOf('/') + 1;
  if (!key.startsWith(first) || idAt <= first.length) return undefined;
  const id = key.slice(idAt);
  const stream = key.slice(first.length, idAt - 1);
  return idForm.test(id) && isRecordedStream(stream) ? { stream, id } : undefined;
}

/** Whether a text can be the key of a stream that is recorded. */
export function isRecordedStream(stream: string): boolean {
  return (
    stream.isWellFormed() &&
    Buffer.byteLength(stream) <= MAX_STREAM_BYTES &&
    stream.split('/').every((segment) => segment !== '' && Buffer.byteLength(segment) <= MAX_SEGMENT_BYTES)
  );
}

/**
 * The folders of a stream's recordings, one in the other. No name is special to a file system, no two streams share theirs, and none can
 * be that of another file of the store, which all have a dot.
 */
export function streamFolders(stream: string): readonly string[] {
  return stream.split('/').map(folderName);
}

/** Letters, digits, `-` and `_` stand for themselves, all else for its bytes; what gets too long ends in a digest. */
function folderName(segment: string): string {
  const name = segment.replaceAll(/[^\w-]/gu, (letter) =>
    [...Buffer.from(letter)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
  );
  if (name.length <= MAX_NAME_LENGTH) return name;
  return `${name.slice(0, KEPT_LENGTH)}~${createHash('sha256').update(segment).digest('hex')}`;
}
