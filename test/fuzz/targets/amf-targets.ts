import { ProtocolError } from '../../../src/errors.ts';
import { amfToJson, type JsonValue, jsonToAmf } from '../../../src/protocol/amf/amf-json.ts';
import type { AmfLimits } from '../../../src/protocol/amf/amf-limits.ts';
import { type AmfPacket, decodeAmfPacket, encodeAmfPacket } from '../../../src/protocol/amf/amf-packet.ts';
import {
  type AmfValue,
  amfObject,
  Dictionary,
  EcmaArray,
  ExternalizableObject,
  NumberVector,
  ObjectVector,
  TypedObject,
  Xml,
  XmlDocument,
} from '../../../src/protocol/amf/amf-value.ts';
import { decodeAmf0, encodeAmf0, readAmf0String } from '../../../src/protocol/amf/amf0.ts';
import { AsAmf3 } from '../../../src/protocol/amf/amf0-encoder.ts';
import { Amf0Marker } from '../../../src/protocol/amf/amf0-marker.ts';
import { decodeAmf3, encodeAmf3 } from '../../../src/protocol/amf/amf3.ts';
import { flexClasses } from '../../../src/protocol/amf/flex-classes.ts';
import { decodeJsonRpc } from '../../../src/protocol/json-rpc/json-rpc-message.ts';
import { FuzzFault } from '../engine/fuzz-target.ts';
import { valueText } from '../engine/value-text.ts';
import { rtmpMessages } from './seed-material.ts';
import { bytesTarget, type TargetPlan, textTarget } from './target-plan.ts';

/** Names in commands, and values as AMF0 and AMF3 write them. */
export const amfTokens: readonly (Buffer | string)[] = [
  ...[
    'connect',
    'createStream',
    'publish',
    'play',
    'deleteStream',
    'closeStream',
    'FCPublish',
    'FCUnpublish',
    'releaseStream',
  ],
  ...[
    '_result',
    '_error',
    'onStatus',
    'onMetaData',
    '@setDataFrame',
    'pause',
    'seek',
    'play2',
    'receiveVideo',
    'call',
  ],
  ...[
    'app',
    'tcUrl',
    'objectEncoding',
    'capsEx',
    'fourCcList',
    'streampumpPath',
    'NetStream.Play.Start',
    'code',
    'level',
  ],
  ...[
    '000009',
    '05',
    '0101',
    '070000',
    '0700ff',
    '08ffffffff',
    '0affffffff',
    '0cffffffff',
    '0c00000010',
    '11',
    '0300',
    '1000',
    '110a0b01',
    '110a070744534b',
    '11110300',
    '0903010900',
    '0a010600',
    '0c05ffff',
    '0dffffffff00',
    '10030001',
    '08010000000000000000',
  ].map((hex) => Buffer.from(hex, 'hex')),
  ...['007ff8000000000000', '00fff0000000000000', '0043f0000000000000', '0b7ff8000000000000ffff'].map((hex) =>
    Buffer.from(hex, 'hex'),
  ),
];

/** What no values reach that were within the limits. */
const wide: AmfLimits = {
  maxDepth: 512,
  maxValues: 1e6,
  maxStringBytes: 2 ** 28,
  maxRepeatedBytes: 2 ** 32,
  maxNumberKeys: 1e6,
};

/** Values of every type that AMF3 has, some of them twice. */
function amf3Values(): AmfValue[] {
  const sealed = new TypedObject('Point', amfObject({ x: 1, y: -1.5 }), {
    sealed: ['x', 'y'],
    isDynamic: false,
  });
  const externalizable = [...flexClasses.values()].map(
    (type) =>
      new ExternalizableObject(
        type,
        amfObject({ body: [sealed], source: ['a'], object: null, operation: 5 }),
      ),
  );
  const bytes = Buffer.from('bytes');
  return [
    amfObject({ app: 'live', more: [undefined, null, true, false, 2 ** 28, '\u{1f3ac}'] }),
    new EcmaArray(amfObject({ width: 1280 }), ['width', 2 ** 20]),
    ...[sealed, new Date(1e12), bytes, bytes, new Xml('<a/>'), new XmlDocument('<a/>')],
    ...[new Int32Array([1, -1]), new Uint32Array([1]), new Float64Array([0.5])].map(
      (items) => new NumberVector(items),
    ),
    new ObjectVector('Point', [sealed, sealed], true),
    new Dictionary(
      new Map<AmfValue, AmfValue>([
        ['a', 1],
        [1, bytes],
        [sealed, 'a'],
      ]),
    ),
    ...externalizable,
  ];
}

/** Calls in both versions, with a header, and their results. */
function amfPackets(): AmfPacket[] {
  const headers = [
    { name: 'Credentials', mustUnderstand: true, value: amfObject({ userid: 'joe', password: 'x' }) },
  ];
  const bodies = [
    { target: 'math.add', response: '/1', value: [1, 2] },
    { target: 'echo', response: '/2', value: amf3Values() },
    { target: '/3/onResult', response: 'null', value: amf3Values() },
    { target: '/4/onStatus', response: 'null', value: amfObject({ level: 'error', code: 'a' }) },
  ];
  return ([0, 3] as const).map((version) => ({ version, headers, bodies }));
}

