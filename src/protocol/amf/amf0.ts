import { ByteReader } from '../../bytes/byte-reader.ts';
import { ByteWriter } from '../../bytes/byte-writer.ts';
import { type ErrorCode, ProtocolError } from '../../errors.ts';
import {
  type AmfLimits,
  type AmfObject,
  type AmfValue,
  amfObject,
  deepestNesting,
  defaultAmfLimits,
  EcmaArray,
  TypedObject,
  unsupported,
  XmlDocument,
} from './amf-value.ts';

/** The byte before each value. @see AMF0 section 2.1 */
const Marker = {
  number: 0x00,
  boolean: 0x01,
  string: 0x02,
  object: 0x03,
  movieClip: 0x04,
  null: 0x05,
  undefined: 0x06,
  reference: 0x07,
  ecmaArray: 0x08,
  objectEnd: 0x09,
  strictArray: 0x0a,
  date: 0x0b,
  longString: 0x0c,
  unsupported: 0x0d,
  recordSet: 0x0e,
  xmlDocument: 0x0f,
  typedObject: 0x10,
  avmPlusObject: 0x11,
} as const;

/** The values that enter the reference table, in the order in which they begin. */
type Referable = AmfObject | AmfValue[] | EcmaArray | TypedObject;

const maxU16 = 0xffff;

/** What a string of AMF3 begins with. */
const amf3String = 0x06;

/**
 * Decodes all values of a message body.
 * References are resolved to the very object they name, so the values can share parts and be cyclic.
 * @param bytes - not kept: strings are copies.
 * @throws ProtocolError `AMF_TRUNCATED`, `AMF_MARKER_RESERVED`, `AMF_MARKER_UNSUPPORTED` (AMF3), `AMF_MARKER_UNKNOWN`,
 *   `AMF_REFERENCE_INVALID`, or a limit: `AMF_TOO_DEEP`, `AMF_TOO_MANY_VALUES`, `AMF_VALUE_INVALID` (string too long).
 * @see AMF0 section 2
 */
export function decodeAmf0(bytes: Uint8Array, limits?: Partial<AmfLimits>): AmfValue[] {
  return new Amf0Decoder(bytes, { ...defaultAmfLimits, ...limits }).decode();
}

/**
 * Encodes values as one message body.
 * An object or array that occurs again, within itself too, is written as a reference. A string over 65,535 bytes becomes
 * a long string, a hole in an array undefined, a date has time zone 0.
 * @throws ProtocolError `AMF_VALUE_INVALID` for a key or class name over 65,535 bytes, for what is no AMF value, and for a
 *   cycle that would need a reference over 65,535; `AMF_TOO_DEEP` beyond `deepestNesting`.
 */
export function encodeAmf0(...values: AmfValue[]): Buffer {
  return new Amf0Encoder().encode(values);
}

/**
 * Reads only a leading string, such as the name of a data message, and where it ends; never throws. It is read in every form
 * that a peer may give it: with a short length, with a long one, or as a value of AMF3.
 * Undefined when the body begins with anything else, ends within the string, or has one of more than 65,535 bytes.
 */
export function readAmf0String(bytes: Uint8Array): { value: string; end: number } | undefined {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const head = stringHead(view);
  if (head === undefined || head.size > maxU16) return undefined;
  const end = head.start + head.size;
  return end > view.length ? undefined : { value: view.toString('utf8', head.start, end), end };
}

/** Where the text of a string begins, and how many bytes it has. */
interface StringHead {
  readonly start: number;
  readonly size: number;
}

function stringHead(bytes: Buffer): StringHead | undefined {
  switch (bytes[0]) {
    case Marker.string:
      return bytes.length < 3 ? undefined : { start: 3, size: bytes.readUInt16BE(1) };
    case Marker.longString:
      return bytes.length < 5 ? undefined : { start: 5, size: bytes.readUInt32BE(1) };
    case Marker.avmPlusObject:
      return bytes[1] === amf3String ? amf3StringHead(bytes, 2) : undefined;
    default:
      return undefined;
  }
}

/** Up to 29 bits, seven a byte and eight in a fourth: the size, above a bit that no reference has. @see AMF3 section 1.3 */
function amf3StringHead(bytes: Buffer, at: number): StringHead | undefined {
  let bits = 0;
  for (let start = at + 1; start <= at + 4; start++) {
    const byte = bytes[start - 1];
    if (byte === undefined) return undefined;
    const isFourth = start === at + 4;
    bits = isFourth ? (bits << 8) | byte : (bits << 7) | (byte & 0x7f);
    if (isFourth || byte < 0x80) return bits & 1 ? { start, size: bits >>> 1 } : undefined;
  }
  return undefined;
}

