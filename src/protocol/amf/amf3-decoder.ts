import type { ProtocolError } from '../../errors.ts';
import type { AmfReader } from './amf-reader.ts';
import {
  type AmfObject,
  type AmfValue,
  amfObject,
  type ClassMembers,
  Dictionary,
  EcmaArray,
  type ExternalizableClass,
  ExternalizableObject,
  NumberVector,
  ObjectVector,
  TypedObject,
  Xml,
  XmlDocument,
} from './amf-value.ts';
import { dynamicBit, externalizableBit, Amf3Marker as Marker, sealedCountUnit } from './amf3-marker.ts';

/** What describes objects: their class, and what stands where in them. */
interface Traits {
  readonly className: string;
  readonly members: ClassMembers;
  /** How objects are read that write themselves. */
  readonly external: ExternalizableClass | undefined;
  /** Bytes of all names, for which a reference stands. */
  readonly size: number;
}

/** Longest part of a name that an error shows. */
const shownCharacters = 100;

/** Reads values whose references count from the same begin. */
export class Amf3Decoder {
  readonly #reader: AmfReader;
  readonly #classes: ReadonlyMap<string, ExternalizableClass>;
  readonly #strings: string[] = [];
  /** Objects and whatever else counts as one, in the order in which they begin. */
  readonly #objects: AmfValue[] = [];
  readonly #traits: Traits[] = [];

  constructor(reader: AmfReader, classes: ReadonlyMap<string, ExternalizableClass>) {
    this.#reader = reader;
    this.#classes = classes;
  }

  /** @param depth - objects and arrays around this value. */
  readValue(depth: number): AmfValue {
    this.#reader.count();
    return this.readCounted(depth);
  }

  /** Reads a value that has been counted. */
  readCounted(depth: number): AmfValue {
    const reader = this.#reader;
    const marker = reader.u8();
    switch (marker) {
      case Marker.undefined:
        return undefined;
      case Marker.null:
        return null;
      case Marker.false:
        return false;
      case Marker.true:
        return true;
      case Marker.integer:
        return (this.#readU29() << 3) >> 3; // bit 28 is the sign
      case Marker.double:
        return reader.f64();
      case Marker.string:
        return this.#readString();
      default: {
        if (marker > Marker.dictionary) {
          const hex = marker.toString(16).padStart(2, '0');
          throw reader.fault('AMF_MARKER_UNKNOWN', `unknown AMF3 marker 0x${hex}`);
        }
        const head = this.#readU29();
        return head & 1 ? this.#readObjectLike(marker, head, depth) : this.#objectAt(head >>> 1);
      }
    }
  }

  /** @param head - its lowest bit says that this is no reference */
  #readObjectLike(marker: number, head: number, depth: number): AmfValue {
    const reader = this.#reader;
    const size = head >>> 1;
    switch (marker) {
      case Marker.xmlDocument:
        return this.#keep(new XmlDocument(reader.text(size)));
      case Marker.xml:
        return this.#keep(new Xml(reader.text(size)));
      case Marker.byteArray:
        return this.#keep(reader.byteArray(size));
      case Marker.date:
        return this.#keep(new Date(reader.f64()));
      case Marker.array:
        return this.#readArray(size, depth);
      case Marker.object:
        return this.#readObject(head, depth);
      case Marker.dictionary:
        return this.#readDictionary(size, depth);
      case Marker.objectVector:
        return this.#readObjectVector(size, depth);
      default:
        return this.#readNumberVector(marker, size);
    }
  }

