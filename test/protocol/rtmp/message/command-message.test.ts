import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ProtocolError } from '../../../../src/errors.ts';
import {
  type AmfValue,
  amfObject,
  EcmaArray,
  TypedObject,
  unsupported,
  XmlDocument,
} from '../../../../src/protocol/amf/amf-value.ts';
import { encodeAmf0 } from '../../../../src/protocol/amf/amf0.ts';
import { AsAmf3 } from '../../../../src/protocol/amf/amf0-encoder.ts';
import {
  type Command,
  decodeCommand,
  decodeDataMessage,
  encodeCommand,
  propertiesOf,
  stringOr,
} from '../../../../src/protocol/rtmp/message/command-message.ts';
import { hex } from '../../../support/chunk-outcome.ts';

const decode = (type: number, payload: Buffer): Command =>
  decodeCommand({ type, timestamp: 0, messageStreamId: 0, payload });

const play = '020004 706c6179  00 4014000000000000  05  020001 61';

describe('a command', () => {
  test('of type 20', () => {
    expect(decode(20, hex(play))).toEqual({ name: 'play', transactionId: 5, args: [null, 'a'] });
  });

  test('of type 17 begins with a byte 0', () => {
    expect(decode(17, hex(`00 ${play}`))).toEqual({ name: 'play', transactionId: 5, args: [null, 'a'] });
  });

  test('of type 17 may come without it', () => {
    expect(decode(17, hex(play))).toEqual({ name: 'play', transactionId: 5, args: [null, 'a'] });
  });

  test('of type 17 has values of AMF0, of which each may be one of AMF3', () => {
    const object = amfObject({ app: 'live', objectEncoding: 3 });
    const payload = encodeAmf0('connect', 1, new AsAmf3(object), 'extra', new AsAmf3(['live']));
    expect(payload.subarray(-5)).toEqual(hex('11 09 03 01 06 02').subarray(-5));
    const command = { name: 'connect', transactionId: 1, args: [object, 'extra', ['live']] };
    expect(decode(17, Buffer.concat([hex('00'), payload]))).toEqual(command);
    expect(decode(20, payload)).toEqual(command);
  });

  test('keeps all that stands behind the command object', () => {
    const payload = encodeAmf0('connect', 1, { app: 'live' }, 'extra', 7, { more: true });
    expect(decode(20, payload).args).toEqual([{ app: 'live' }, 'extra', 7, { more: true }]);
  });

  test('may be a name and nothing else', () => {
    expect(decode(20, hex('020004 706c6179'))).toEqual({ name: 'play', transactionId: 0, args: [] });
  });

  test.each([
    { id: Number.NaN },
    { id: Number.POSITIVE_INFINITY },
    { id: '1' },
    { id: null },
    { id: undefined },
    { id: true },
    { id: {} },
  ])('with the transaction id $id wants no answer', ({ id }) => {
    expect(decode(20, encodeAmf0('play', id, null))).toEqual({
      name: 'play',
      transactionId: 0,
      args: [null],
    });
  });

  test('encodes as type 20', () => {
    expect(encodeCommand('play', 5, null, 'a')).toEqual(hex(play));
  });
});

