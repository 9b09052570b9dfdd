/** A part of a file, from its first byte to behind its last one. */
export interface ByteRange {
  readonly offset: number;
  readonly end: number;
}

/**
 * What a Range header asks for of a file of so many bytes: a part of it; `unsatisfiable`; or undefined, all of it, where nothing is asked
 * for, several parts are, or what is asked for is no range of bytes.
 * @see RFC 9110 section 14.2
 */
export function byteRange(header: string | undefined, size: number): ByteRange | 'unsatisfiable' | undefined {
  const [, first = '', last = ''] = /^bytes=\s*(\d{0,15})-(\d{0,15})\s*$/i.exec(header ?? '') ?? [];
  if (first === '' && last === '') return undefined;
  if (first === '') {
    const length = Math.min(Number(last), size);
    return length === 0 ? 'unsatisfiable' : { offset: size - length, end: size };
  }
  const offset = Number(first);
  const end = last === '' ? size : Math.min(Number(last) + 1, size);
  if (last !== '' && Number(last) < offset) return undefined;
  return offset >= size ? 'unsatisfiable' : { offset, end };
}
