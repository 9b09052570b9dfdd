/** What the schemas of all services are made with, and how they are walked: by name for variables, by path for faults. */
import { z } from 'zod';

/** Each setting of `T` with its own schema. */
type Shape<T> = { -readonly [K in keyof T]-?: z.ZodType<T[K]> };

/** A schema that has each setting of `T` and refuses any other. */
export function settings<T>(shape: Shape<T>): z.ZodObject<Shape<T>, z.core.$strict> {
  return z.strictObject(shape);
}

/**
 * Like `settings`, and may be left out: then every setting of it has its default.
 * @param judge - says what is wrong between the settings, each of which may have faults of its own
 */
export function section<T>(shape: Shape<T>, judge?: Judge<T>): z.ZodType<T> {
  const inner = settings<T>(shape);
  const judged = judge === undefined ? inner : inner.superRefine(judge as Judge<unknown>, { when: isObject });
  return judged.prefault({} as never) as unknown as z.ZodType<T>;
}

/** Adds an issue for each thing that is wrong between the parts of a value. */
export type Judge<T> = (value: T, context: z.core.$RefinementCtx) => void;

/** When a judge can be asked: next to other faults, too. */
export function isObject({ value }: { readonly value: unknown }): boolean {
  return typeof value === 'object' && value !== null;
}

/** A whole number within a range, the fallback when it is left out. */
export function integer(min: number, max: number, fallback: number): z.ZodDefault<z.ZodInt> {
  return z.int().min(min).max(max).default(fallback);
}

/** A list that may also be its only element, or null when it is empty; `absent` stands for one left out. */
export function oneOrMany<T>(element: z.ZodType<T>, absent: object | null = {}): z.ZodType<readonly T[]> {
  const toList = (value: unknown) => (value === null ? [] : Array.isArray(value) ? value : [value]);
  return z.preprocess(toList, z.array(element)).prefault(absent);
}

/**
 * A string judged by a function that gives what was expected, or undefined when nothing is wrong.
 * @param noun - what it is, in the singular; faults say it where there is no string
 */
export function checkedString(
  problemOf: (text: string) => string | undefined,
  noun = 'string',
): z.ZodType<string> {
  const checked = z.string().superRefine((text, context) => {
    const message = problemOf(text);
    if (message !== undefined) context.addIssue({ code: 'custom', message });
  });
  return checked.describe(noun);
}

/** The name of a file. */
export const fileName: z.ZodType<string> = checkedString(
  (name) => (/^[^\0]+$/.test(name) ? undefined : 'expected the name of a file'),
  'file name',
);

/** Where a setting stands: names, and numbers for places in a list. */
export type SettingPath = readonly (string | number)[];

/** A setting, or a section of them, that has a path of its own in every config. */
export interface NamedSetting {
  readonly path: readonly string[];
  readonly schema: z.ZodType;
}

/** Every section and setting, a section before what it holds. Lists are not entered, except those of `oneOrMany`. */
export function namedSettings(schema: z.ZodType, path: readonly string[] = []): readonly NamedSetting[] {
  const bare = withoutWrappers(schema);
  const holder = bare instanceof z.ZodArray && isOneOrMany(schema) ? (bare.element as z.ZodType) : bare;
  const inside = Object.entries(shapeOf(holder));
  const here = path.length === 0 ? [] : [{ path, schema }];
  return [...here, ...inside.flatMap(([name, inner]) => namedSettings(inner, [...path, name]))];
}

/** A path as it is told to people: `streams.0.match`, a name that could not be one of a setting in quotes, shortened. */
export function pathText(path: SettingPath): string {
  const shown = (step: string | number) =>
    /^[\w-]{1,60}$/.test(`${step}`) ? step : shortened(JSON.stringify(step), 60);
  return path.map(shown).join('.');
}

/** A text cut off, with three dots, where it has more characters. */
export function shortened(text: string, maxLength: number): string {
  return text.length > maxLength ? `${text.slice(0, maxLength - 3)}...` : text;
}

/** What a place in the config holds: its schema, the value found there, and the path as the config writes it. */
export interface Place {
  readonly schema: z.ZodType | undefined;
  readonly value: unknown;
  /** Without the number of an element that was written without its list. */
  readonly path: SettingPath;
}

