import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ProtocolError } from '../../../src/errors.ts';
import {
  type AmfPacket,
  type AmfPacketLimits,
  decodeAmfPacket,
  encodeAmfPacket,
} from '../../../src/protocol/amf/amf-packet.ts';
import { type AmfValue, amfObject, Xml } from '../../../src/protocol/amf/amf-value.ts';
import { amf3Value } from '../../support/amf-values.ts';
import { hex } from '../../support/chunk-outcome.ts';
import { faultOf } from '../../support/protocol-fault.ts';

/** Text as its length in two bytes, and its bytes. */
function name(text: string): string {
  const bytes = Buffer.from(text);
  return `${bytes.length.toString(16).padStart(4, '0')}${bytes.toString('hex')}`;
}

const credentials = `03 ${name('userid')} 02 ${name('joe')} ${name('password')} 02 ${name('x')} 000009`;
const plain = { headers: [], bodies: [] };

const packets: { packet: string; wire: string; value: AmfPacket }[] = [
  { packet: 'an empty one', wire: '0000 0000 0000', value: { version: 0, ...plain } },
  {
    packet: 'a call in AMF0',
    wire: `0000 0000 0001 ${name('math.add')} ${name('/1')} 00000017 0a 00000002 00 3ff0000000000000 00 4000000000000000`,
    value: {
      ...{ version: 0, headers: [] },
      bodies: [{ target: 'math.add', response: '/1', value: [1, 2] }],
    },
  },
  {
    packet: 'a call in AMF3',
    wire: `0003 0000 0001 ${name('echo')} ${name('/2')} 0000000c 0a 00000002 11 04 01 11 06 03 61`,
    value: {
      ...{ version: 3, headers: [] },
      bodies: [{ target: 'echo', response: '/2', value: [1, 'a'] }],
    },
  },
  {
    packet: 'results, one of them a fault',
    wire:
      `0000 0000 0002 ${name('/1/onResult')} ${name('null')} 00000009 00 4008000000000000` +
      `${name('/2/onStatus')} ${name('null')} 00000013 03 ${name('level')} 02 ${name('error')} 000009`,
    value: {
      ...{ version: 0, headers: [] },
      bodies: [
        { target: '/1/onResult', response: 'null', value: 3 },
        { target: '/2/onStatus', response: 'null', value: amfObject({ level: 'error' }) },
      ],
    },
  },
  {
    packet: 'a result in AMF3, an array as a whole',
    wire: `0003 0000 0001 ${name('/1/onResult')} ${name('null')} 00000006 11 09 03 01 04 01`,
    value: {
      ...{ version: 3, headers: [] },
      bodies: [{ target: '/1/onResult', response: 'null', value: [1] }],
    },
  },
  {
    packet: 'a header that must be understood',
    wire: `0000 0001 ${name('Credentials')} 01 00000020 ${credentials} 0000`,
    value: {
      version: 0,
      headers: [
        {
          ...{ name: 'Credentials', mustUnderstand: true },
          value: amfObject({ userid: 'joe', password: 'x' }),
        },
      ],
      bodies: [],
    },
  },
];

function packetFault(bytes: Uint8Array, limits?: Partial<AmfPacketLimits>): string | undefined {
  return faultOf(() => decodeAmfPacket(bytes, limits))?.code;
}