  #readArray(size: number, depth: number): AmfValue {
    const reader = this.#reader;
    reader.expectValues(size);
    const firstKey = this.#readString();
    const dense: AmfValue[] = [];
    const array = firstKey === '' ? dense : new EcmaArray(amfObject({}), dense);
    this.#open(array, depth);
    if (array instanceof EcmaArray) this.#readProperties(array.properties, firstKey, depth);
    for (let i = 0; i < size; i++) dense.push(this.readValue(depth + 1));
    return array;
  }

  #readObject(head: number, depth: number): AmfValue {
    const { className, members, external } = head & 2 ? this.#readTraits(head) : this.#traitsAt(head >>> 2);
    const properties = amfObject({});
    if (external !== undefined) {
      const object = new ExternalizableObject(external, properties);
      this.#open(object, depth);
      external.read(properties, { reader: this.#reader, readValue: () => this.readValue(depth + 1) });
      return object;
    }
    const object = className === '' ? properties : new TypedObject(className, properties, members);
    this.#open(object, depth);
    this.#reader.count(members.sealed.length); // each is a key of this object
    for (const name of members.sealed) properties[name] = this.readValue(depth + 1);
    if (members.isDynamic) this.#readProperties(properties, this.#readString(), depth);
    return object;
  }

  #readTraits(head: number): Traits {
    const reader = this.#reader;
    const className = this.#readString();
    const isExternalizable = (head & externalizableBit) !== 0;
    const external = isExternalizable ? this.#classes.get(className) : undefined;
    if (isExternalizable && external === undefined) {
      const name = JSON.stringify(className.slice(0, shownCharacters));
      throw reader.fault('AMF_CLASS_UNKNOWN', `externalizable class ${name}, which is not known here,`);
    }
    const count = isExternalizable ? 0 : Math.floor(head / sealedCountUnit); // means nothing for an externalizable class
    reader.expectValues(count);
    reader.count(count);
    const sealed: string[] = [];
    for (let i = 0; i < count; i++) sealed.push(this.#readString());
    const size = [className, ...sealed].reduce((sum, name) => sum + Buffer.byteLength(name), 0);
    const members = { sealed, isDynamic: (head & dynamicBit) !== 0 };
    const traits = { className, members, external, size };
    this.#traits.push(traits);
    return traits;
  }

  /** Reads value and next key in turn up to the empty key, which ends them. */
  #readProperties(properties: AmfObject, firstKey: string, depth: number): void {
    for (let key = firstKey; key !== ''; key = this.#readString()) {
      this.#reader.count();
      properties[key] = this.readValue(depth + 1);
    }
  }

  #readDictionary(size: number, depth: number): Dictionary {
    const reader = this.#reader;
    const dictionary = new Dictionary(new Map(), reader.u8() !== 0);
    reader.expectValues(2 * size);
    this.#open(dictionary, depth);
    for (let i = 0; i < size; i++) {
      const key = this.readValue(depth + 1);
      if (typeof key === 'number') reader.countNumberKey();
      dictionary.entries.set(key, this.readValue(depth + 1));
    }
    return dictionary;
  }

  #readObjectVector(size: number, depth: number): ObjectVector {
    const reader = this.#reader;
    const isFixed = reader.u8() !== 0;
    const vector = new ObjectVector(this.#readString(), [], isFixed);
    reader.expectValues(size);
    this.#open(vector, depth);
    for (let i = 0; i < size; i++) vector.items.push(this.readValue(depth + 1));
    return vector;
  }

  #readNumberVector(marker: number, size: number): NumberVector {
    const reader = this.#reader;
    const isFixed = reader.u8() !== 0;
    const isDouble = marker === Marker.doubleVector;
    reader.expectValues(size, isDouble ? 8 : 4);
    reader.count(size);
    const items = new (isDouble ? Float64Array : marker === Marker.intVector ? Int32Array : Uint32Array)(
      size,
    );
    for (let i = 0; i < size; i++) items[i] = isDouble ? reader.f64() : reader.u32();
    return this.#keep(new NumberVector(items, isFixed));
  }

  /** The empty string is never referred to. */
  #readString(): string {
    const head = this.#readU29();
    if (head & 1) {
      const text = this.#reader.text(head >>> 1);
      if (text !== '') this.#strings.push(text);
      return text;
    }
    const text = this.#strings[head >>> 1];
    if (text === undefined) throw this.#noSuch('string', head >>> 1, this.#strings);
    this.#reader.repeat(Buffer.byteLength(text));
    return text;
  }

  #objectAt(index: number): AmfValue {
    const object = this.#objects[index];
    if (object === undefined) throw this.#noSuch('object', index, this.#objects);
    const isText = object instanceof XmlDocument || object instanceof Xml;
    if (isText) this.#reader.repeat(Buffer.byteLength(object.text));
    return object;
  }

  #traitsAt(index: number): Traits {
    const traits = this.#traits[index];
    if (traits === undefined) throw this.#noSuch('class', index, this.#traits);
    this.#reader.repeat(traits.size);
    return traits;
  }

  #noSuch(what: string, index: number, table: readonly unknown[]): ProtocolError {
    const problem = `reference to ${what} ${index}, with ${table.length} so far,`;
    return this.#reader.fault('AMF_REFERENCE_INVALID', problem);
  }

  /** Enters a value into the table of objects before its content, which may refer to it. */
  #open(value: AmfValue, depth: number): void {
    this.#reader.descend(depth);
    this.#objects.push(value);
  }

  /** Enters a value that holds no others. */
  #keep<T extends AmfValue>(value: T): T {
    this.#objects.push(value);
    return value;
  }

  /** Up to four bytes: seven bits of each, but all eight of a fourth. @see AMF3 section 1.3.1 */
  #readU29(): number {
    let value = 0;
    for (let i = 0; i < 3; i++) {
      const byte = this.#reader.u8();
      value = (value << 7) | (byte & 0x7f);
      if (byte < 0x80) return value;
    }
    return (value << 8) | this.#reader.u8();
  }
}
