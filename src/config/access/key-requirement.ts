import { z } from 'zod';
import { storedKeyProblem } from '../../credentials/key-hash.ts';
import { keyLineProblem } from '../../credentials/key-ring.ts';
import { checkedString, fileName, settings } from '../setting-schema.ts';

/**
 * A key that several may know: as `?key=` in the URL, behind the stream key or behind the app, or over HTTP as
 * `Authorization: Bearer`; or a stream key that is itself a secret and stands for a public one. Each is written as it is or as
 * `sha256:...`, and all of them hold at the same time.
 */
export interface KeyRequirement {
  readonly type: 'key';
  /** `KEY`, or `NAME KEY`: whoever shows that key has the name as identity. */
  readonly values: readonly string[];
  /** File with more of them, a line each, where `#` begins a comment; read again at SIGHUP. Null (default): none. */
  readonly file: string | null;
  /** By public stream key, such as `live/cam1`, the secrets that encoders use in place of the name behind the app: `live/SECRET`. */
  readonly streamKeys: Readonly<Record<string, readonly string[]>>;
  /** File with more of them, a line `live/cam1 SECRET` each; null (default): none. */
  readonly streamKeysFile: string | null;
}

/** Schema of a {@link KeyRequirement}. */
export const keyRequirement: z.ZodObject = settings<KeyRequirement>({
  type: z.literal('key'),
  values: z.array(checkedString(keyLineProblem, 'key')).default([]),
  file: fileName.nullable().default(null),
  streamKeys: z
    .record(checkedString(streamProblem, 'stream key'), z.array(checkedString(storedKeyProblem, 'secret')))
    .default({}),
  streamKeysFile: fileName.nullable().default(null),
});

/** What is wrong with a line of a file of secret stream keys, without repeating it. */
export function streamKeyLineProblem(line: string): string | undefined {
  const [stream = '', secret, more] = line.split(/\s+/);
  if (secret === undefined || more !== undefined) return 'expected a stream key, a space and its secret';
  return streamProblem(stream) ?? storedKeyProblem(secret);
}

function streamProblem(stream: string): string | undefined {
  return /^[^/*\s]+(?:\/[^/*\s]+)+$/.test(stream) ? undefined : 'expected a stream key such as live/cam1';
}
