import {
  type AmfValue,
  EcmaArray,
  isAmf3Only,
  TypedObject,
  unsupported,
  Xml,
  XmlDocument,
} from '../../protocol/amf/amf-value.ts';

/** So much of a value is shown on a line, characters. */
const MAX_TEXT = 2000;
const MAX_DEPTH = 8;

/** Values of AMF on one line, as JavaScript has them. */
export function amfText(values: readonly AmfValue[]): string {
  const parts: string[] = [];
  let length = 0;
  for (const value of values) {
    const text = textOf(value, 0);
    length += text.length + 1;
    parts.push(text);
    if (length > MAX_TEXT) break;
  }
  const text = parts.join(' ');
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}...` : text;
}

function textOf(value: AmfValue, depth: number): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, MAX_TEXT));
  if (value === unsupported) return 'unsupported';
  if (typeof value !== 'object' || value === null) return String(value);
  if (depth === MAX_DEPTH) return '...';
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Date(?)' : value.toISOString();
  if (value instanceof XmlDocument || value instanceof Xml)
    return JSON.stringify(value.text.slice(0, MAX_TEXT));
  if (Array.isArray(value)) return `[${list(value, (item) => textOf(item, depth + 1))}]`;
  if (value instanceof EcmaArray) {
    const named = list(
      Object.entries(value.properties),
      ([key, item]) => `${key}: ${textOf(item, depth + 1)}`,
    );
    const dense = list(value.dense, (item) => textOf(item, depth + 1));
    return `{${[named, dense].filter(Boolean).join(', ')}}`;
  }
  if (isAmf3Only(value)) return value.constructor.name;
  const name = value instanceof TypedObject ? `${value.className} ` : '';
  const properties = value instanceof TypedObject ? value.properties : value;
  return `${name}{${list(Object.entries(properties), ([key, item]) => `${key}: ${textOf(item, depth + 1)}`)}}`;
}

function list<T>(items: readonly T[], text: (item: T) => string): string {
  let shown = '';
  for (const item of items) {
    if (shown.length > MAX_TEXT) return `${shown}, ...`;
    shown += `${shown === '' ? '' : ', '}${text(item)}`;
  }
  return shown;
}
