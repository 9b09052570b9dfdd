/** Settings as they may be shown to whoever may read the relay's state: nothing in them lets anybody in anywhere. */
import { z } from 'zod';
import { displayForwardUrl, displayServerUrl, displayUrl } from '../url-secrets.ts';
import { placeAt, type SettingPath, variantsOf } from './setting-schema.ts';

/** What stands in the place of a secret. */
const HIDDEN = '***';

/**
 * What the texts are, as the schema calls them, that are no secrets. Any other text is hidden: so is that of a setting of which
 * nobody has said what it is.
 */
const shownNouns: ReadonlySet<string> = new Set([
  'file name',
  'fingerprint',
  'group name',
  'host',
  'host name',
  'host name or address',
  'name',
  'network',
  'origin',
  'path',
  'pattern of names',
  'pattern of stream keys',
  'realm',
  'user name',
]);

/** How much is shown of URLs, by the setting that they are in; of any other, no more than the server. */
const shownUrls: Readonly<Record<string, (url: string) => string>> = {
  forward: displayForwardUrl,
  jwksUrl: displayUrl,
  reconnectUrl: displayUrl,
  urls: displayUrl,
};

/** A value of a schema with what may be a secret hidden, as JSON. @param schema - of the value, which has been parsed by it */
export function shownSettings(schema: z.ZodType, value: unknown): unknown {
  return shown(schema, value, value, []);
}

function shown(root: z.ZodType, whole: unknown, value: unknown, path: SettingPath): unknown {
  if (Array.isArray(value))
    return value.map((element, index) => shown(root, whole, element, [...path, index]));
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(
      Object.entries(value).map(([name, inner]) => [name, shown(root, whole, inner, [...path, name])]),
    );
  return typeof value === 'string' ? shownText(placeAt(root, whole, path).schema, value, path) : value;
}

function shownText(schema: z.ZodType | undefined, text: string, path: SettingPath): string {
  const variants = schema === undefined ? [] : variantsOf(schema);
  if (variants.some((variant) => isChoice(variant, text))) return text;
  const nouns = variants.flatMap((variant) =>
    variant instanceof z.ZodString ? [variant.description ?? ''] : [],
  );
  if (nouns.includes('URL')) return shownUrl(text, path);
  return nouns.length > 0 && nouns.every((noun) => shownNouns.has(noun)) ? text : HIDDEN;
}

/** Whether it is one of a few words that the schema itself has. */
function isChoice(schema: z.ZodType, text: string): boolean {
  const isFixed = schema instanceof z.ZodEnum || schema instanceof z.ZodLiteral;
  return isFixed && schema.safeParse(text).success;
}

function shownUrl(url: string, path: SettingPath): string {
  const setting = path.findLast((step) => typeof step === 'string') ?? '';
  const show = Object.hasOwn(shownUrls, setting) ? shownUrls[setting] : undefined;
  return show?.(url) ?? displayServerUrl(url);
}
