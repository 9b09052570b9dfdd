/**
 * Stream keys: the canonical name of a stream, made from whatever a client sent.
 * Clients split one URL into app and stream name in different ways, and some put the query into the app, so publishers
 * and players all come through here.
 */
import { ProtocolError } from '../errors.ts';

/** One way to understand what a client asked for. */
export interface StreamKeyReading {
  /** Segments joined by `/`, such as `live/cam1`: 1 to 1,024 bytes of UTF-8, case-sensitive. */
  readonly key: string;
  /** What stood behind the `?`, as it was sent (still percent-encoded); empty when there was none. */
  readonly query: string;
}

/** First segments that no stream key has: in HTTP the relay's own pages are there. */
export const reservedSegments: ReadonlySet<string> = new Set(['api', 'metrics', 'sessions', 'watch']);

/** What the keys of recordings begin with. */
const recordingsBegin = 'recordings/';

/** Whether a key is one of those that are for recordings where there are any. */
export function isRecordingKey(key: string): boolean {
  return key.startsWith(recordingsBegin);
}

/** Characters of app and stream name, or of a URL path, that are looked at; queries (tokens) included. */
const maxInputLength = 8192;
const maxKeyBytes = 1024;
const maxSegmentBytes = 255;

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for
const controlCharacter = /[\u0000-\u001f\u007f-\u009f]/;
const instanceSegment = '_definst_';
const typePrefix = /^(?:flv|mp4|mp3|f4v):/;
const typeSuffix = /\.(?:flv|mp4|f4v|mp3)$/;
/** What stands behind a key in place of a type's suffix where the path has told its extension. */
const nothing = /$/;

/**
 * Understands app and stream name of an RTMP client, with or without a query in either.
 *
 * A query in the app is ambiguous: `/live/cam1?token=x/y` reaches us as `live/cam1?token=x`, `y`, and OBS sends its
 * server `/live?k=1` and key `cam1` as `live?k=1`, `cam1`. Then both readings come back, the likelier first: take the
 * first that is live, or else the first. The name is the stream's and the query the app's if the name has none of `=`,
 * `&` and `/` and the app's query does not end within a value; everything behind the first `?` is the query otherwise.
 *
 * @returns one reading, or two of which the first is the default.
 * @throws ProtocolError `STREAM_KEY_INVALID` when no reading gives a key.
 */
export function parseStreamKey(app: string, streamName: string): readonly StreamKeyReading[] {
  checkInput(app.length + streamName.length, app, streamName);
  const [appPath, appQuery] = splitQuery(app);
  const [namePath, nameQuery = ''] = splitQuery(streamName);
  const nameIsTheStreams = () => readingOf(`${appPath}/${namePath}`, joinQueries(appQuery ?? '', nameQuery));
  if (appQuery === undefined || namePath === '') return [nameIsTheStreams()];

  const restIsQuery = () => readingOf(appPath, `${appQuery}/${streamName}`);
  return /[=&/]/.test(namePath) || endsWithinValue(appPath, appQuery)
    ? validReadings(restIsQuery, nameIsTheStreams)
    : validReadings(nameIsTheStreams, restIsQuery);
}

/** Whether a text is the key of a stream as it is, without a query. */
export function isStreamKey(text: string): boolean {
  try {
    return !text.includes('?') && parseStreamKey(text, '')[0]?.key === text;
  } catch {
    return false;
  }
}

/**
 * Understands the path of an HTTP URL, such as `/live/cam1.flv?token=x`. Percent-encoding is undone once, per segment.
 * @param isName - it is a name and nothing else: no suffix of it stands for a type
 * @throws ProtocolError `STREAM_KEY_INVALID` when it names no stream or is badly encoded.
 */
export function parseStreamPath(path: string, isName = false): StreamKeyReading {
  checkInput(path.length, path);
  const [encodedKey, query = ''] = splitQuery(path);
  const key = encodedKey.split('/').map(decodeSegment).join('/');
  return readingOf(key, query, isName ? nothing : typeSuffix);
}

/** An invalid reading gives way to the other one: what looks like a long name may be the rest of a token. */
function validReadings(
  preferred: () => StreamKeyReading,
  other: () => StreamKeyReading,
): readonly StreamKeyReading[] {
  const readings: StreamKeyReading[] = [];
  let firstError: unknown;
  for (const read of [preferred, other]) {
    try {
      readings.push(read());
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      firstError ??= error;
    }
  }
  if (readings.length === 0) throw firstError;
  return readings;
}

/**
 * Whether the `/` behind the app's query stands inside a value: the value has not begun yet (`?token=`), or it has and
 * the path before it is a whole `app/name` already, so that no name is missing.
 */
function endsWithinValue(appPath: string, appQuery: string): boolean {
  const lastParameter = appQuery.slice(appQuery.lastIndexOf('&') + 1);
  const valueStart = lastParameter.indexOf('=') + 1;
  if (valueStart === 0) return false;
  return valueStart === lastParameter.length || canonicalSegments(appPath).length > 1;
}

function readingOf(path: string, query: string, suffix: RegExp = typeSuffix): StreamKeyReading {
  const segments = canonicalSegments(path, suffix);
  for (const segment of segments) {
    if (segment === '..') throw invalid('it has a ".." segment');
    const size = Buffer.byteLength(segment);
    if (size > maxSegmentBytes) throw invalid(`a segment has ${size} bytes, limit ${maxSegmentBytes}`);
  }
  const key = segments.join('/');
  if (key === '') throw invalid('it is empty');
  if (reservedSegments.has(segments[0] ?? ''))
    throw invalid(`it begins with "${segments[0]}", which is reserved for the relay's own pages`);
  const size = Buffer.byteLength(key);
  if (size > maxKeyBytes) throw invalid(`it has ${size} bytes, limit ${maxKeyBytes}`);
  return { key, query };
}

function canonicalSegments(path: string, suffix: RegExp = typeSuffix): readonly string[] {
  const segments = path
    .split('/')
    .filter((segment) => segment !== '' && segment !== instanceSegment)
    .map((segment) => segment.replace(typePrefix, ''));
  const last = segments.pop();
  if (last !== undefined) segments.push(last.replace(suffix, ''));
  return segments.filter((segment) => segment !== '');
}

function decodeSegment(encoded: string): string {
  let segment: string;
  try {
    segment = decodeURIComponent(encoded);
  } catch (cause) {
    throw invalid('its percent-encoding is broken', { cause });
  }
  if (/[/?]/.test(segment)) throw invalid('it has an encoded "/" or "?"');
  if (controlCharacter.test(segment)) throw invalid('it has a control character');
  return segment;
}

function checkInput(length: number, ...inputs: readonly string[]): void {
  if (length > maxInputLength)
    throw invalid(`with its query it has ${length} characters, limit ${maxInputLength}`);
  for (const input of inputs) {
    if (controlCharacter.test(input)) throw invalid('it has a control character');
    if (!input.isWellFormed()) throw invalid('it is not well-formed Unicode');
  }
}

function splitQuery(text: string): readonly [path: string, query: string | undefined] {
  const at = text.indexOf('?');
  return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

function joinQueries(...queries: readonly string[]): string {
  return queries.filter((query) => query !== '').join('&');
}

function invalid(reason: string, options?: ErrorOptions): ProtocolError {
  return new ProtocolError('STREAM_KEY_INVALID', `the stream key is not valid: ${reason}`, options);
}
