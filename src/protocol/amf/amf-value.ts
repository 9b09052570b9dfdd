import type { ByteReader } from '../../bytes/byte-reader.ts';
import type { ByteWriter } from '../../bytes/byte-writer.ts';

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
  | Amf3OnlyValue
  | typeof unsupported;

/** A value for which AMF0 has no form of its own: among values of AMF0 it goes as AMF3. */
export type Amf3OnlyValue =
  | Uint8Array
  | Xml
  | NumberVector
  | ObjectVector
  | Dictionary
  | ExternalizableObject;

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
  /** The values from index 0 on, which AMF3 keeps apart from the named ones. AMF0 has them under their numbers. */
  readonly dense: AmfValue[];
  constructor(properties: AmfObject, dense: AmfValue[] = []) {
    this.properties = properties;
    this.dense = dense;
  }
}

/** Which properties all objects of a class have. Only AMF3 tells. */
export interface ClassMembers {
  /** Names of the properties that each of its objects has, in the order in which they are written. */
  readonly sealed: readonly string[];
  /** Whether objects may have other properties. */
  readonly isDynamic: boolean;
}

const noSealedMembers: ClassMembers = Object.freeze({ sealed: Object.freeze([]), isDynamic: true });

/** An object of a class that the sender registered by name; the name may be empty in AMF0. */
export class TypedObject {
  readonly className: string;
  readonly properties: AmfObject;
  readonly members: ClassMembers;
  constructor(className: string, properties: AmfObject, members: ClassMembers = noSealedMembers) {
    this.className = className;
    this.properties = properties;
    this.members = members;
  }
}

/** An XML document as its source text, neither parsed nor checked. */
export class XmlDocument {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** XML of ActionScript 3 (E4X) as its source text, neither parsed nor checked. */
export class Xml {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** A vector of numbers of one type: `int`, `uint` or `Number`. */
export class NumberVector {
  readonly items: Int32Array | Uint32Array | Float64Array;
  /** Whether its length may not be changed. */
  readonly isFixed: boolean;
  constructor(items: Int32Array | Uint32Array | Float64Array, isFixed = false) {
    this.items = items;
    this.isFixed = isFixed;
  }
}

/** A vector of values of one class. */
export class ObjectVector {
  /** Empty or `*` for any. */
  readonly className: string;
  readonly items: AmfValue[];
  /** Whether its length may not be changed. */
  readonly isFixed: boolean;
  constructor(className: string, items: AmfValue[], isFixed = false) {
    this.className = className;
    this.items = items;
    this.isFixed = isFixed;
  }
}

/** Values by keys of any type; objects are keys by what they are, not by what is in them. */
export class Dictionary {
  readonly entries: Map<AmfValue, AmfValue>;
  /** Whether a key that nothing else refers to may go. */
  readonly hasWeakKeys: boolean;
  constructor(entries: Map<AmfValue, AmfValue>, hasWeakKeys = false) {
    this.entries = entries;
    this.hasWeakKeys = hasWeakKeys;
  }
}

/** An object of a class that reads and writes its objects itself. */
export class ExternalizableObject {
  readonly type: ExternalizableClass;
  readonly properties: AmfObject;
  constructor(type: ExternalizableClass, properties: AmfObject) {
    this.type = type;
    this.properties = properties;
  }
}

/** How the objects of an externalizable class look on the wire: their length stands nowhere, so only this knows their end. */
export interface ExternalizableClass {
  /** Under which senders register it, such as `flex.messaging.io.ArrayCollection`. */
  readonly className: string;
  /** Fills the empty properties of an object, which values within it can refer to already. */
  read(properties: AmfObject, input: ExternalizedInput): void;
  /** Writes the properties of an object as `read` reads them. */
  write(properties: AmfObject, output: ExternalizedOutput): void;
}

/** What a class reads its objects from, within the limits of the message body. */
export interface ExternalizedInput {
  /** Reads fields that are no values. */
  readonly reader: ByteReader;
  /** Reads a value with its marker. */
  readValue(): AmfValue;
}

/** What a class writes its objects to. */
export interface ExternalizedOutput {
  /** Writes fields that are no values. */
  readonly writer: ByteWriter;
  /** Writes a value with its marker. */
  writeValue(value: AmfValue): void;
}

/** The named properties of an object, ECMA array or typed object; of anything else none. */
export function propertiesOf(value: AmfValue): AmfObject {
  if (value instanceof EcmaArray || value instanceof TypedObject) return value.properties;
  const isPlain = typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === null;
  return isPlain ? (value as AmfObject) : Object.create(null);
}

/** Stands where the sender had a value that AMF cannot carry. */
export const unsupported: unique symbol = Symbol('unsupported');

/** Whether AMF0 has no form of its own for an object. */
export function isAmf3Only(value: object): value is Amf3OnlyValue {
  if (Object.getPrototypeOf(value) === null) return false; // most are such objects
  return (
    value instanceof Uint8Array ||
    value instanceof Xml ||
    value instanceof NumberVector ||
    value instanceof ObjectVector ||
    value instanceof Dictionary ||
    value instanceof ExternalizableObject
  );
}