/** Follows the path of a zod issue through a schema and the value that it was given. */
export function placeAt(root: z.ZodType, config: unknown, issuePath: readonly PropertyKey[]): Place {
  let schema: z.ZodType | undefined = root;
  let value = config;
  const path: (string | number)[] = [];
  for (const key of issuePath) {
    const step = typeof key === 'number' ? key : String(key);
    const unlisted = typeof step === 'number' && !Array.isArray(value);
    schema = schema && innerSchema(schema, step, value);
    if (unlisted) continue;
    path.push(step);
    value = ownValue(value, step);
  }
  return { schema, value, path };
}

/** The schema without default, null, optional and preprocessing around it. */
export function withoutWrappers(schema: z.ZodType): z.ZodType {
  const inner = unwrapped(schema);
  return inner === undefined ? schema : withoutWrappers(inner);
}

/**
 * The schemas of which a value has to fit one, each without wrappers; null is one of its own, and of `oneOrMany` the
 * element and the list are.
 */
export function variantsOf(schema: z.ZodType): readonly z.ZodType[] {
  const bare = withoutWrappers(schema);
  if (bare instanceof z.ZodArray && isOneOrMany(schema))
    return [...variantsOf(bare.element as z.ZodType), bare, z.null()];
  const inner = unwrapped(schema);
  if (inner !== undefined)
    return [...variantsOf(inner), ...(schema instanceof z.ZodNullable ? [z.null()] : [])];
  const isUnion = bare instanceof z.ZodUnion && !(bare instanceof z.ZodDiscriminatedUnion);
  return isUnion ? (bare.options as readonly z.ZodType[]).flatMap(variantsOf) : [bare];
}

/** The settings inside of a schema by name, for a union those of the option that the value chose; none in what is not an object. */
export function shapeOf(schema: z.ZodType, value?: unknown): Readonly<Record<string, z.ZodType>> {
  const bare = withoutWrappers(schema);
  if (bare instanceof z.ZodObject) return bare.shape as Record<string, z.ZodType>;
  if (!(bare instanceof z.ZodDiscriminatedUnion)) return {};
  const { discriminator, options } = bare.def;
  const choice = ownValue(value, discriminator);
  const chosen = (options as readonly z.ZodType[]).find(
    (option) => shapeOf(option)[discriminator]?.safeParse(choice).success,
  );
  return chosen === undefined ? {} : shapeOf(chosen);
}

/** What of a value is sound, the rest of it at its defaults. What is wrong between its settings is left as it is. */
export function soundPart<T>(schema: z.ZodType<T>, value: unknown): T {
  const whole = schema.safeParse(value);
  if (whole.success) return whole.data;
  const parts = Object.entries(shapeOf(schema, value));
  if (parts.length === 0) return schema.parse(undefined);
  const sound = parts.map(([name, inner]) => [name, soundPart(inner, ownValue(value, name))]);
  return Object.fromEntries(sound) as T;
}

/** What a value holds under a name or number of its own; undefined when it holds nothing there. */
export function ownValue(value: unknown, step: string | number): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
  return (value as Record<string | number, unknown>)[step];
}

function innerSchema(schema: z.ZodType, step: string | number, value: unknown): z.ZodType | undefined {
  const bare = withoutWrappers(schema);
  return bare instanceof z.ZodArray ? (bare.element as z.ZodType) : shapeOf(bare, value)[step];
}

function isOneOrMany(schema: z.ZodType): boolean {
  if (schema instanceof z.ZodPipe && schema.in instanceof z.ZodTransform) return true;
  const inner = unwrapped(schema);
  return inner !== undefined && isOneOrMany(inner);
}

const wrappers = [z.ZodDefault, z.ZodPrefault, z.ZodNullable, z.ZodOptional];

/** The schema inside of the outermost wrapper; undefined when there is none. */
function unwrapped(schema: z.ZodType): z.ZodType | undefined {
  if (schema instanceof z.ZodPipe)
    return (schema.in instanceof z.ZodTransform ? schema.out : schema.in) as z.ZodType;
  const wrapper = wrappers.find((type) => schema instanceof type);
  return wrapper && ((schema as InstanceType<typeof wrapper>).unwrap() as z.ZodType);
}