describe('packets', () => {
  test.each(packets)('$packet is read and written', ({ wire, value }) => {
    expect(decodeAmfPacket(hex(wire))).toStrictEqual(value);
    expect(encodeAmfPacket(value)).toEqual(hex(wire));
  });

  test.each(packets)('$packet, cut anywhere, is truncated', ({ wire }) => {
    const bytes = hex(wire);
    for (let size = 0; size < bytes.length; size++)
      expect(packetFault(bytes.subarray(0, size))).toBe('AMF_TRUNCATED');
  });

  test.each(['ffffffff', '00000001', '00000000', '00000009'])(
    'a value is read whatever length is said, such as %s: unknown, as BlazeDS writes it, or right',
    (length) => {
      const wire = `0000 0000 0001 ${name('/1/onResult')} ${name('null')} ${length} 00 3ff0000000000000`;
      expect(decodeAmfPacket(hex(wire)).bodies[0]?.value).toBe(1);
    },
  );

  test('references count anew in each header and body, of AMF0 and of AMF3', () => {
    const header = `${name('h')} 00 ffffffff 03 000009`;
    const bodyOf = (amf3: string) =>
      `${name('t')} ${name('/1')} ffffffff 0a 00000003 03 000009 070001 11 ${amf3}`;
    const wire = `0003 0001 ${header} 0002 ${bodyOf('0a 0b 01 01')}`;
    const { bodies } = decodeAmfPacket(hex(`${wire} ${bodyOf('0a 0b 01 01')}`));
    const [first, second] = bodies.map(({ value }) => value as AmfValue[]);
    expect(first?.[1]).toBe(first?.[0]);
    expect(second?.[1]).toBe(second?.[0]);
    expect(second?.[0]).not.toBe(first?.[0]);
    expect(packetFault(hex(`${wire} ${bodyOf('0a 00')}`))).toBe('AMF_REFERENCE_INVALID'); // one before it in the packet
  });

  test('arguments that only AMF3 has go among those of AMF0', () => {
    const packet: AmfPacket = {
      ...{ version: 0, headers: [] },
      bodies: [{ target: 'echo', response: '/1', value: [new Xml('<a/>'), new Uint8Array([1])] }],
    };
    expect(decodeAmfPacket(encodeAmfPacket(packet))).toStrictEqual(packet);
  });

  test('a key such as __proto__ is a key like any other', () => {
    const wire = `0000 0000 0001 ${name('t')} ${name('/1')} ffffffff 03 ${name('__proto__')} 03 ${name('isAdmin')} 0101 000009 000009`;
    const value = decodeAmfPacket(hex(wire)).bodies[0]?.value as Record<string, unknown>;
    expect(Object.keys(value)).toEqual(['__proto__']);
    expect(value['isAdmin']).toBeUndefined();
    expect(({} as Record<string, unknown>)['isAdmin']).toBeUndefined();
  });
});

