import type { FormNotes } from '../file/recording-file.ts';
import { openFile, readSome, replaceFile } from '../file/safe-files.ts';
import type { StartPlaces } from '../format/recorded-format.ts';
import type { Recording } from '../recording.ts';
import { RecordingError } from '../recording-error.ts';
import { replaceForGood } from '../sealing/destruction.ts';
import type { ProcessMark } from './process-mark.ts';

/** What lies beside the file of a recording, as JSON. */
export interface Description {
  readonly recording: Recording;
  readonly headBytes: number;
  /** Where players can begin, as far as the file does not say so itself. */
  readonly places: StartPlaces;
  /** Which store writes the file; null when it is finished. */
  readonly writer: ProcessMark | null;
  /** What the form of the file has noted. */
  readonly form: FormNotes;
  /** What is known of its upload. */
  readonly upload: FormNotes;
}

/** Of a file that says all of it itself, or of which nothing is known yet. */
export const noPlaces: StartPlaces = { timesMs: [], offsets: [], headerOffsets: [] };

const VERSION = 1;
/** Longer than any that is written, bytes. */
const MAX_BYTES = 2 ** 20;
/** Longer than the head of any file, bytes: memory is taken for it. */
const MAX_HEAD_BYTES = 2 ** 25;

export async function writeDescription(path: string, description: Description): Promise<void> {
  const bytes = encodeDescription(description);
  if (description.form === null) await replaceFile(path, bytes);
  else await replaceForGood(path, () => replaceFile(path, bytes)); // the one before has the key of the file, too
}

/** A description as it is written, on the disk or elsewhere. */
export function encodeDescription(description: Description): Buffer {
  return Buffer.from(`${JSON.stringify({ version: VERSION, ...description })}\n`);
}

/** @throws RecordingError `damaged` where it is none; what the file system says */
export async function readDescription(path: string): Promise<Description> {
  const handle = await openFile(path, 'read');
  let bytes: Buffer;
  try {
    bytes = await readSome(handle, 0, MAX_BYTES + 1);
  } finally {
    await handle.close();
  }
  const description = bytes.length > MAX_BYTES ? undefined : parseDescription(bytes.toString());
  if (description !== undefined) return description;
  throw new RecordingError('damaged', `${path} is no description of a recording`);
}

/** @returns undefined for what is no description */
export function parseDescription(text: string): Description | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  return isDescription(value) ? value : undefined;
}

const states: ReadonlySet<unknown> = new Set<Recording['state']>(['recording', 'finished', 'recovered']);
const families: ReadonlySet<unknown> = new Set<Recording['family']>(['FLV', 'ASF']);

function isDescription(value: unknown): value is Description {
  if (!isObject(value) || value['version'] !== VERSION || !isObject(value['recording'])) return false;
  const { recording, headBytes, places, writer, form, upload } = value;
  const isRecording =
    ['key', 'stream', 'id', 'startedAt', 'run'].every((name) => typeof recording[name] === 'string') &&
    ['durationMs', 'bytes', 'part'].every((name) => isCount(recording[name])) &&
    ['hasVideo', 'isSealed', 'isUploaded'].every((name) => typeof recording[name] === 'boolean') &&
    families.has(recording['family']) &&
    states.has(recording['state']);
  const notes = [writer, form, upload];
  return (
    isRecording &&
    isCount(headBytes) &&
    headBytes <= MAX_HEAD_BYTES &&
    isObject(places) &&
    ['timesMs', 'offsets', 'headerOffsets'].every((name) => isCounts(places[name])) &&
    notes.every((note) => note === null || isObject(note))
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCounts(value: unknown): boolean {
  return Array.isArray(value) && value.every(isCount);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
