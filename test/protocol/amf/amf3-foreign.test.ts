import { createRequire } from 'node:module';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type AmfObject,
  type AmfValue,
  amfObject,
  Dictionary,
  EcmaArray,
  type ExternalizableClass,
  ExternalizableObject,
  NumberVector,
  TypedObject,
} from '../../../src/protocol/amf/amf-value.ts';
import { decodeAmf3, encodeAmf3 } from '../../../src/protocol/amf/amf3.ts';
import { flexClass } from '../../support/amf-values.ts';

/** What a stream of amf3-ts can write and read, among much else. */
interface ForeignStream {
  readonly data: number[];
  writeUnsignedByte(value: number): void;
  readUnsignedByte(): number;
  writeUTF(text: string): void;
  readUTF(): string;
}

/** AMF3 as somebody else has written it. Left out is what it gets wrong: null in arrays, mixed arrays, sealed properties, -0, negative items of vectors. */
const { AMF3: foreign, Stream } = createRequire(import.meta.url)('amf3-ts') as {
  AMF3: {
    stringify(value: unknown): number[];
    parse(bytes: number[]): unknown;
    registerClassAlias(className: string, type: object): void;
  };
  Stream: new (data?: number[]) => ForeignStream;
};

const key = fc.string({ unit: 'binary', minLength: 1, maxLength: 8 }).filter((key) => key !== '__proto__');
const { value } = fc.letrec<{ value: AmfValue; object: AmfObject }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.boolean(),
    fc.integer(),
    fc.double().filter((value) => !Object.is(value, -0)),
    fc.string({ unit: 'binary', maxLength: 80 }),
    fc.date(),
    fc.array(tie('value'), { maxLength: 6 }),
    tie('object'),
  ),
  object: fc.dictionary(key, tie('value'), { maxKeys: 6, noNullPrototype: true }),
}));

describe('amf3-ts', () => {
  test('is understood, with all of its references', () => {
    fc.assert(
      fc.property(value, value, (a: AmfValue, b: AmfValue) => {
        const value: AmfValue = { a, b, again: [a, b, a] };
        const bytes = Buffer.from(foreign.stringify(value));
        expect(decodeAmf3(bytes)).toEqual([value]);
        expect(encodeAmf3(value)).toEqual(bytes);
      }),
      { numRuns: 500 },
    );
  });

  test('understands what is written here', () => {
    fc.assert(
      fc.property(value, value, (a: AmfValue, b: AmfValue) => {
        const value: AmfValue = { a, b, again: [a, b, a] };
        expect(foreign.parse([...encodeAmf3(value)])).toEqual(value);
      }),
      { numRuns: 500 },
    );
  });

  test.each([
    null,
    undefined,
    true,
    false,
    0,
    -1,
    2 ** 28 - 1,
    2 ** 28,
    -(2 ** 28),
    -(2 ** 28) - 1,
    Number.NaN,
  ])('has the same bytes for %s', (value) => {
    expect(encodeAmf3(value)).toEqual(Buffer.from(foreign.stringify(value)));
    expect(foreign.parse([...encodeAmf3(value)])).toEqual(value);
  });

  test.each([
    { type: 'int', items: new Int32Array([0, 1, 2 ** 31 - 1]) },
    { type: 'uint', items: new Uint32Array([0, 2 ** 32 - 1]) },
    { type: 'Number', items: new Float64Array([Math.PI, -0, Number.NaN]) },
  ])('has the same bytes for a vector of $type', ({ items }) => {
    const bytes = Buffer.from(foreign.stringify(items));
    expect(decodeAmf3(bytes)).toStrictEqual([new NumberVector(items)]);
    expect(encodeAmf3(new NumberVector(items))).toEqual(bytes);
    expect(foreign.parse([...bytes])).toEqual(items);
  });

  test('has the same bytes for bytes', () => {
    const bytes = Buffer.from(foreign.stringify(new Stream([1, 2, 255])));
    expect(decodeAmf3(bytes)).toStrictEqual([new Uint8Array([1, 2, 255])]);
    expect(encodeAmf3(new Uint8Array([1, 2, 255]))).toEqual(bytes);
    expect((foreign.parse([...bytes]) as ForeignStream).data).toEqual([1, 2, 255]);
  });

  test('has the same bytes for an associative array', () => {
    const named = { name: 'x', other: 'name' };
    const theirs = Object.assign([], named);
    const own = new EcmaArray(amfObject(named));
    const bytes = Buffer.from(foreign.stringify(theirs));
    expect(decodeAmf3(bytes)).toStrictEqual([own]);
    expect(encodeAmf3(own)).toEqual(bytes);
    expect(foreign.parse([...bytes])).toEqual(theirs);
  });

  test('has the same shape for what is cyclic', () => {
    const own = amfObject({});
    own['list'] = [own];
    const theirs = foreign.parse([...encodeAmf3(own)]) as { list: unknown[] };
    expect(theirs.list[0]).toBe(theirs);
    const [again] = decodeAmf3(Buffer.from(foreign.stringify(theirs))) as [AmfObject];
    expect((again['list'] as AmfValue[])[0]).toBe(again);
  });

  test('writes and reads an externalizable class as it is done here', () => {
    class Foreign {
      level = 0;
      name = '';
      writeExternal(stream: ForeignStream): void {
        stream.writeUnsignedByte(this.level);
        stream.writeUTF(this.name);
      }
      readExternal(stream: ForeignStream): void {
        this.level = stream.readUnsignedByte();
        this.name = stream.readUTF();
      }
    }
    const own: ExternalizableClass = {
      className: 'com.example.Level',
      read: (properties, { reader }) => {
        properties['level'] = reader.u8();
        properties['name'] = reader.utf8(reader.u16());
      },
      write: (properties, { writer }) => {
        writer.u8(Number(properties['level']));
        const name = String(properties['name']);
        writer.u16(Buffer.byteLength(name));
        writer.utf8(name, Buffer.byteLength(name));
      },
    };
    foreign.registerClassAlias('com.example.Level', Foreign);
    const bytes = Buffer.from(
      foreign.stringify([Object.assign(new Foreign(), { level: 3, name: 'low' }), 'end']),
    );
    const values = [[new ExternalizableObject(own, amfObject({ level: 3, name: 'low' })), 'end']];
    expect(decodeAmf3(bytes, {}, new Map([[own.className, own]]))).toStrictEqual(values);
    expect(encodeAmf3(...values)).toEqual(bytes);
    expect(foreign.parse([...bytes])).toEqual([{ level: 3, name: 'low' }, 'end']);
  });
});

