import { encode, encodeEmpty, encodeOid, type Oid, Tag } from './ber.ts';

/** A variable and its value, encoded. */
export interface Variable {
  readonly oid: Oid;
  readonly value: Buffer;
}

/** All variables at one moment, in their order. */
export class MibView {
  readonly #variables: readonly Variable[];
  readonly #objects: readonly Oid[];

  /** @param objects - the OIDs of scalars and columns, whether they have a value now or not */
  constructor(variables: readonly Variable[], objects: readonly Oid[]) {
    this.#variables = variables.toSorted((a, b) => compare(a.oid, b.oid));
    this.#objects = objects;
  }

  /** The variable of this name, encoded; or what says that there is none. */
  get(oid: Oid): Buffer {
    const found = this.#variables[this.#firstFrom(oid)];
    if (found !== undefined && compare(found.oid, oid) === 0) return encodeVariable(found);
    const isObject = this.#objects.some((object) => object.every((number, i) => number === oid[i]));
    return encodeVariable({ oid, value: encodeEmpty(isObject ? Tag.noSuchInstance : Tag.noSuchObject) });
  }

  /** The first variable behind a name; undefined where none is. */
  next(oid: Oid): Variable | undefined {
    const at = this.#firstFrom(oid);
    const found = this.#variables[at];
    return found !== undefined && compare(found.oid, oid) === 0 ? this.#variables[at + 1] : found;
  }

  /** Where the first variable stands that does not come before a name. */
  #firstFrom(oid: Oid): number {
    let low = 0;
    let high = this.#variables.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const found = this.#variables[middle];
      if (found !== undefined && compare(found.oid, oid) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** A variable as it stands in an answer. */
export function encodeVariable({ oid, value }: Variable): Buffer {
  return encode(Tag.sequence, encodeOid(oid), value);
}

/** What stands for the variable behind the last one. */
export function endOfView(oid: Oid): Buffer {
  return encodeVariable({ oid, value: encodeEmpty(Tag.endOfMibView) });
}

function compare(a: Oid, b: Oid): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}
