import type { z } from 'zod';
import { pathText, placeAt, shapeOf } from '../../../config/setting-schema.ts';
import { enumeration, expectation } from '../../../config/sources/expectation.ts';
import { printable } from '../../../log.ts';
import { ApiError } from './api-error.ts';

/** What a schema finds in a value. @param noun - what it is made of @throws ApiError with a sentence for each thing that is wrong, which shows no value */
export function checked<T>(schema: z.ZodType<T>, value: unknown, noun: 'field' | 'parameter'): T {
  const found = schema.safeParse(value);
  if (found.success) return found.data;
  const problems = found.error.issues.map((issue) => problemOf(issue, schema, value, noun));
  throw new ApiError('bad-request', [...new Set(problems)].slice(0, MAX_PROBLEMS).join('; '));
}

/** So many things are said to be wrong at once. */
const MAX_PROBLEMS = 5;

/** The parameters behind a `?`, with those as numbers that the schema wants so. @throws ApiError where one stands there twice */
export function parametersOf(schema: z.ZodType, query: Readonly<Record<string, string | string[]>>): unknown {
  const entries = Object.entries(query).map(([name, value]) => {
    if (Array.isArray(value)) throw new ApiError('bad-request', `${printable(name, 40)}: expected once`);
    const { schema: inner } = placeAt(schema, query, [name]);
    const isNumber =
      inner !== undefined && /^an integer/.test(expectation(inner)) && /^\d{1,15}$/.test(value);
    return [name, isNumber ? Number(value) : value];
  });
  return Object.fromEntries(entries);
}

function problemOf(issue: z.core.$ZodIssue, root: z.ZodType, value: unknown, noun: string): string {
  const { schema, path } = placeAt(root, value, issue.path);
  const where = path.length === 0 ? '' : `${pathText(path)}: `;
  if (issue.code === 'unrecognized_keys') {
    const known = Object.keys(schema === undefined ? {} : shapeOf(schema, value));
    const unknown = issue.keys.map((key) => printable(key, 40)).join(', ');
    const hint = known.length === 0 ? 'expected none' : `expected ${enumeration(known, 'or')}`;
    return `${where}unknown ${noun} ${unknown}: ${hint}`;
  }
  if (issue.code === 'custom' || schema === undefined) return `${where}${issue.message}`;
  return `${where}expected ${expectation(schema)}`;
}
