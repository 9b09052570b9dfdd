import type { ByteWriter } from '../../bytes/byte-writer.ts';
import { ProtocolError } from '../../errors.ts';
import { deepestNesting } from './amf-limits.ts';
import {
  type AmfObject,
  type AmfValue,
  Dictionary,
  EcmaArray,
  ExternalizableObject,
  NumberVector,
  ObjectVector,
  TypedObject,
  unsupported,
  Xml,
  XmlDocument,
} from './amf-value.ts';
import { dynamicBit, externalizableBit, Amf3Marker as Marker, sealedCountUnit } from './amf3-marker.ts';

/** Every value that a reference can name, in the order in which they begin. */
type Referable = Exclude<AmfValue, undefined | null | boolean | number | string | typeof unsupported>;

/** The largest number of a size or reference, with its flag. */
const maxU29 = 0x1fff_ffff;

/** The integers from minus this one to the one below it go as such, all other numbers as doubles. */
const integerEnd = 2 ** 28;

/** Writes values whose references count from the same begin. */
export class Amf3Encoder {
  readonly #writer: ByteWriter;
  readonly #strings = new Map<string, number>();
  readonly #objects = new Map<Referable, number>();
  /** By what stands in them. */
  readonly #traits = new Map<string, number>();

  constructor(writer: ByteWriter) {
    this.#writer = writer;
  }

  /** @param depth - objects and arrays around this value. */
  writeValue(value: AmfValue, depth: number): void {
    const writer = this.#writer;
    if (value === undefined) writer.u8(Marker.undefined);
    else if (value === null) writer.u8(Marker.null);
    else if (typeof value === 'number') this.#writeNumber(value);
    else if (typeof value === 'boolean') writer.u8(value ? Marker.true : Marker.false);
    else if (typeof value === 'string') {
      writer.u8(Marker.string);
      this.#writeString(value);
    } else if (value !== unsupported && typeof value === 'object') this.#writeReferable(value, depth);
    else {
      const what = value === unsupported ? 'value that says that it is unsupported' : typeof value;
      throw new ProtocolError('AMF_VALUE_INVALID', `AMF3 has no ${what}`);
    }
  }

