import { z } from 'zod';
import { KeyPattern } from '../../../config/key-pattern.ts';
import { checkedString } from '../../../config/setting-schema.ts';
import type { ListWish, PageWish } from '../list-wish.ts';
import type { ListPart } from '../relay-status.ts';
import { facts } from './schemas/facts.ts';

/** How many items an answer has unless it is said, and at most. */
const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1000;

/** A stream key and an id, characters. */
const MAX_CURSOR = 1100;

/** How a list is asked for page by page. */
const page = {
  limit: z.int().min(1).max(MAX_LIMIT).default(DEFAULT_LIMIT).describe('items in the answer'),
  after: z
    .string()
    .min(1)
    .max(MAX_CURSOR)
    .optional()
    .describe('only items behind this one: `next` of the page before'),
};

/** Only what has to do with certain streams: a parameter of most lists. */
export const streamParameter: z.ZodType<string | undefined> = checkedString(
  KeyPattern.problem,
  'stream key, or a pattern such as live/**',
).optional();

/** The schema of the parameters of a relay's list. */
export function listQuery(shape: Partial<Record<keyof ListWish, z.ZodType>>): z.ZodType<ListWish> {
  return pageQuery<ListWish>(shape);
}

/** The schema of the parameters of any list. */
export function pageQuery<W extends PageWish>(shape: Partial<Record<keyof W, z.ZodType>>): z.ZodType<W> {
  return z.strictObject({ ...page, ...shape }) as unknown as z.ZodType<W>;
}

/** The schema of a part of a list. */
export function listOf<T>(item: z.ZodType<T>): z.ZodType<ListPart<T>> {
  return facts<ListPart<T>>({
    items: z.array(item),
    next: z.string().nullable().describe('`after` of the next page; null on the last one'),
  });
}
