/** A value as AMF carries it. Peers can build cyclic ones by references: walk it with care. */
export type AmfValue =
  | undefined
  | null
  | boolean
  | number
  | string
  | Date
  | AmfObject
  | AmfValue[]
  | EcmaArray
  | TypedObject
  | XmlDocument
  | typeof unsupported;

/** An anonymous object. Decoded ones have no prototype, so `__proto__` is a key like any other and nothing is inherited. */
export interface AmfObject {
  [key: string]: AmfValue;
}

/** An object without prototype that has the given entries. */
export function amfObject(entries: Record<string, AmfValue>): AmfObject {
  return Object.assign(Object.create(null) as AmfObject, entries);
}

/** An associative array: named values, as in onMetaData. A strict array is a plain JavaScript array. */
export class EcmaArray {
  readonly properties: AmfObject;
  constructor(properties: AmfObject) {
    this.properties = properties;
  }
}

/** An object of a class that the sender registered by name; the name may be empty. */
export class TypedObject {
  readonly className: string;
  readonly properties: AmfObject;
  constructor(className: string, properties: AmfObject) {
    this.className = className;
    this.properties = properties;
  }
}

/** An XML document as its source text, neither parsed nor checked. */
export class XmlDocument {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** Stands where the sender had a value that AMF cannot carry. */
export const unsupported: unique symbol = Symbol('unsupported');

/** What the values of one message body may cost. */
export interface AmfLimits {
  /** Objects and arrays within one another, at most `deepestNesting`. */
  readonly maxDepth: number;
  /** Values of the whole body at every depth; every key counts as one more. */
  readonly maxValues: number;
  /** Bytes of one string, key, class name or XML document. */
  readonly maxStringBytes: number;
}

/** The limits where none are given. */
export const defaultAmfLimits: AmfLimits = { maxDepth: 64, maxValues: 10_000, maxStringBytes: 2 ** 20 };

/** Nesting at which encoders and decoders stop in any case: they recurse, and the JavaScript stack has to hold. */
export const deepestNesting = 512;
