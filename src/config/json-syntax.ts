/** A place in a JSON text that breaks the grammar. */
export interface JsonSyntaxFault {
  /** From 1. */
  readonly line: number;
  /** From 1, in characters. */
  readonly column: number;
  /** What the grammar wants there instead. */
  readonly expected: string;
}

const space = /[ \t\r\n]*/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON wants them escaped
const string = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const scalar = new RegExp(
  `${string.source}|-?(?:0|[1-9]\\d*)(?:\\.\\d+)?(?:[eE][+-]?\\d+)?(?![\\w.])|(?:true|false|null)\\b`,
  'y',
);

/** Finds the first fault, which the message of `JSON.parse` often does not place; undefined when the text is JSON. */
export function findJsonSyntaxFault(text: string): JsonSyntaxFault | undefined {
  const scanner = new JsonScanner(text);
  const expected = scanner.document();
  if (expected === undefined) return undefined;
  const before = text.slice(0, scanner.at).split('\n');
  return { line: before.length, column: (before[before.length - 1] as string).length + 1, expected };
}

/** Each method moves `at` behind what it is named for, or leaves it at the fault and gives what was expected there. */
class JsonScanner {
  at = 0;
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  document(): string | undefined {
    const expected = this.#value();
    if (expected !== undefined) return expected;
    this.#take(space);
    return this.at === this.#text.length ? undefined : 'the end of the file';
  }

  #value(): string | undefined {
    this.#take(space);
    if (this.#take(/\{/y)) return this.#list('}', () => this.#member());
    if (this.#take(/\[/y)) return this.#list(']', () => this.#value());
    return this.#take(scalar) ? undefined : 'a value';
  }

  #member(): string | undefined {
    this.#take(space);
    if (!this.#take(string)) return 'a name in double quotes';
    this.#take(space);
    return this.#take(/:/y) ? this.#value() : 'a colon';
  }

  #list(end: '}' | ']', element: () => string | undefined): string | undefined {
    this.#take(space);
    const endToken = end === '}' ? /\}/y : /\]/y;
    if (this.#take(endToken)) return undefined;
    do {
      const expected = element();
      if (expected !== undefined) return expected;
      this.#take(space);
    } while (this.#take(/,/y));
    return this.#take(endToken) ? undefined : `a comma or ${end}`;
  }

  #take(token: RegExp): boolean {
    token.lastIndex = this.at;
    if (!token.test(this.#text)) return false;
    this.at = token.lastIndex;
    return true;
  }
}
