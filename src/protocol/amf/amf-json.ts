import { ProtocolError } from '../../errors.ts';
import { defaultAmfLimits } from './amf-limits.ts';
import {
  type AmfObject,
  type AmfValue,
  amfObject,
  Dictionary,
  EcmaArray,
  type ExternalizableClass,
  ExternalizableObject,
  NumberVector,
  ObjectVector,
  TypedObject,
  unsupported,
  Xml,
  XmlDocument,
} from './amf-value.ts';
import { flexClasses } from './flex-classes.ts';

/** A value as JSON carries it. */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

type JsonObject = Record<string, JsonValue>;

/** What an object of JSON says of itself that stands for what JSON does not have. */
const TAG = '$amf';

/** Numbers that JSON does not have, and how they are written. */
const oddNumbers: ReadonlyMap<string, number> = new Map([
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
  ['-0', -0],
]);

const numberVectors = {
  'int-vector': (items: readonly number[]) => Int32Array.from(items),
  'uint-vector': (items: readonly number[]) => Uint32Array.from(items),
  'double-vector': (items: readonly number[]) => Float64Array.from(items),
};

/** What a whole value may cost in JSON; text that values share is written as often as it is shared. */
const { maxDepth, maxValues, maxRepeatedBytes: maxTextLength } = defaultAmfLimits;

/**
 * Turns a value of AMF into one of JSON that says the same: what JSON has as it is, all else as an object whose `$amf` names its
 * type. Objects have no prototype.
 * @throws ProtocolError `AMF_VALUE_INVALID` when it is cyclic, `AMF_TOO_DEEP` or `AMF_TOO_MANY_VALUES` when it is too large
 */
export function amfToJson(value: AmfValue): JsonValue {
  return new ToJson().write(value);
}

/**
 * Turns JSON, as `amfToJson` writes it or as anybody else does, into a value of AMF. Decoded objects have no prototype.
 * @throws ProtocolError `AMF_VALUE_INVALID` for an object with a `$amf` that is none; `AMF_CLASS_UNKNOWN`, `AMF_TOO_DEEP`, `AMF_TOO_MANY_VALUES`
 */
export function jsonToAmf(json: JsonValue): AmfValue {
  return new FromJson().read(json);
}

/** Counts what is walked over. */
class Walk {
  /** Objects and arrays around what is looked at now. */
  readonly #around = new Set<object>();
  #valuesLeft = maxValues;
  #textLeft = maxTextLength;

