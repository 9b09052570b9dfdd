const maxPatternBytes = 1024;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for
const controlCharacter = /[\u0000-\u001f\u007f-\u009f]/;

const anySegments = '**';

/** Stands in a key for what no pattern spells out. */
const ANYTHING = '\u0000';

/** Places in other patterns that are looked at to find out whether they cover one: more than it takes for any that people write. */
const MOST_PLACES = 50_000;

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
    return this.isExact ? key === this.pattern : this.#takes(key.split('/'));
  }

  /** Whether it matches a key that has this one before its last segment, whatever that is. @param key - canonical */
  matchesBelow(key: string): boolean {
    return this.#takes([...key.split('/'), undefined]);
  }

  /** @param segments - of a key; undefined stands for any */
  #takes(segments: readonly (string | undefined)[]): boolean {
    const pattern = this.#segments;
    let next = 0; // in the pattern
    let at = 0; // in the key
    // Only the latest `**` is ever tried again, with one more segment: an earlier one could gain nothing from it.
    let retry: { readonly next: number; at: number } | undefined;
    while (at < segments.length) {
      const wanted = pattern[next];
      if (wanted === anySegments) {
        next++;
        retry = { next, at };
      } else if (wanted !== undefined && matchesSegment(wanted, segments[at])) {
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

  /**
   * Whether each of its keys is matched by at least one of the others. True is certain; false may also be that it is too much
   * work to tell.
   *
   * It is enough to try the keys that have {@link ANYTHING} for each `*` and any number of such segments for each `**`: whatever
   * matches those takes it with a wildcard, which takes any other text as well. All of these keys are tried at once: a step is a
   * segment of this pattern, with the places in the others to which the keys that lead there have come.
   */
  isCoveredBy(others: readonly KeyPattern[]): boolean {
    if (this.isExact) return others.some((other) => other.matches(this.pattern));
    const places = others.flatMap((other, of) => placesFrom({ of, segments: other.#segments, next: 0 }));
    const steps: Step[] = [{ at: 0, key: 'none', places }];
    const known = new Set<string>();
    let placesLeft = MOST_PLACES;
    for (const step of steps) {
      const name = nameOf(step);
      if (known.has(name) || step.places.some(takesAll)) continue;
      known.add(name);
      placesLeft -= step.places.length;
      if (placesLeft < 0) return false;
      const segment = this.#segments[step.at];
      if (segment === undefined) {
        if (step.key === 'some' && !step.places.some(isAtEnd)) return false;
      } else if (segment === anySegments) {
        steps.push({ ...step, at: step.at + 1 }, advance(step, ANYTHING, 0));
      } else steps.push(advance(step, segment.join(ANYTHING), 1));
    }
    return true;
  }
}

/** Keys that begin alike: up to a place in the pattern that matches them, and to places in the others. */
interface Step {
  readonly at: number;
  /** There is no key without a segment. */
  readonly key: 'none' | 'some';
  readonly places: readonly Place[];
}

/** A place in one of several patterns: what stands before `next` is matched. */
interface Place {
  /** The number of the pattern. */
  readonly of: number;
  readonly segments: readonly SegmentPattern[];
  readonly next: number;
}

/** The place itself, and those behind each `**` that follows, since that may stand for nothing. */
function placesFrom(place: Place): Place[] {
  const places = [place];
  for (let { segments, next } = place; segments[next] === anySegments; )
    places.push({ ...place, next: ++next });
  return places;
}

/** The step that one more segment leads to, its places in their order and each of them once. */
function advance({ at, places }: Step, segment: string, by: 0 | 1): Step {
  const led = places.flatMap((place) => {
    const wanted = place.segments[place.next];
    if (wanted === anySegments) return placesFrom(place);
    const isMatched = wanted !== undefined && matchesSegment(wanted, segment);
    return isMatched ? placesFrom({ ...place, next: place.next + 1 }) : [];
  });
  const distinct = [...new Map(led.map((place) => [`${place.of}:${place.next}`, place])).values()];
  distinct.sort((one, other) => one.of - other.of || one.next - other.next);
  return { at: at + by, key: 'some', places: distinct };
}

/** The same for steps that have the same ahead of them. */
function nameOf({ at, key, places }: Step): string {
  return `${at} ${key} ${places.map(({ of, next }) => `${of}:${next}`)}`;
}

/** Whatever comes, the pattern matches it. */
function takesAll({ segments, next }: Place): boolean {
  return next === segments.length - 1 && segments[next] === anySegments;
}

function isAtEnd({ segments, next }: Place): boolean {
  return next === segments.length;
}

/** The literal parts around the `*`s of a segment; one part when it has none. */
type SegmentPattern = '**' | readonly string[];

function matchesSegment(parts: readonly string[], segment: string | undefined): boolean {
  if (segment === undefined) return true;
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