/** Decodes what was written of decoded values, which must go. */
function reread<T>(decode: (bytes: Buffer, limits: AmfLimits) => T, bytes: Buffer): T {
  try {
    return decode(bytes, wide);
  } catch (error) {
    throw error instanceof ProtocolError ? new FuzzFault('round trip', error.message) : error;
  }
}

function expectSame(values: AmfValue[], again: AmfValue[]): void {
  const [text, other] = [valueText(values), valueText(again)];
  if (text !== other) throw new FuzzFault('round trip', `${text}\n  is read again as ${other}`);
}

/** What is decoded, written again and decoded, is the same. */
function amf0(bytes: Buffer): unknown {
  const head = readAmf0String(bytes);
  const values = decodeAmf0(bytes);
  const again = reread(decodeAmf0, encodeAmf0(...values));
  if (!bytes.includes(Amf0Marker.avmPlusObject)) expectSame(values, again);
  expectSame(again, reread(decodeAmf0, encodeAmf0(...again))); // AMF0 has no references to what AMF3 shares
  return [head, values];
}

/** The same, but that objects which say the same of their class share that then. */
function amf3(bytes: Buffer): unknown {
  const values = decodeAmf3(bytes);
  const again = reread(decodeAmf3, encodeAmf3(...values));
  expectSame(again, reread(decodeAmf3, encodeAmf3(...again)));
  return values;
}

/** The same of a packet. In one of version 3 values of AMF0 go as AMF3, which has no reference to the arguments as a whole. */
function amfPacket(bytes: Buffer): unknown {
  const packet = decodeAmfPacket(bytes);
  const written = encodedOf(packet);
  if (written === undefined) return packet;
  const again = reread(decodeAmfPacket, written);
  expectSame([valueOfPacket(again)], [valueOfPacket(reread(decodeAmfPacket, encodeAmfPacket(again)))]);
  return packet;
}

function encodedOf(packet: AmfPacket): Buffer | undefined {
  try {
    return encodeAmfPacket(packet);
  } catch (error) {
    if (error instanceof ProtocolError) return undefined; // arguments within themselves, or what AMF3 does not have
    throw error;
  }
}

function valueOfPacket({ headers, bodies }: AmfPacket): AmfValue {
  return [headers.map((header) => amfObject({ ...header })), bodies.map((body) => amfObject({ ...body }))];
}

export const amfTargets: Readonly<Record<string, TargetPlan>> = {
  'amf-json': textTarget(
    {
      seeds: () => [
        '{"a":[1,null,true,"x"],"$amf":"object","properties":{"b":{"$amf":"date","value":"2026-05-04T12:00:00.000Z"}}}',
        '[{"$amf":"int-vector","items":[1],"fixed":true},{"$amf":"dictionary","entries":[[1,{"$amf":"bytes","value":"AQL/"}]]}]',
        '{"$amf":"typed-object","class":"A","properties":{"x":1},"sealed":["x"],"dynamic":false}',
      ],
      tokens: [
        '"$amf":',
        '"externalizable"',
        '"ecma-array"',
        '"dense":',
        '"__proto__":',
        '"-0"',
        '[[[[',
        '{"a":',
      ],
    },
    (text) => {
      let json: JsonValue;
      try {
        json = JSON.parse(text) as JsonValue;
      } catch {
        return 'no JSON';
      }
      const value = jsonToAmf(json);
      const again = JSON.stringify(amfToJson(value));
      if (JSON.stringify(amfToJson(jsonToAmf(JSON.parse(again) as JsonValue))) !== again)
        throw new FuzzFault('round-trip', 'a value that JSON does not bring back');
      return again;
    },
    [ProtocolError],
  ),
  'json-rpc': textTarget(
    {
      seeds: () => [
        '{"jsonrpc":"2.0","method":"subtract","params":[42,23],"id":1}',
        '[{"jsonrpc":"2.0","result":1,"id":"a"},{"jsonrpc":"2.0","error":{"code":1},"id":null},{"jsonrpc":"2.0","method":"x"}]',
      ],
      tokens: [
        '"jsonrpc":"2.0"',
        '"method":',
        '"id":',
        '"params":',
        '"result":',
        '"error":',
        '[]',
        '"__proto__":',
      ],
    },
    (text) => JSON.stringify(decodeJsonRpc(text)),
    [],
  ),
  amf0: bytesTarget(
    {
      seeds: () => [
        ...rtmpMessages()
          .filter(({ type }) => type > 14)
          .map(({ payload }) => payload),
        encodeAmf0('call', 1, null, ...amf3Values()),
        encodeAmf0('call', 1, null, ...amf3Values().map((value) => new AsAmf3(value))),
      ],
      tokens: amfTokens,
    },
    amf0,
  ),
  amf3: bytesTarget(
    {
      seeds: () => [encodeAmf3(...amf3Values()), ...amf3Values().map((value) => encodeAmf3(value))],
      tokens: amfTokens,
    },
    amf3,
  ),
  'amf-packet': bytesTarget({ seeds: () => amfPackets().map(encodeAmfPacket), tokens: amfTokens }, amfPacket),
};
