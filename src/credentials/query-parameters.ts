/**
 * The parameters of a query, `name=value` joined by `&`, percent-encoded; a `+` is a plus. What is badly encoded stands for itself.
 * The bound is the query's length: 8,192 characters with the stream key before it.
 */
export class QueryParameters {
  readonly #pairs: readonly (readonly [name: string, value: string])[];

  /** @param query - as it was sent, without the `?` */
  constructor(query: string) {
    this.#pairs = pairsOf(query).map(([name, value]) => [decoded(name), decoded(value)]);
  }

  /** The value of a parameter, the first where there are several; undefined where it is missing. */
  get(name: string): string | undefined {
    return this.#pairs.find(([known]) => known === name)?.[1];
  }

  has(name: string): boolean {
    return this.#pairs.some(([known]) => known === name);
  }

  /** Whether it stands there twice or more: of a credential nobody knows which one is meant. */
  isDuplicated(name: string): boolean {
    return this.#pairs.filter(([known]) => known === name).length > 1;
  }
}

/** A query as others may see it: without the parameters of these names, else as it was sent. */
export function withoutParameters(query: string, names: ReadonlySet<string>): string {
  const parts = query.split('&');
  return parts.filter((part) => !names.has(decoded(pairOf(part)[0]))).join('&');
}

function pairsOf(query: string): readonly (readonly [name: string, value: string])[] {
  return query
    .split('&')
    .filter((part) => part !== '')
    .map(pairOf);
}

function pairOf(part: string): readonly [name: string, value: string] {
  const at = part.indexOf('=');
  return at === -1 ? [part, ''] : [part.slice(0, at), part.slice(at + 1)];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