/** What libamf 1.4.2 (MIT) writes: each class description anew, every number as a double. */
describe('libamf', () => {
  const object = amfObject({ k: 'v' });
  const cyclic = amfObject({ name: 'a' });
  cyclic['self'] = cyclic;
  const members = { sealed: ['x'], isDynamic: false };
  const ofClass = (x: AmfValue): AmfValue => new TypedObject('com.X', amfObject({ x }), members);

  test.each<{ what: string; wire: string; value: AmfValue }>([
    { what: 'a text', wire: '060dc3a9f09d849e', value: 'é𝄞' },
    {
      ...{ what: 'lists and texts that occur again', wire: '090b010603610600060109050101030903010600' },
      value: ['a', 'a', '', [null, true], ['a']],
    },
    {
      ...{ what: 'an object that occurs again', wire: '0907010a0b01036b060376010a020a0b010006037701' },
      value: [object, object, amfObject({ k: 'w' })],
    },
    { what: 'a cyclic object', wire: '0a0b01096e616d650603610973656c660a0001', value: cyclic },
    { what: 'named values', wire: '09010361053ff000000000000001', value: new EcmaArray(amfObject({ a: 1 })) },
    {
      ...{ what: 'a dictionary', wire: '110502060361053ff80000000000000a0b01036b060376010604' },
      value: new Dictionary(
        new Map<AmfValue, AmfValue>([
          ['a', 1.5],
          [object, 'v'],
        ]),
        true,
      ),
    },
    { what: 'a date', wire: '09030108014014000000000000', value: [new Date(5)] },
    {
      what: 'objects of a class',
      wire: '0905010a130b636f6d2e580378053ff00000000000000a13000206036b',
      value: [ofClass(1), ofClass('k')],
    },
    {
      what: 'an ArrayCollection',
      wire: '0a0f43666c65782e6d6573736167696e672e696f2e4172726179436f6c6c656374696f6e090301090501053ff0000000000000060378',
      value: new ExternalizableObject(
        flexClass('flex.messaging.io.ArrayCollection'),
        amfObject({ source: [[1, 'x']] }),
      ),
    },
  ])('is understood: $what', ({ wire, value }) => {
    const [decoded] = decodeAmf3(Buffer.from(wire, 'hex'));
    expect(decoded).toStrictEqual(value);
    expect(decodeAmf3(encodeAmf3(decoded))).toStrictEqual([value]);
  });
});