  #writeNumber(value: number): void {
    const isInteger = Number.isInteger(value) && value >= -integerEnd && value < integerEnd;
    if (isInteger && !Object.is(value, -0)) {
      this.#writer.u8(Marker.integer);
      this.#writeU29(value & maxU29);
    } else {
      this.#writer.u8(Marker.double);
      this.#writer.f64(value);
    }
  }

  #writeReferable(value: Referable, depth: number): void {
    const marker = markerOf(value);
    this.#writer.u8(marker);
    const index = this.#objects.get(value);
    if (index !== undefined) {
      this.#writeU29(index * 2);
      return;
    }
    if (depth >= deepestNesting) throw new ProtocolError('AMF_TOO_DEEP', `nesting over ${deepestNesting}`);
    this.#objects.set(value, this.#objects.size);
    this.#writeContent(value, depth + 1);
  }

  #writeContent(value: Referable, depth: number): void {
    const writer = this.#writer;
    if (Array.isArray(value)) this.#writeArray({}, value, depth);
    else if (value instanceof EcmaArray) this.#writeArray(value.properties, value.dense, depth);
    else if (value instanceof TypedObject) this.#writeTypedObject(value, depth);
    else if (value instanceof Date) {
      this.#writeSize(0);
      writer.f64(value.getTime());
    } else if (value instanceof XmlDocument || value instanceof Xml) this.#writeText(value.text);
    else if (value instanceof Uint8Array) {
      this.#writeSize(value.length);
      writer.bytes(value);
    } else if (value instanceof NumberVector) this.#writeNumberVector(value);
    else if (value instanceof ObjectVector) {
      this.#writeSize(value.items.length);
      writer.u8(value.isFixed ? 1 : 0);
      this.#writeString(value.className);
      for (const item of value.items) this.writeValue(item, depth);
    } else if (value instanceof Dictionary) {
      this.#writeSize(value.entries.size);
      writer.u8(value.hasWeakKeys ? 1 : 0);
      for (const [key, entry] of value.entries) {
        this.writeValue(key, depth);
        this.writeValue(entry, depth);
      }
    } else if (value instanceof ExternalizableObject) {
      this.#writeTraits(value.type.className, externalizableBit, []);
      value.type.write(value.properties, { writer, writeValue: (inner) => this.writeValue(inner, depth) });
    } else this.#writeMembers('', value, [], true, depth);
  }

  #writeArray(properties: AmfObject, dense: readonly AmfValue[], depth: number): void {
    this.#writeSize(dense.length);
    this.#writeProperties(Object.entries(properties), depth);
    for (const item of dense) this.writeValue(item, depth);
  }

  #writeTypedObject({ className, properties, members }: TypedObject, depth: number): void {
    this.#writeMembers(className, properties, members.sealed, members.isDynamic, depth);
  }

  /** An empty name ends the dynamic properties: one that has it can only be sealed. */
  #writeMembers(
    className: string,
    properties: AmfObject,
    ofClass: readonly string[],
    isDynamic: boolean,
    depth: number,
  ): void {
    const mustSeal = isDynamic && Object.hasOwn(properties, '') && !ofClass.includes('');
    const sealed = mustSeal ? [...ofClass, ''] : ofClass;
    const known = new Set(sealed);
    const others = Object.entries(properties).filter(([name]) => !known.has(name));
    const [other] = others[0] ?? [];
    if (other !== undefined && !isDynamic) {
      const problem = `class ${className} has no property ${other}, and no dynamic ones`;
      throw new ProtocolError('AMF_VALUE_INVALID', problem);
    }
    this.#writeTraits(className, isDynamic ? dynamicBit : 0, sealed);
    for (const name of sealed)
      this.writeValue(Object.hasOwn(properties, name) ? properties[name] : undefined, depth);
    if (isDynamic) this.#writeProperties(others, depth);
  }

  #writeTraits(className: string, bits: number, sealed: readonly string[]): void {
    const text = JSON.stringify([bits, className, ...sealed]);
    const index = this.#traits.get(text);
    if (index !== undefined) {
      this.#writeU29(index * 4 + 1);
      return;
    }
    this.#traits.set(text, this.#traits.size);
    this.#writeU29(sealed.length * sealedCountUnit + bits + 3);
    this.#writeString(className);
    for (const name of sealed) this.#writeString(name);
  }

  #writeProperties(properties: readonly (readonly [string, AmfValue])[], depth: number): void {
    for (const [name, value] of properties) {
      if (name === '') throw new ProtocolError('AMF_VALUE_INVALID', 'an array of AMF3 has no empty key');
      this.#writeString(name);
      this.writeValue(value, depth);
    }
    this.#writeString('');
  }

  #writeNumberVector({ items, isFixed }: NumberVector): void {
    const writer = this.#writer;
    this.#writeSize(items.length);
    writer.u8(isFixed ? 1 : 0);
    for (const item of items) {
      if (items instanceof Float64Array) writer.f64(item);
      else writer.u32(item >>> 0);
    }
  }

  #writeString(text: string): void {
    const index = this.#strings.get(text);
    if (index !== undefined) {
      this.#writeU29(index * 2);
      return;
    }
    if (text !== '') this.#strings.set(text, this.#strings.size);
    this.#writeText(text);
  }

  #writeText(text: string): void {
    const size = Buffer.byteLength(text);
    this.#writeSize(size);
    this.#writer.utf8(text, size);
  }

  /** Of what is here, and not a reference. */
  #writeSize(size: number): void {
    this.#writeU29(size * 2 + 1);
  }

  #writeU29(value: number): void {
    const writer = this.#writer;
    if (value > maxU29) throw new ProtocolError('AMF_VALUE_INVALID', `size or reference over ${maxU29 >> 1}`);
    if (value < 0x80) writer.u8(value);
    else if (value < 0x4000) writer.u16(((value << 1) & 0x7f00) | 0x8000 | (value & 0x7f));
    else if (value < 0x20_0000) {
      writer.u8((value >> 14) | 0x80);
      writer.u8(((value >> 7) & 0x7f) | 0x80);
      writer.u8(value & 0x7f);
    } else {
      writer.u8((value >> 22) | 0x80);
      writer.u8(((value >> 15) & 0x7f) | 0x80);
      writer.u8(((value >> 8) & 0x7f) | 0x80);
      writer.u8(value & 0xff);
    }
  }
}

function markerOf(value: Referable): number {
  if (Array.isArray(value) || value instanceof EcmaArray) return Marker.array;
  if (value instanceof Date) return Marker.date;
  if (value instanceof XmlDocument) return Marker.xmlDocument;
  if (value instanceof Xml) return Marker.xml;
  if (value instanceof Uint8Array) return Marker.byteArray;
  if (value instanceof Dictionary) return Marker.dictionary;
  if (value instanceof ObjectVector) return Marker.objectVector;
  if (!(value instanceof NumberVector)) return Marker.object;
  if (value.items instanceof Float64Array) return Marker.doubleVector;
  return value.items instanceof Int32Array ? Marker.intVector : Marker.uintVector;
}
