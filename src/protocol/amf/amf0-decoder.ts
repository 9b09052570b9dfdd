import { type ErrorCode, ProtocolError } from '../../errors.ts';
import type { AmfReader } from './amf-reader.ts';
import {
  type AmfObject,
  type AmfValue,
  amfObject,
  EcmaArray,
  type ExternalizableClass,
  TypedObject,
  unsupported,
  XmlDocument,
} from './amf-value.ts';
import { Amf0Marker as Marker } from './amf0-marker.ts';
import { Amf3Decoder } from './amf3-decoder.ts';

/** The values that enter the reference table, in the order in which they begin. */
type Referable = AmfObject | AmfValue[] | EcmaArray | TypedObject;

/** Reads the values of one message body. */
export class Amf0Decoder {
  readonly #reader: AmfReader;
  readonly #classes: ReadonlyMap<string, ExternalizableClass>;
  readonly #references: Referable[] = [];
  #amf3: Amf3Decoder | undefined;

  /** @param classes - the externalizable ones that values of AMF3 may have */
  constructor(reader: AmfReader, classes: ReadonlyMap<string, ExternalizableClass>) {
    this.#reader = reader;
    this.#classes = classes;
  }

  decode(): AmfValue[] {
    const values: AmfValue[] = [];
    while (this.#reader.remaining > 0) values.push(this.#readValue(0));
    return values;
  }

  /** Reads one value, behind which other things may come. */
  decodeOne(): AmfValue {
    return this.#readValue(0);
  }

  /** @param depth - objects and arrays around this value. */
  #readValue(depth: number): AmfValue {
    const reader = this.#reader;
    const marker = reader.u8();
    reader.count();
    switch (marker) {
      case Marker.number:
        return reader.f64();
      case Marker.boolean:
        return reader.u8() !== 0;
      case Marker.string:
        return reader.text(reader.u16());
      case Marker.object: {
        const object = amfObject({});
        return this.#readProperties(object, object, depth);
      }
      case Marker.null:
        return null;
      case Marker.undefined:
        return undefined;
      case Marker.reference:
        return this.#readReference();
      case Marker.ecmaArray: {
        reader.skip(4); // the count: encoders that stream metadata write 0 or a guess, only the end marker counts
        const array = new EcmaArray(amfObject({}));
        return this.#readProperties(array, array.properties, depth);
      }
      case Marker.strictArray:
        return this.#readStrictArray(depth);
      case Marker.date: {
        const date = new Date(reader.f64());
        reader.skip(2); // time zone: "reserved, not supported, should be set to 0x0000" (section 2.13)
        return date;
      }
      case Marker.longString:
        return reader.text(reader.u32());
      case Marker.unsupported:
        return unsupported;
      case Marker.xmlDocument:
        return new XmlDocument(reader.text(reader.u32()));
      case Marker.typedObject: {
        const object = new TypedObject(reader.text(reader.u16()), amfObject({}));
        return this.#readProperties(object, object.properties, depth);
      }
      case Marker.movieClip:
      case Marker.recordSet:
        throw this.#markerError('AMF_MARKER_RESERVED', 'reserved AMF0 marker', marker);
      case Marker.avmPlusObject:
        this.#amf3 ??= new Amf3Decoder(reader, this.#classes);
        return this.#amf3.readCounted(depth);
      case Marker.objectEnd:
        throw this.#markerError('AMF_MARKER_UNKNOWN', 'object end outside of an object, marker', marker);
      default:
        throw this.#markerError('AMF_MARKER_UNKNOWN', 'unknown AMF0 marker', marker);
    }
  }

  /** Reads key and value in turn up to the empty key and end marker; an empty key before a value is a key. */
  #readProperties<T extends Referable>(owner: T, properties: AmfObject, depth: number): T {
    const reader = this.#reader;
    this.#open(owner, depth);
    for (;;) {
      const keySize = reader.u16();
      if (keySize === 0 && reader.peekU8() === Marker.objectEnd) {
        reader.skip(1);
        return owner;
      }
      reader.count();
      const key = reader.text(keySize);
      properties[key] = this.#readValue(depth + 1);
    }
  }

  #readStrictArray(depth: number): AmfValue[] {
    const count = this.#reader.u32();
    this.#reader.expectValues(count);
    const array: AmfValue[] = [];
    this.#open(array, depth);
    for (let i = 0; i < count; i++) array.push(this.#readValue(depth + 1));
    return array;
  }

  #readReference(): Referable {
    const markerOffset = this.#reader.offset - 1;
    const index = this.#reader.u16();
    const value = this.#references[index];
    if (value !== undefined) return value;
    const place = `at offset ${markerOffset}, ${this.#references.length} objects so far`;
    throw new ProtocolError('AMF_REFERENCE_INVALID', `reference ${index} ${place}`);
  }

  /** Enters an object or array into the reference table before its content, which may refer to it. */
  #open(value: Referable, depth: number): void {
    this.#reader.descend(depth);
    this.#references.push(value);
  }

  /** @param marker - the byte that was just read */
  #markerError(code: ErrorCode, what: string, marker: number): ProtocolError {
    const hex = marker.toString(16).padStart(2, '0');
    return new ProtocolError(code, `${what} 0x${hex} at offset ${this.#reader.offset - 1}`);
  }
}
