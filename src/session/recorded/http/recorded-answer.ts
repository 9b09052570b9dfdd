import type { IncomingMessage } from 'node:http';
import { QueryParameters } from '../../../credentials/query-parameters.ts';
import { encodeFlvTag } from '../../../protocol/flv/flv-tag.ts';
import type { RecordedFile } from '../recorded-file.ts';
import { startAt } from '../recorded-start.ts';
import { byteRange } from './byte-range.ts';
import type { RecordedTarget } from './recorded-target.ts';

/** What comes next of a body: bytes, or a part of the file. */
export type BodyPart = { readonly bytes: Buffer } | { readonly offset: number; readonly end: number };

/** The answer to a request for a recording. */
export interface RecordedAnswer {
  readonly status: 200 | 206 | 304 | 416;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: readonly BodyPart[];
}

const contentTypes = { FLV: 'video/x-flv', ASF: 'video/x-ms-asf' } as const;

/** What a GET of a recording is answered, by its Range and by the parameter `start` of its URL. @throws RecordingError */
export async function recordedAnswer(
  file: RecordedFile,
  { headers }: Pick<IncomingMessage, 'headers'>,
  { family, reading }: RecordedTarget,
): Promise<RecordedAnswer> {
  const { bytes: size } = file.recording;
  const etag = `"${file.version}"`;
  const common = {
    'content-type': contentTypes[family],
    'cache-control': 'private, no-cache',
    'x-content-type-options': 'nosniff',
  };
  const startMs = startOf(reading.query);
  if (startMs !== undefined && family === 'FLV') {
    const body = await bodyFrom(file, startMs);
    const headersOfPart = { ...common, 'accept-ranges': 'none', 'content-length': String(lengthOf(body)) };
    return { status: 200, headers: headersOfPart, body };
  }
  const named = { ...common, etag, 'accept-ranges': 'bytes' };
  if (isAmong(etag, headers['if-none-match'])) return { status: 304, headers: named, body: [] };
  const isMeant = headers['if-range'] === undefined || headers['if-range'] === etag;
  const range = isMeant ? byteRange(headers.range, size) : undefined;
  if (range === 'unsatisfiable') {
    const unsatisfied = { 'content-range': `bytes */${size}`, 'content-length': '0' };
    return { status: 416, headers: { ...named, ...unsatisfied }, body: [] };
  }
  if (range === undefined)
    return {
      status: 200,
      headers: { ...named, 'content-length': String(size) },
      body: [{ offset: 0, end: size }],
    };
  const { offset, end } = range;
  const ofPart = {
    'content-range': `bytes ${offset}-${end - 1}/${size}`,
    'content-length': String(end - offset),
  };
  return { status: 206, headers: { ...named, ...ofPart }, body: [range] };
}

/** The head, the headers that hold there, and all from the keyframe before a time on. */
async function bodyFrom(file: RecordedFile, startMs: number): Promise<readonly BodyPart[]> {
  const { headBytes } = file.index;
  const { offset, headers } = await startAt(file, startMs);
  const rest = { offset, end: file.recording.bytes };
  const head = { offset: 0, end: headBytes };
  // the metadata is in the head
  const tags = headers.filter((header) => header.offset >= headBytes).map((header) => encodeFlvTag(header));
  return [head, { bytes: Buffer.concat(tags) }, rest];
}

function lengthOf(body: readonly BodyPart[]): number {
  return body.reduce((sum, part) => sum + ('bytes' in part ? part.bytes.length : part.end - part.offset), 0);
}

/** Seconds, as players of FLV files ask for them, in milliseconds; undefined where they do not, or make no sense. */
function startOf(query: string): number | undefined {
  const start = new QueryParameters(query).get('start') ?? '';
  return /^\d{1,9}(?:\.\d{1,6})?$/.test(start) ? Number(start) * 1000 : undefined;
}

function isAmong(etag: string, listed: string | undefined): boolean {
  if (listed === undefined) return false;
  return listed.split(',').some((one) => one.trim().replace(/^W\//, '') === etag || one.trim() === '*');
}
