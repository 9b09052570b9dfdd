import { crc32 } from 'node:zlib';

/** So many characters of a text are shown; the rest counts by its checksum. */
const SHOWN = 64;

/** A text that is the same for values that look the same: bytes by size and checksum, what comes again by its number. */
export function valueText(value: unknown): string {
  const seen = new Map<object, number>();
  const textOf = (part: unknown): string => {
    if (typeof part === 'string') return shortened(part);
    if (typeof part === 'function' || typeof part === 'symbol') return typeof part;
    if (typeof part !== 'object' || part === null) return Object.is(part, -0) ? '-0' : String(part);
    if (part instanceof Uint8Array) return `bytes ${part.length} ${crc32(part)}`;
    const number = seen.get(part);
    if (number !== undefined) return `again ${number}`;
    seen.set(part, seen.size);
    if (part instanceof Date) return `date ${part.getTime()}`;
    if (part instanceof Error) return `${part.name} ${part.message}`;
    if (Array.isArray(part)) return `[${part.map(textOf).join(',')}]`;
    if (part instanceof Set) return `set ${textOf([...part])}`;
    if (part instanceof Map) return `map ${textOf([...part])}`;
    const entries = Object.entries(part).map(([name, inner]) => `${shortened(name)}:${textOf(inner)}`);
    return `${part.constructor?.name ?? ''}{${entries.join(',')}}`;
  };
  return textOf(value);
}

function shortened(text: string): string {
  return text.length <= SHOWN
    ? JSON.stringify(text)
    : `${JSON.stringify(text.slice(0, SHOWN))} ${text.length} ${crc32(text)}`;
}
