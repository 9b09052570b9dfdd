/** Says what zod found wrong with a config in words that an operator can act on. */
import { z } from 'zod';
import { displayUrls } from '../url-secrets.ts';
import { placeAt, type SettingPath, shapeOf, withoutWrappers } from './setting-schema.ts';

/** A fault with its path in parts, so that its origin can be found before it is written. */
export interface LocatedFault {
  readonly path: SettingPath;
  readonly problem: string;
}

/** Every fault that zod found in a config, one per place and problem. */
export function faultsOf(error: z.ZodError, schema: z.ZodType, config: unknown): readonly LocatedFault[] {
  const faults = error.issues.flatMap((issue) => faultsOfIssue(issue, schema, config));
  const distinct = new Map(faults.map((fault) => [JSON.stringify([fault.path, fault.problem]), fault]));
  return [...distinct.values()];
}

/** ` (did you mean maxDelayMs?)` for the known name most like the given one; empty when none is like it. */
export function suggestion(name: string, known: readonly string[]): string {
  const [best] = known
    .map((candidate) => ({ candidate, distance: editDistance(name.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ candidate, distance }) => distance <= Math.max(2, Math.floor(candidate.length / 3)))
    .sort((one, other) => one.distance - other.distance);
  return best === undefined ? '' : ` (did you mean ${best.candidate}?)`;
}

/** A value as a fault shows it: JSON, shortened, its URLs without what is secret in them. @param path - where it stands */
export function quoteValue(value: unknown, path: SettingPath = []): string {
  const hidden = (text: unknown, isForward: boolean): unknown =>
    typeof text === 'string' ? displayUrls(text, isForward || text.includes('"forward"')) : text;
  const display = (name: string, inner: unknown): unknown =>
    name === 'forward' && Array.isArray(inner)
      ? inner.map((url) => hidden(url, true))
      : hidden(inner, path.includes('forward'));
  const json = JSON.stringify(value, display) ?? String(value);
  return json.length > 80 ? `${json.slice(0, 77)}...` : json;
}

function faultsOfIssue(issue: z.core.$ZodIssue, root: z.ZodType, config: unknown): readonly LocatedFault[] {
  const { schema, value, path } = placeAt(root, config, issue.path);
  if (issue.code === 'unrecognized_keys') {
    const known = Object.keys(schema ? shapeOf(schema, value) : {});
    const problemOf = (key: string) => `unknown setting${suggestion(key, known)}`;
    return issue.keys.map((key) => ({ path: [...path, key], problem: problemOf(key) }));
  }
  // What is wrong between settings is no matter of one value.
  if (issue.code === 'custom' && !issue.message.startsWith('expected'))
    return [{ path, problem: issue.message }];
  const unlisted = typeof issue.path.at(-1) === 'number' && typeof path.at(-1) !== 'number';
  const expected = expectationOf(issue, schema) + (unlisted ? ', a list of them or null' : '');
  const problem =
    value === undefined ? `missing, ${expected}` : `${expected}, got ${quoteValue(value, path)}`;
  return [{ path, problem }];
}

function expectationOf(issue: z.core.$ZodIssue, schema: z.ZodType | undefined): string {
  if (issue.code === 'custom') return issue.message;
  if (issue.code === 'invalid_union' && 'options' in issue)
    return `expected one of ${listOf(issue.options as readonly unknown[])}`;
  if (issue.code === 'too_small' && issue.origin === 'array') return 'expected a list that is not empty';
  if (schema === undefined) return issue.message;
  return `expected ${describe(withoutWrappers(schema))}${schema.safeParse(null).success ? ' or null' : ''}`;
}

function describe(schema: z.ZodType): string {
  if (schema instanceof z.ZodNumber) return `an integer from ${schema.minValue} to ${schema.maxValue}`;
  if (schema instanceof z.ZodEnum) return `one of ${listOf(schema.options)}`;
  if (schema instanceof z.ZodLiteral) return listOf([...schema.values]);
  if (schema instanceof z.ZodString) return 'a string';
  if (schema instanceof z.ZodArray) return 'a list';
  return 'an object';
}

function listOf(values: readonly unknown[]): string {
  return values.map((value) => JSON.stringify(value)).join(', ');
}

/** Letters to change, add or remove to make one of the other (Levenshtein). */
function editDistance(one: string, other: string): number {
  let previous = Array.from({ length: other.length + 1 }, (_, length) => length);
  for (let i = 1; i <= one.length; i++) {
    const current = [i];
    for (let j = 1; j <= other.length; j++) {
      const change = (previous[j - 1] as number) + (one[i - 1] === other[j - 1] ? 0 : 1);
      current.push(Math.min(change, (previous[j] as number) + 1, (current[j - 1] as number) + 1));
    }
    previous = current;
  }
  return previous[other.length] as number;
}
