import { z } from 'zod';
import { namedSettings, shapeOf, withoutWrappers } from '../../src/config/setting-schema.ts';

/** What a table of settings has to say about one of them. */
export interface SettingRow {
  /** Elements of a list are `[]`, as in `streams[].match`. */
  readonly path: string;
  /** As JSON; `required` where there is none. */
  readonly default: string;
  /** What may be written, such as `1 to 64 or "auto"`. */
  readonly values: string;
}

/** Every setting of a schema, in its order; also a section or list that may be left out as a whole. */
export function settingRows(schema: z.ZodType): readonly SettingRow[] {
  const named = namedSettings(schema);
  const isSection = (path: readonly string[]): boolean =>
    named.some((other) => other.path.length > path.length && path.every((name, i) => other.path[i] === name));
  return named.flatMap(({ path, schema: setting }) => {
    const name = path.join('.');
    if (!isSection(path)) return [rowOf(name, setting), ...elementRows(name, setting)];
    return isOffByDefault(setting) ? [{ path: name, default: 'null', values: 'section' }] : [];
  });
}

/** The settings inside of the elements of a list. */
function elementRows(name: string, schema: z.ZodType): readonly SettingRow[] {
  const bare = withoutWrappers(schema);
  return bare instanceof z.ZodArray ? insideRows(`${name}[]`, bare.element as z.ZodType) : [];
}

function insideRows(name: string, schema: z.ZodType): readonly SettingRow[] {
  const bare = withoutWrappers(schema);
  if (bare instanceof z.ZodObject) {
    return Object.entries(shapeOf(bare)).flatMap(([key, inner]) => {
      const path = `${name}.${key}`;
      const inside = insideRows(path, inner);
      return inside.length > 0 ? inside : [rowOf(path, inner)];
    });
  }
  if (bare instanceof z.ZodArray) {
    const inside = insideRows(`${name}[]`, bare.element as z.ZodType);
    return inside.length > 0 ? [rowOf(name, schema), ...inside] : [];
  }
  if (!(bare instanceof z.ZodDiscriminatedUnion)) return [];
  const rows = new Map<string, SettingRow>();
  for (const row of (bare.options as readonly z.ZodType[]).flatMap((option) => insideRows(name, option))) {
    const values = [rows.get(row.path)?.values, row.values].filter((text) => text !== undefined).join(', ');
    rows.set(row.path, { ...row, values });
  }
  return [...rows.values()];
}

function rowOf(path: string, schema: z.ZodType): SettingRow {
  const value = defaultOf(schema);
  return {
    path,
    default: value === undefined ? 'required' : JSON.stringify(value),
    values: valuesOf(schema),
  };
}

function valuesOf(schema: z.ZodType): string {
  const bare = withoutWrappers(schema);
  const orNull = schema.safeParse(null).success ? ' or null' : '';
  return nameOfValues(bare) + orNull;
}

function nameOfValues(bare: z.ZodType): string {
  if (bare instanceof z.ZodNumber) return `${whole(bare.minValue)} to ${whole(bare.maxValue)}`;
  if (bare instanceof z.ZodEnum) return bare.options.map((option) => JSON.stringify(option)).join(', ');
  if (bare instanceof z.ZodLiteral) return [...bare.values].map((value) => JSON.stringify(value)).join(', ');
  if (bare instanceof z.ZodUnion) return (bare.options as readonly z.ZodType[]).map(valuesOf).join(' or ');
  if (bare instanceof z.ZodArray) return 'list';
  if (bare instanceof z.ZodRecord) return 'object';
  if (bare instanceof z.ZodBoolean) return 'true or false';
  return 'text';
}

function whole(value: number | null): string {
  return value === null ? '' : value.toLocaleString('en-US');
}

/** What stands for a setting that is left out; undefined when it must not be left out. */
function defaultOf(schema: z.ZodType): unknown {
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) return schema.def.defaultValue;
  if (schema instanceof z.ZodNullable || schema instanceof z.ZodOptional)
    return defaultOf(schema.unwrap() as z.ZodType);
  if (schema instanceof z.ZodPipe) {
    const inner = schema.in instanceof z.ZodTransform ? schema.out : schema.in;
    return defaultOf(inner as z.ZodType);
  }
  return undefined;
}

/** Whether a section does not exist unless it is written. */
function isOffByDefault(schema: z.ZodType): boolean {
  const value = defaultOf(schema);
  return value === null || (Array.isArray(value) && value.length === 0);
}
