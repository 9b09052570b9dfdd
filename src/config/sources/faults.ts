/** Says what zod found wrong with a config in words that an operator can act on. */
import { z } from 'zod';
import { displayUrls } from '../../url-secrets.ts';
import {
  ownValue,
  type Place,
  placeAt,
  type SettingPath,
  shapeOf,
  shortened,
  withoutWrappers,
} from '../setting-schema.ts';
import { enumeration, expectation } from './expectation.ts';
import { didYouMean, nearestNames } from './near-names.ts';

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

/** Names of settings whose values no fault shows. */
const secretNames: ReadonlySet<string> = new Set([
  ...['key', 'secret', 'secrets', 'users', 'values', 'streamKeys'],
]);

/** Sections in which credentials stand: of a text that should be one of them nothing is shown. */
const secretSections: ReadonlySet<string> = new Set(['access', 'access.rules', 'hooks']);

/** Whether a value is a secret, or may have one in it. */
function isSecretPlace(value: unknown, path: SettingPath): boolean {
  if (path.some((step) => secretNames.has(`${step}`))) return true;
  const section = path.filter((step) => typeof step === 'string').join('.');
  return typeof value === 'string' && secretSections.has(section);
}

/** A value as a fault shows it: JSON, shortened, its URLs without what is secret in them. @param path - where it stands */
export function quoteValue(value: unknown, path: SettingPath = []): string {
  const hidden = (text: unknown, isForward: boolean): unknown =>
    typeof text === 'string' ? displayUrls(text, isForward || text.includes('"forward"')) : text;
  const display = (name: string, inner: unknown): unknown => {
    if (secretNames.has(name) && inner !== null) return '***';
    return name === 'forward' && Array.isArray(inner)
      ? inner.map((url) => hidden(url, true))
      : hidden(inner, path.includes('forward'));
  };
  if (isSecretPlace(value, path)) return '***';
  if (typeof value === 'number') return String(value); // which JSON may not be able to: 1e999 is infinite
  return shortened(JSON.stringify(value, display) ?? String(value), 80);
}

/** What was expected, and what is there instead: nothing, an empty text or another value. */
export function problemOf(expected: string, value: unknown, path: SettingPath = []): string {
  if (value === undefined) return `missing, ${expected}`;
  return value === '' ? `empty, ${expected}` : `${expected}, got ${quoteValue(value, path)}`;
}

function faultsOfIssue(issue: z.core.$ZodIssue, root: z.ZodType, config: unknown): readonly LocatedFault[] {
  const place = placeAt(root, config, issue.path);
  const { value, path } = place;
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({ path: [...path, key], problem: unknownName(key, place) }));
  // What is wrong between settings is no matter of one value.
  if (issue.code === 'custom' && !issue.message.startsWith('expected'))
    return [{ path, problem: issue.message }];
  // An element that stands for its list may also be the list.
  const isUnlisted = typeof issue.path.at(-1) === 'number' && typeof path.at(-1) !== 'number';
  const { schema } = isUnlisted ? placeAt(root, config, issue.path.slice(0, -1)) : place;
  const problem = problemOf(expectationOf(issue, schema), value, path);
  return [{ path, problem: problem + didYouMean(corrections(value, schema, path)) }];
}

function expectationOf(issue: z.core.$ZodIssue, schema: z.ZodType | undefined): string {
  if (issue.code === 'too_small' && issue.origin === 'array') return 'expected a list that is not empty';
  if (issue.code === 'invalid_union' && 'options' in issue) {
    const options = issue.options ?? [];
    return `expected ${enumeration(
      options.map((option) => JSON.stringify(option)),
      'or',
    )}`;
  }
  return issue.code === 'custom' || schema === undefined ? issue.message : `expected ${expectation(schema)}`;
}

/** What is wrong with a name that the settings at its place do not have. */
function unknownName(name: string, { schema, value }: Place): string {
  const known = Object.keys(schema === undefined ? {} : shapeOf(schema, value));
  if (name === '') return `empty name, expected ${enumeration(known, 'or')}`;
  const owner = schema && ownerOf(name, schema, value);
  if (owner !== undefined) return owner;
  const meant = nearestNames(
    name,
    known.map((candidate) => [candidate]),
  ).flat();
  const isGiven = meant.some((candidate) => ownValue(value, candidate) !== undefined);
  if (meant.length > 0 && !isGiven) return `unknown setting${didYouMean(meant)}`;
  return `unknown setting, expected ${enumeration(known, 'or')}`;
}

/** Of a setting that only other options of a union have: which. */
function ownerOf(name: string, schema: z.ZodType, value: unknown): string | undefined {
  const bare = withoutWrappers(schema);
  if (!(bare instanceof z.ZodDiscriminatedUnion)) return undefined;
  const { discriminator, options } = bare.def;
  const shapes = (options as readonly z.ZodType[]).map((option) => shapeOf(option));
  const owners = shapes.filter((shape) => Object.hasOwn(shape, name));
  if (owners.length === 0) return undefined;
  const choices = owners.map((shape) => expectation(shape[discriminator] as z.ZodType));
  const chosen = quoteValue(ownValue(value, discriminator));
  return `only for "${discriminator}": ${enumeration(choices, 'or')}, got "${discriminator}": ${chosen}`;
}

/** Values that a wrong one can be meant for, as they are written: in quotes by mistake, with capitals, without its list. */
function corrections(value: unknown, schema: z.ZodType | undefined, path: SettingPath): readonly string[] {
  if (typeof value !== 'string' || value === '' || schema === undefined) return [];
  const small = value.toLowerCase();
  const meant = [unquoted(value), small, unquoted(small), [value]].find(
    (candidate) => candidate !== value && schema.safeParse(candidate).success,
  );
  return meant === undefined ? [] : [quoteValue(meant, path)];
}

function unquoted(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