describe('hostile packets', () => {
  test.each([
    { what: 'version 1', wire: '0001 0000 0000', code: 'AMF_PACKET_INVALID' },
    { what: 'RTMP', wire: '03 00000000 00000000', code: 'AMF_PACKET_INVALID' },
    { what: 'HTML', wire: Buffer.from('<html>').toString('hex'), code: 'AMF_PACKET_INVALID' },
    { what: '65,535 headers', wire: '0000 ffff 0000', code: 'AMF_PACKET_INVALID' },
    { what: '65,535 bodies', wire: '0000 0000 ffff', code: 'AMF_PACKET_INVALID' },
    { what: '32 headers that cannot be there', wire: '0000 0020 0000', code: 'AMF_TRUNCATED' },
    { what: '64 bodies that cannot be there', wire: '0000 0000 0040', code: 'AMF_TRUNCATED' },
    {
      what: 'a target of 65,535 bytes',
      wire: '0000 0000 0001 ffff 00000000 000000',
      code: 'AMF_PACKET_INVALID',
    },
    {
      what: 'a length over what is left',
      wire: `0000 0000 0001 ${name('t')} ${name('/1')} 7fffffff 05`,
      code: 'AMF_TRUNCATED',
    },
    { what: 'more than a packet', wire: '0000 0000 0000 00', code: 'AMF_PACKET_INVALID' },
    {
      what: 'two values in a body',
      wire: `0000 0000 0001 ${name('t')} ${name('/1')} 00000002 05 05`,
      code: 'AMF_PACKET_INVALID',
    },
    {
      what: 'a marker that is none',
      wire: `0000 0000 0001 ${name('t')} ${name('/1')} 00000001 44`,
      code: 'AMF_MARKER_UNKNOWN',
    },
    {
      what: 'a class that writes itself and is not known',
      wire: `0003 0000 0001 ${name('t')} ${name('/1')} ffffffff 11 0a 07 03 58`,
      code: 'AMF_CLASS_UNKNOWN',
    },
  ])('$what: $code', ({ wire, code }) => {
    expect(packetFault(hex(wire))).toBe(code);
  });

  const body = `${name('t')} ${name('/1')} 00000006 0a 00000001 05`;

  test('values are counted over the whole packet', () => {
    const bytes = hex(`0000 0000 0003 ${body} ${body} ${body}`);
    expect(packetFault(bytes, { maxValues: 6 })).toBeUndefined();
    expect(packetFault(bytes, { maxValues: 5 })).toBe('AMF_TOO_MANY_VALUES');
    expect(packetFault(bytes, { maxBodies: 2 })).toBe('AMF_PACKET_INVALID');
    expect(packetFault(bytes, { maxNameBytes: 1 })).toBe('AMF_PACKET_INVALID');
    expect(packetFault(bytes, { maxDepth: 0 })).toBe('AMF_TOO_DEEP');
  });

  test('what is too much for a packet is not written', () => {
    const long = 'x'.repeat(65_536);
    const bodies = [{ target: long, response: '', value: null }];
    expect(faultOf(() => encodeAmfPacket({ version: 0, headers: [], bodies }))?.code).toBe(
      'AMF_PACKET_INVALID',
    );
    const headers = Array.from({ length: 65_536 }, () => ({ name: '', mustUnderstand: false, value: null }));
    expect(faultOf(() => encodeAmfPacket({ version: 0, headers, bodies: [] }))?.code).toBe(
      'AMF_PACKET_INVALID',
    );
  });
});

describe('any packet', () => {
  const text = fc.string({ unit: 'binary', maxLength: 20 });
  const header = fc.record({ name: text, mustUnderstand: fc.boolean(), value: text });
  const packetOf = (version: 0 | 3, value: fc.Arbitrary<AmfValue>): fc.Arbitrary<AmfPacket> =>
    fc.record({
      version: fc.constant(version),
      headers: fc.array(header, { maxLength: 3 }),
      bodies: fc.array(fc.record({ target: text, response: text, value }), { maxLength: 4 }),
    });

  test('is the same after a round trip', () => {
    const packet = fc.oneof(
      packetOf(0, fc.jsonValue({ noUnicodeString: true }).map(plainValue)),
      packetOf(3, amf3Value),
    );
    fc.assert(
      fc.property(packet, (packet) => {
        const bytes = encodeAmfPacket(packet);
        const again = decodeAmfPacket(bytes);
        expect(again).toEqual(packet);
        expect(encodeAmfPacket(again)).toEqual(bytes);
      }),
      { numRuns: 500 },
    );
  });

  test('bytes give a packet, which can be written, or a ProtocolError', () => {
    const changed = fc
      .tuple(packetOf(3, amf3Value), fc.array(fc.tuple(fc.nat(), fc.nat(0xff)), { maxLength: 6 }))
      .map(([packet, changes]) => {
        const bytes = encodeAmfPacket(packet);
        for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
        return bytes;
      });
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 100 }), changed), (bytes) => {
        try {
          encodeAmfPacket(decodeAmfPacket(bytes));
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

/** A value of JSON as AMF gives it back: objects without a prototype. */
function plainValue(value: unknown): AmfValue {
  if (Array.isArray(value)) return value.map(plainValue);
  if (typeof value !== 'object' || value === null) return value as AmfValue;
  const object = amfObject({});
  for (const [key, entry] of Object.entries(value)) object[key] = plainValue(entry);
  return object;
}
