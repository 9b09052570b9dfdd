import { hash } from 'node:crypto';
import type { FinishedFile } from '../file/recording-file.ts';
import { RecordingError } from '../recording-error.ts';
import type { Description } from '../store/description.ts';

/** What is said of a recording when it is finished, and does not change any more. */
type FinishedDescription = Pick<Description, 'recording' | 'headBytes' | 'places'>;

/** The same as it is kept with the file, where its form authenticates it: the places as their digest, since there may be many. */
export function encodeFacts({ recording, headBytes, places }: FinishedDescription): Buffer {
  const { isUploaded: _, ...facts } = recording;
  return Buffer.from(JSON.stringify({ ...facts, headBytes, places: digest(places) }));
}

/** Looks whether a description says what was said when the file was finished. @throws RecordingError `damaged` */
export function checkFacts(file: FinishedFile, { recording, headBytes, places }: FinishedDescription): void {
  if (file.facts === undefined) return;
  const facts = Object.entries(JSON.parse(file.facts.toString()) as Record<string, unknown>);
  const said: Record<string, unknown> = { ...recording, headBytes, places: digest(places) };
  const isSame = facts.every(([name, value]) => said[name] === value) && file.bytes === recording.bytes;
  if (isSame) return;
  throw new RecordingError('damaged', `${recording.key}: its description is not the one that was written`);
}

function digest(value: unknown): string {
  return hash('sha256', JSON.stringify(value));
}
