import { z } from 'zod';
import { readMediaUrl, withPort } from '../../../media-url.ts';
import { isStreamKey } from '../../../stream/stream-key.ts';
import { limitNames } from '../limit-names.ts';

/** What a hook says, read and found sound. */
export interface HookAnswer {
  readonly allow: boolean;
  /** For the person at the other end. */
  readonly message?: string | undefined;
  /** URL to which the client is sent instead. */
  readonly redirect?: string | undefined;
  /** The key that the stream has in truth. */
  readonly rename?: string | undefined;
  readonly identity?: string | undefined;
  /** Until when, milliseconds since 1970. */
  readonly until?: number | undefined;
  /** For how long from the answer on, milliseconds. */
  readonly playForMs?: number | undefined;
  readonly limits?: Readonly<Record<string, number>> | undefined;
  /** For how long the same question has this answer, milliseconds. */
  readonly cacheForMs?: number | undefined;
  /** After how long to ask again, milliseconds. */
  readonly recheckMs?: number | undefined;
}

/** A hook has no longer answers and names. */
const MAX_TEXT = 1000;
const MAX_IDENTITY = 255;
const MAX_MS = 7 * 86_400_000;

/** To ask more often than that is no use: what goes on is looked at once in a second. */
const MIN_RECHECK_MS = 1000;

const wholeMs = z.int().min(0).max(MAX_MS);
const amount = z.int().min(0);

/** Schema of an answer; fields that it does not name are left out. */
const schema = z
  .object({
    allow: z.boolean(),
    message: z.string().max(MAX_TEXT),
    redirect: z.string().max(2048).refine(isRedirect),
    rename: z.string().refine(isStreamKey),
    identity: z.string().regex(new RegExp(`^\\P{C}{1,${MAX_IDENTITY}}$`, 'u')),
    until: z.iso.datetime({ offset: true }).transform((text) => Date.parse(text)),
    playForMs: z.int().min(0).max(Number.MAX_SAFE_INTEGER),
    limits: z.object(Object.fromEntries(limitNames.map((name) => [name, amount]))).partial(),
    cacheForMs: wholeMs,
    recheckMs: wholeMs.min(MIN_RECHECK_MS),
  })
  .partial()
  .refine(({ allow, redirect }) => allow !== undefined || redirect !== undefined, {
    path: ['allow'],
  });

const known: ReadonlySet<string> = new Set(Object.keys(schema.shape));

/**
 * Reads the JSON of an answer.
 * @param onUnknown - told of each field that means nothing here
 */
export function readHookAnswer(
  text: string,
  onUnknown: (field: string) => void,
): HookAnswer | { readonly unusable: string } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { unusable: 'answers what is no JSON' };
  }
  const { success, data, error } = schema.safeParse(value);
  if (!success) {
    const [{ path } = { path: [] }] = error.issues;
    const field = path.map(String).join('.');
    return { unusable: field === '' ? 'answers no object' : `answers what is wrong in its field ${field}` };
  }
  for (const field of Object.keys(value as object)) if (!known.has(field)) onUnknown(field);
  const { limits, redirect, ...rest } = data;
  return {
    ...rest,
    allow: data.allow === true && redirect === undefined,
    redirect: redirect === undefined ? undefined : withPort(redirect),
    limits: limits === undefined ? undefined : definedOnly(limits),
  };
}

/** Whether a client can be sent there: what HTTP and RTMP can say, without anything that could be a second line. */
function isRedirect(url: string): boolean {
  return /^[\x21-\x7e]+$/.test(url) && typeof readMediaUrl(url) !== 'string';
}

function definedOnly(limits: Readonly<Record<string, number | undefined>>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(limits).flatMap(([name, most]) => (most === undefined ? [] : [[name, most]])),
  );
}