  protected count(): void {
    if (--this.#valuesLeft < 0)
      throw new ProtocolError('AMF_TOO_MANY_VALUES', `over ${maxValues} values and keys`);
  }

  protected text(text: string): string {
    this.#textLeft -= text.length;
    if (this.#textLeft < 0)
      throw new ProtocolError('AMF_TOO_MANY_VALUES', `over ${maxTextLength} characters of text`);
    return text;
  }

  /** Walks over what is in an object or array. */
  protected within<T>(container: object, walk: () => T): T {
    if (this.#around.has(container)) throw new ProtocolError('AMF_VALUE_INVALID', 'a cyclic value');
    if (this.#around.size >= maxDepth)
      throw new ProtocolError('AMF_TOO_DEEP', `objects and arrays nested over ${maxDepth}`);
    this.#around.add(container);
    try {
      return walk();
    } finally {
      this.#around.delete(container);
    }
  }
}

class ToJson extends Walk {
  write(value: AmfValue): JsonValue {
    this.count();
    switch (typeof value) {
      case 'undefined':
        return tagged('undefined');
      case 'boolean':
        return value;
      case 'number':
        return Number.isFinite(value) && !Object.is(value, -0)
          ? value
          : tagged('number', { value: Object.is(value, -0) ? '-0' : String(value) });
      case 'string':
        return this.text(value);
      case 'symbol':
        return tagged('unsupported');
      default:
        return value === null ? null : this.#object(value);
    }
  }

  #object(value: Exclude<AmfValue, undefined | null | boolean | number | string | symbol>): JsonValue {
    if (Array.isArray(value)) return this.within(value, () => this.#items(value));
    if (value instanceof Date) return tagged('date', { value: dateText(value) });
    if (value instanceof Uint8Array)
      return tagged('bytes', { value: this.text(Buffer.from(value).toString('base64')) });
    if (value instanceof XmlDocument) return tagged('xml-document', { value: this.text(value.text) });
    if (value instanceof Xml) return tagged('xml', { value: this.text(value.text) });
    if (value instanceof NumberVector) return this.#numberVector(value);
    return this.within(value, () => this.#container(value));
  }

  #container(
    value: AmfObject | EcmaArray | TypedObject | ObjectVector | Dictionary | ExternalizableObject,
  ): JsonValue {
    if (value instanceof EcmaArray) {
      const { properties, dense } = value;
      return tagged('ecma-array', { properties: this.#properties(properties), dense: this.#items(dense) });
    }
    if (value instanceof TypedObject) {
      const { className, properties, members } = value;
      const { sealed, isDynamic: dynamic } = members;
      const more = sealed.length > 0 || !dynamic ? { sealed: sealed.map((n) => this.#key(n)), dynamic } : {};
      return tagged('typed-object', {
        class: this.text(className),
        properties: this.#properties(properties),
        ...more,
      });
    }
    if (value instanceof ObjectVector) {
      const { className, items, isFixed: fixed } = value;
      return tagged('object-vector', { class: this.text(className), items: this.#items(items), fixed });
    }
    if (value instanceof Dictionary) {
      const entries = [...value.entries].map((entry) => entry.map((part) => this.write(part)));
      return tagged('dictionary', { entries, weak: value.hasWeakKeys });
    }
    if (value instanceof ExternalizableObject) {
      const properties = this.#properties(value.properties);
      return tagged('externalizable', { class: this.text(value.type.className), properties });
    }
    const properties = this.#properties(value);
    return Object.hasOwn(value, TAG) ? tagged('object', { properties }) : properties;
  }

  #numberVector({ items, isFixed: fixed }: NumberVector): JsonValue {
    const name = items instanceof Int32Array ? 'int' : items instanceof Uint32Array ? 'uint' : 'double';
    return tagged(`${name}-vector`, { items: Array.from(items, (item) => this.write(item)), fixed });
  }

  #key(key: string): string {
    this.count();
    return this.text(key);
  }

  #properties(properties: AmfObject): JsonObject {
    const written: JsonObject = Object.create(null);
    for (const [key, value] of Object.entries(properties)) written[this.#key(key)] = this.write(value);
    return written;
  }

  /** A hole is undefined. */
  #items(items: readonly AmfValue[]): JsonValue[] {
    return Array.from(items, (item) => this.write(item));
  }
}

class FromJson extends Walk {
  read(json: JsonValue): AmfValue {
    this.count();
    if (typeof json === 'string') return this.text(json);
    if (typeof json !== 'object' || json === null) return json;
    return this.within(json, () => {
      if (isList(json)) return json.map((item) => this.read(item));
      return Object.hasOwn(json, TAG) ? this.#tagged(json) : this.#properties(json);
    });
  }

  #tagged(json: JsonObject): AmfValue {
    const tag = json[TAG];
    const fields = new TaggedFields(String(tag), json);
    switch (tag) {
      case 'undefined':
        return undefined;
      case 'unsupported':
        return unsupported;
      case 'number':
        return oddNumbers.get(fields.text('value')) ?? fields.refuse('value');
      case 'date':
        return json['value'] === null ? new Date(Number.NaN) : dateFrom(fields);
      case 'bytes':
        return bytesFrom(fields, this.text(fields.text('value')));
      case 'xml-document':
        return new XmlDocument(this.text(fields.text('value')));
      case 'xml':
        return new Xml(this.text(fields.text('value')));
      case 'object':
        return this.#properties(fields.object('properties'));
      case 'ecma-array': {
        const dense = fields.list('dense').map((item) => this.read(item));
        return new EcmaArray(this.#properties(fields.object('properties')), dense);
      }
      case 'typed-object':
        return this.#typedObject(fields);
      case 'int-vector':
      case 'uint-vector':
      case 'double-vector':
        return new NumberVector(this.#numbers(fields, numberVectors[tag]), fields.claim('fixed'));
      case 'object-vector': {
        const items = fields.list('items').map((item) => this.read(item));
        return new ObjectVector(this.text(fields.text('class')), items, fields.claim('fixed'));
      }
      case 'dictionary':
        return new Dictionary(new Map(this.#entries(fields)), fields.claim('weak'));
      case 'externalizable':
        return new ExternalizableObject(classOf(fields), this.#properties(fields.object('properties')));
      default:
        throw new ProtocolError('AMF_VALUE_INVALID', `an object whose ${TAG} is no type`);
    }
  }

  #typedObject(fields: TaggedFields): TypedObject {
    const className = this.text(fields.text('class'));
    const properties = this.#properties(fields.object('properties'));
    const sealed = fields.list('sealed').map((name) => {
      this.count();
      return typeof name === 'string' ? this.text(name) : fields.refuse('sealed');
    });
    if (sealed.some((name) => !Object.hasOwn(properties, name))) fields.refuse('sealed');
    return new TypedObject(className, properties, { sealed, isDynamic: fields.claim('dynamic', true) });
  }

  #numbers(
    fields: TaggedFields,
    itemsFrom: (typeof numberVectors)[keyof typeof numberVectors],
  ): NumberVector['items'] {
    const items = fields.list('items').map((item) => {
      const value = this.read(item);
      return typeof value === 'number' ? value : fields.refuse('items');
    });
    const numbers = itemsFrom(items);
    return items.every((item, i) => Object.is(item, numbers[i])) ? numbers : fields.refuse('items');
  }

  #entries(fields: TaggedFields): [AmfValue, AmfValue][] {
    return fields.list('entries').map((entry) => {
      if (!isList(entry) || entry.length !== 2) return fields.refuse('entries');
      const [key = null, value = null] = entry;
      return [this.read(key), this.read(value)];
    });
  }

  #properties(json: JsonObject): AmfObject {
    const properties = amfObject({});
    for (const [key, value] of Object.entries(json)) {
      this.count();
      properties[this.text(key)] = this.read(value);
    }
    return properties;
  }
}

/** What an object with a tag has besides. */
class TaggedFields {
  readonly #tag: string;
  readonly #json: JsonObject;

  constructor(tag: string, json: JsonObject) {
    this.#tag = tag;
    this.#json = json;
  }

  text(name: string): string {
    const value = this.#get(name);
    return typeof value === 'string' ? value : this.refuse(name);
  }

  /** None where it is left out. */
  list(name: string): readonly JsonValue[] {
    const value = this.#get(name) ?? [];
    return isList(value) ? value : this.refuse(name);
  }

  /** An empty one where it is left out. */
  object(name: string): JsonObject {
    const value = this.#get(name) ?? {};
    return typeof value === 'object' && !isList(value) ? value : this.refuse(name);
  }

  claim(name: string, fallback = false): boolean {
    const value = this.#get(name) ?? fallback;
    return typeof value === 'boolean' ? value : this.refuse(name);
  }

  refuse(name: string): never {
    throw new ProtocolError('AMF_VALUE_INVALID', `an object with ${TAG} ${this.#tag} and a wrong ${name}`);
  }

  #get(name: string): JsonValue | undefined {
    return Object.hasOwn(this.#json, name) ? this.#json[name] : undefined;
  }
}

function tagged(type: string, fields: JsonObject = {}): JsonValue {
  return Object.assign(Object.create(null) as JsonObject, { [TAG]: type, ...fields });
}

/** Null for a date that is none. */
function dateText(date: Date): string | null {
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}

function dateFrom(fields: TaggedFields): Date {
  const text = fields.text('value');
  const isIso = /^(?:\d{4}|[+-]\d{6})-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)$/.test(text);
  const ms = isIso ? Date.parse(text) : Number.NaN;
  return Number.isNaN(ms) ? fields.refuse('value') : new Date(ms);
}

function bytesFrom(fields: TaggedFields, text: string): Uint8Array {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) fields.refuse('value');
  return new Uint8Array(Buffer.from(text, 'base64'));
}

function classOf(fields: TaggedFields): ExternalizableClass {
  const name = fields.text('class');
  const type = flexClasses.get(name);
  if (type === undefined)
    throw new ProtocolError('AMF_CLASS_UNKNOWN', `externalizable class ${name.slice(0, 64)}`);
  return type;
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}
