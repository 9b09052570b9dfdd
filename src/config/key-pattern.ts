const maxPatternBytes = 1024;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for
const controlCharacter = /[\u0000-\u001f\u007f-\u009f]/;

const anySegments = '**';

/** A set of stream keys: `*` stands for one segment or a part of one, `**` for any number of segments, none included. */
export class KeyPattern {
  readonly pattern: string;
  /** It has no wildcard and so matches one key only, which reads the same. */
  readonly isExact: boolean;
  readonly #segments: readonly SegmentPattern[];

  /** @throws RangeError with the sentence of `KeyPattern.problem`. */
  constructor(pattern: string) {
    const problem = KeyPattern.problem(pattern);
    if (problem !== undefined) throw new RangeError(problem);
    this.pattern = pattern;
    this.isExact = !pattern.includes('*');
    this.#segments = pattern
      .split('/')
      .map((segment) => (segment === anySegments ? anySegments : segment.split('*')));
  }

  /** What is wrong with a pattern, as a sentence that begins with "expected"; undefined when nothing is. */
  static problem(pattern: string): string | undefined {
    if (pattern === '') return 'expected a pattern of stream keys, such as live/**';
    if (Buffer.byteLength(pattern) > maxPatternBytes)
      return `expected a pattern of at most ${maxPatternBytes} bytes`;
    if (controlCharacter.test(pattern)) return 'expected a pattern without control characters';
    for (const segment of pattern.split('/')) {
      if (segment === '') return 'expected a pattern without leading, trailing or doubled slashes';
      if (segment.includes(anySegments) && segment !== anySegments)
        return 'expected ** as a segment of its own';
    }
    return undefined;
  }

  /** @param key - canonical, as `parseStreamKey` gives it. */
  matches(key: string): boolean {
    if (this.isExact) return key === this.pattern;
    const pattern = this.#segments;
    const segments = key.split('/');
    let next = 0; // in the pattern
    let at = 0; // in the key
    // Only the latest `**` is ever tried again, with one more segment: an earlier one could gain nothing from it.
    let retry: { readonly next: number; at: number } | undefined;
    while (at < segments.length) {
      const wanted = pattern[next];
      if (wanted === anySegments) {
        next++;
        retry = { next, at };
      } else if (wanted !== undefined && matchesSegment(wanted, segments[at] as string)) {
        next++;
        at++;
      } else if (retry !== undefined) {
        next = retry.next;
        at = ++retry.at;
      } else return false;
    }
    while (pattern[next] === anySegments) next++;
    return next === pattern.length;
  }
}

/** The literal parts around the `*`s of a segment; one part when it has none. */
type SegmentPattern = '**' | readonly string[];

function matchesSegment(parts: readonly string[], segment: string): boolean {
  const first = parts[0] as string;
  if (parts.length === 1) return segment === first;
  const last = parts[parts.length - 1] as string;
  if (segment.length < first.length + last.length) return false;
  if (!segment.startsWith(first) || !segment.endsWith(last)) return false;
  const end = segment.length - last.length;
  let at = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = segment.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return at <= end;
}
