import { ByteWriter } from '../../bytes/byte-writer.ts';
import { ProtocolError } from '../../errors.ts';
import { deepestNesting } from './amf-limits.ts';
import {
  type AmfObject,
  type AmfValue,
  amfObject,
  EcmaArray,
  isAmf3Only,
  TypedObject,
  unsupported,
  XmlDocument,
} from './amf-value.ts';
import { Amf0Marker as Marker } from './amf0-marker.ts';
import { Amf3Encoder } from './amf3-encoder.ts';

const maxU16 = 0xffff;

type Referable = AmfObject | AmfValue[] | EcmaArray | TypedObject;

/** A value among those of AMF0 that goes as AMF3, although AMF0 has a form for it. */
export class AsAmf3 {
  readonly value: AmfValue;
  constructor(value: AmfValue) {
    this.value = value;
  }
}

/** Writes the values of one message body. */
export class Amf0Encoder {
  readonly #writer = new ByteWriter();
  /** Index in the reader's reference table of every object and array that a reference can name. */
  readonly #indexes = new Map<Referable, number>();
  /** Objects and arrays being written that no reference can name: to meet one again is a cycle without end. */
  readonly #unnamable = new Set<Referable>();
  #nextIndex = 0;
  #amf3: Amf3Encoder | undefined;

  encode(values: readonly (AmfValue | AsAmf3)[]): Buffer {
    for (const value of values) {
      if (value instanceof AsAmf3) this.#writeAmf3(value.value, 0);
      else this.#writeValue(value, 0);
    }
    return this.#writer.finish();
  }

  /** @param depth - objects and arrays around this value. */
  #writeValue(value: AmfValue, depth: number): void {
    const writer = this.#writer;
    if (value === undefined) writer.u8(Marker.undefined);
    else if (value === null) writer.u8(Marker.null);
    else if (value === unsupported) writer.u8(Marker.unsupported);
    else if (typeof value === 'number') {
      writer.u8(Marker.number);
      writer.f64(value);
    } else if (typeof value === 'boolean') {
      writer.u8(Marker.boolean);
      writer.u8(value ? 1 : 0);
    } else if (typeof value === 'string') this.#writeString(value);
    else if (value instanceof Date) {
      writer.u8(Marker.date);
      writer.f64(value.getTime());
      writer.u16(0);
    } else if (value instanceof XmlDocument) {
      const size = Buffer.byteLength(value.text);
      writer.u8(Marker.xmlDocument);
      writer.u32(size);
      writer.utf8(value.text, size);
    } else if (typeof value === 'object') {
      if (isAmf3Only(value)) this.#writeAmf3(value, depth);
      else this.#writeReferable(value, depth);
    } else throw new ProtocolError('AMF_VALUE_INVALID', `AMF has no ${typeof value}`);
  }

  /** Values of AMF3 have references of their own: what is here and there too is written twice. */
  #writeAmf3(value: AmfValue, depth: number): void {
    this.#writer.u8(Marker.avmPlusObject);
    this.#amf3 ??= new Amf3Encoder(this.#writer);
    this.#amf3.writeValue(value, depth);
  }

  #writeString(text: string): void {
    const size = Buffer.byteLength(text);
    this.#writer.u8(size <= maxU16 ? Marker.string : Marker.longString);
    if (size <= maxU16) this.#writer.u16(size);
    else this.#writer.u32(size);
    this.#writer.utf8(text, size);
  }

  #writeReferable(value: Referable, depth: number): void {
    const index = this.#indexes.get(value);
    if (index !== undefined) {
      this.#writer.u8(Marker.reference);
      this.#writer.u16(index);
      return;
    }
    if (this.#unnamable.has(value)) {
      throw new ProtocolError('AMF_VALUE_INVALID', `cycle to an object after the first ${maxU16 + 1}`);
    }
    if (depth >= deepestNesting) throw new ProtocolError('AMF_TOO_DEEP', `nesting over ${deepestNesting}`);
    const namable = this.#nextIndex <= maxU16;
    if (namable) this.#indexes.set(value, this.#nextIndex);
    else this.#unnamable.add(value);
    this.#nextIndex++;
    this.#writeContent(value, depth + 1);
    if (!namable) this.#unnamable.delete(value);
  }

  #writeContent(value: Referable, depth: number): void {
    const writer = this.#writer;
    if (Array.isArray(value)) {
      writer.u8(Marker.strictArray);
      writer.u32(value.length);
      for (const item of value) this.#writeValue(item, depth);
    } else if (value instanceof EcmaArray) {
      const { dense } = value;
      const properties =
        dense.length === 0 ? value.properties : Object.assign(amfObject({}), dense, value.properties);
      writer.u8(Marker.ecmaArray);
      writer.u32(Object.keys(properties).length);
      this.#writeProperties(properties, depth);
    } else if (value instanceof TypedObject) {
      writer.u8(Marker.typedObject);
      this.#writeName('class name', value.className);
      this.#writeProperties(value.properties, depth);
    } else {
      writer.u8(Marker.object);
      this.#writeProperties(value, depth);
    }
  }

  #writeProperties(properties: AmfObject, depth: number): void {
    for (const [key, value] of Object.entries(properties)) {
      this.#writeName('key', key);
      this.#writeValue(value, depth);
    }
    this.#writer.u16(0);
    this.#writer.u8(Marker.objectEnd);
  }

  #writeName(what: string, name: string): void {
    const size = Buffer.byteLength(name);
    if (size > maxU16)
      throw new ProtocolError('AMF_VALUE_INVALID', `${what} of ${size} bytes, limit ${maxU16}`);
    this.#writer.u16(size);
    this.#writer.utf8(name, size);
  }
}