describe('an invalid command', () => {
  test.each([
    { what: 'no payload', type: 20, payload: '' },
    { what: 'no payload, type 17', type: 17, payload: '' },
    { what: 'the byte 0 alone, type 17', type: 17, payload: '00' },
    { what: 'a number for a name', type: 20, payload: '00 3ff0000000000000' },
    { what: 'null for a name', type: 20, payload: '05' },
    { what: 'an object for a name', type: 20, payload: '03 000009' },
    { what: 'a boolean for a name', type: 17, payload: '00 0101' },
  ])('$what', ({ type, payload }) => {
    expect(() => decode(type, hex(payload))).toThrowError(
      expect.objectContaining({ name: 'ProtocolError', code: 'RTMP_COMMAND_INVALID' }),
    );
  });

  test.each([
    { what: 'a value that ends early', payload: '020004 706c61', code: 'AMF_TRUNCATED' },
    {
      what: 'a string over 65,535 bytes',
      payload: `${play} 0c 00010000 ${'61'.repeat(65_536)}`,
      code: 'AMF_VALUE_INVALID',
    },
    { what: 'a reserved marker', payload: `${play} 04`, code: 'AMF_MARKER_RESERVED' },
    { what: 'an unknown marker', payload: `${play} 7f`, code: 'AMF_MARKER_UNKNOWN' },
    { what: 'a reference to nothing', payload: `${play} 070000`, code: 'AMF_REFERENCE_INVALID' },
    { what: 'an AMF3 value cut short', payload: `${play} 11 0a0b01`, code: 'AMF_TRUNCATED' },
    { what: 'an unknown AMF3 marker', payload: `${play} 11 12`, code: 'AMF_MARKER_UNKNOWN' },
    { what: 'an externalizable class', payload: `${play} 11 0a 07 03 61`, code: 'AMF_CLASS_UNKNOWN' },
    {
      what: 'an AMF3 string over 65,535 bytes',
      payload: `${play} 11 06 888001 ${'61'.repeat(65_536)}`,
      code: 'AMF_VALUE_INVALID',
    },
    {
      what: 'an AMF3 string that comes again and again',
      payload: `${play} 11 06 8101 ${'61'.repeat(64)} ${'11 06 00'.repeat(1024)}`,
      code: 'AMF_TOO_MANY_VALUES',
    },
    { what: 'nesting without end', payload: `${play} ${'03000161'.repeat(1000)}`, code: 'AMF_TOO_DEEP' },
  ])('with $what', ({ payload, code }) => {
    expect(() => decode(20, hex(payload))).toThrowError(
      expect.objectContaining({ name: 'ProtocolError', code }),
    );
  });

  test('any bytes give a command or a ProtocolError, nothing else', () => {
    const bodies = fc.oneof(
      fc.uint8Array({ maxLength: 100 }),
      fc.uint8Array({ maxLength: 60 }).map((tail) => Buffer.concat([hex(play), tail])),
    );
    fc.assert(
      fc.property(fc.constantFrom(17, 20), bodies, (type, body) => {
        try {
          expect(typeof decode(type, Buffer.from(body)).name).toBe('string');
        } catch (error) {
          if (!(error instanceof ProtocolError)) throw error;
        }
      }),
      { numRuns: 1000 },
    );
  });
});

test('a data message is its name and its values', () => {
  const text = 'x'.repeat(70_000);
  const payload = encodeAmf0('onMetaData', { text }, 7);
  expect(decodeDataMessage(payload)).toEqual(['onMetaData', { text }, 7]);
  expect(() => decodeDataMessage(payload.subarray(0, -1))).toThrowError(
    expect.objectContaining({ name: 'ProtocolError', code: 'AMF_TRUNCATED' }),
  );
});

test('properties are those of objects, ECMA arrays and typed objects', () => {
  const properties = amfObject({ app: 'live' });
  expect(propertiesOf(properties)).toBe(properties);
  expect(propertiesOf(new EcmaArray(properties))).toBe(properties);
  expect(propertiesOf(new TypedObject('Connection', properties))).toBe(properties);
});

test('what else there is has no properties', () => {
  const others: AmfValue[] = [
    undefined,
    null,
    true,
    7,
    'text',
    ['live'],
    new Date(0),
    new XmlDocument('<a/>'),
    unsupported,
  ];
  for (const value of others) {
    expect(propertiesOf(value)['length']).toBeUndefined();
    expect(Object.keys(propertiesOf(value))).toEqual([]);
  }
});

test('a string or the fallback', () => {
  expect(stringOr('a', 'b')).toBe('a');
  expect(stringOr('', 'b')).toBe('');
  const others: AmfValue[] = [undefined, null, 7, ['a'], unsupported];
  for (const value of others) expect(stringOr(value, 'b')).toBe('b');
});
