/** What a schema accepts, in words. */
import { z } from 'zod';
import { shapeOf, variantsOf } from '../setting-schema.ts';

/** Every variant that a value may have, such as `an integer from 1 to 64 or "auto"`. */
export function expectation(schema: z.ZodType): string {
  return enumeration(variantsOf(schema).flatMap(variantWords), 'or');
}

/** `a, b and c`. */
export function enumeration(words: readonly string[], conjunction: 'and' | 'or'): string {
  if (words.length < 2) return words.join();
  return `${words.slice(0, -1).join(', ')} ${conjunction} ${words.at(-1)}`;
}

function variantWords(schema: z.ZodType): readonly string[] {
  if (schema instanceof z.ZodNull) return ['null'];
  if (schema instanceof z.ZodNumber) return [`an integer from ${schema.minValue} to ${schema.maxValue}`];
  if (schema instanceof z.ZodEnum) return schema.options.map((option) => JSON.stringify(option));
  if (schema instanceof z.ZodLiteral) return [...schema.values].map((value) => JSON.stringify(value));
  if (schema instanceof z.ZodBoolean) return ['true', 'false'];
  if (schema instanceof z.ZodString) return [withArticle(nounOf(schema))];
  if (schema instanceof z.ZodArray) return [`a list of ${elementWord(schema.element as z.ZodType)}`];
  if (schema instanceof z.ZodDiscriminatedUnion)
    return (schema.options as readonly z.ZodType[]).map((option) => skeleton(option));
  const required = requiredSettings(schema).map(([name]) => name);
  return [required.length === 0 ? 'an object' : `an object with ${enumeration(required, 'and')}`];
}

function elementWord(element: z.ZodType): string {
  const [variant] = variantsOf(element);
  return variant instanceof z.ZodString ? `${nounOf(variant)}s` : 'objects';
}

function nounOf(schema: z.ZodString): string {
  return schema.description ?? 'string';
}

function withArticle(noun: string): string {
  return `${/^[aeio]/.test(noun) ? 'an' : 'a'} ${noun}`;
}

/** What has to be in an object, as JSON: `{"type": "pull", "urls": [...]}`. */
function skeleton(schema: z.ZodType): string {
  const members = requiredSettings(schema).map(([name, inner]) => {
    const [variant] = variantsOf(inner);
    const value = variant instanceof z.ZodLiteral ? JSON.stringify(variant.value) : '...';
    return `"${name}": ${variant instanceof z.ZodArray ? '[...]' : value}`;
  });
  return `{${members.join(', ')}}`;
}

function requiredSettings(schema: z.ZodType): readonly [string, z.ZodType][] {
  return Object.entries(shapeOf(schema)).filter(([, inner]) => !inner.safeParse(undefined).success);
}