class Amf0Decoder {
  readonly #reader: ByteReader;
  readonly #limits: AmfLimits;
  readonly #maxDepth: number;
  readonly #references: Referable[] = [];
  #valuesLeft: number;

  constructor(bytes: Uint8Array, limits: AmfLimits) {
    this.#reader = new ByteReader(bytes, 'AMF_TRUNCATED');
    this.#limits = limits;
    this.#maxDepth = Math.min(limits.maxDepth, deepestNesting);
    this.#valuesLeft = limits.maxValues;
  }

  decode(): AmfValue[] {
    const values: AmfValue[] = [];
    while (this.#reader.remaining > 0) values.push(this.#readValue(0));
    return values;
  }

  /** @param depth - objects and arrays around this value. */
  #readValue(depth: number): AmfValue {
    const reader = this.#reader;
    const marker = reader.u8();
    this.#count();
    switch (marker) {
      case Marker.number:
        return reader.f64();
      case Marker.boolean:
        return reader.u8() !== 0;
      case Marker.string:
        return this.#readText(reader.u16());
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
        return this.#readText(reader.u32());
      case Marker.unsupported:
        return unsupported;
      case Marker.xmlDocument:
        return new XmlDocument(this.#readText(reader.u32()));
      case Marker.typedObject: {
        const object = new TypedObject(this.#readText(reader.u16()), amfObject({}));
        return this.#readProperties(object, object.properties, depth);
      }
      case Marker.movieClip:
      case Marker.recordSet:
        throw this.#markerError('AMF_MARKER_RESERVED', 'reserved AMF0 marker', marker);
      case Marker.avmPlusObject:
        throw this.#markerError('AMF_MARKER_UNSUPPORTED', 'AMF3 value, marker', marker);
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
      this.#count();
      const key = this.#readText(keySize);
      properties[key] = this.#readValue(depth + 1);
    }
  }

  #readStrictArray(depth: number): AmfValue[] {
    const count = this.#reader.u32();
    if (count > this.#valuesLeft) throw this.#tooManyValues();
    this.#reader.expect(count); // a value has at least its marker
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

  #readText(size: number): string {
    const { maxStringBytes } = this.#limits;
    if (size <= maxStringBytes) return this.#reader.utf8(size);
    const problem = `string of ${size} bytes before offset ${this.#reader.offset}, limit ${maxStringBytes}`;
    throw new ProtocolError('AMF_VALUE_INVALID', problem);
  }

  /** Enters an object or array into the reference table before its content, which may refer to it. */
  #open(value: Referable, depth: number): void {
    if (depth >= this.#maxDepth) {
      const problem = `nesting over ${this.#maxDepth} before offset ${this.#reader.offset}`;
      throw new ProtocolError('AMF_TOO_DEEP', problem);
    }
    this.#references.push(value);
  }

  #count(): void {
    if (this.#valuesLeft <= 0) throw this.#tooManyValues();
    this.#valuesLeft--;
  }

  #tooManyValues(): ProtocolError {
    const problem = `over ${this.#limits.maxValues} values and keys before offset ${this.#reader.offset}`;
    return new ProtocolError('AMF_TOO_MANY_VALUES', problem);
  }

  /** @param marker - the byte that was just read */
  #markerError(code: ErrorCode, what: string, marker: number): ProtocolError {
    const hex = marker.toString(16).padStart(2, '0');
    return new ProtocolError(code, `${what} 0x${hex} at offset ${this.#reader.offset - 1}`);
  }
}

class Amf0Encoder {
  readonly #writer = new ByteWriter();
  /** Index in the reader's reference table of every object and array that a reference can name. */
  readonly #indexes = new Map<Referable, number>();
  /** Objects and arrays being written that no reference can name: to meet one again is a cycle without end. */
  readonly #unnamable = new Set<Referable>();
  #nextIndex = 0;

  encode(values: readonly AmfValue[]): Buffer {
    for (const value of values) this.#writeValue(value, 0);
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
    } else if (typeof value === 'object') this.#writeReferable(value, depth);
    else throw new ProtocolError('AMF_VALUE_INVALID', `AMF has no ${typeof value}`);
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
      writer.u8(Marker.ecmaArray);
      writer.u32(Object.keys(value.properties).length);
      this.#writeProperties(value.properties, depth);
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
