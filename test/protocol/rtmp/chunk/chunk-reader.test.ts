import { describe, expect, test } from 'vitest';
import { hex, outcomesOfEveryCut } from '../../../support/chunk-outcome.ts';
import { readChunksSlowly } from '../../../support/slow-chunk-reader.ts';

const a128 = 'a1'.repeat(128);
const b128 = 'b2'.repeat(128);

describe('message headers', () => {
  test.each([
    {
      what: 'format 0, message stream id little-endian',
      wire: '03 000010 000003 08 01000000 aabbcc',
      messages: ['8 @16 on 1: aabbcc'],
    },
    {
      what: 'a message stream id of four different bytes',
      wire: '03 000010 000001 08 78563412 aa',
      messages: ['8 @16 on 305419896: aa'],
    },
    {
      what: 'the highest message stream id',
      wire: '03 000010 000001 08 ffffffff aa',
      messages: ['8 @16 on 4294967295: aa'],
    },
    {
      what: 'format 1: delta, new length and type, same message stream',
      wire: '03 000010 000001 08 01000000 aa  43 000005 000002 09 bbcc',
      messages: ['8 @16 on 1: aa', '9 @21 on 1: bbcc'],
    },
    {
      what: 'format 2: delta only',
      wire: '03 000010 000001 08 01000000 aa  83 000005 bb',
      messages: ['8 @16 on 1: aa', '8 @21 on 1: bb'],
    },
    {
      what: 'deltas of formats 1, 2 and 3 add up',
      wire: '03 0003e8 000001 08 01000000 aa  43 000014 000001 08 bb  83 000017 cc  c3 dd  c3 ee',
      messages: [
        '8 @1000 on 1: aa',
        '8 @1020 on 1: bb',
        '8 @1043 on 1: cc',
        '8 @1066 on 1: dd',
        '8 @1089 on 1: ee',
      ],
    },
    {
      what: 'format 3 after format 0 takes its timestamp for the delta (5.3.1.2.4)',
      wire: '03 0003e8 000001 08 01000000 aa  c3 bb  c3 cc',
      messages: ['8 @1000 on 1: aa', '8 @2000 on 1: bb', '8 @3000 on 1: cc'],
    },
    {
      what: 'format 0 may go back in time',
      wire: '03 0003e8 000001 08 01000000 aa  03 000001 000001 08 01000000 bb',
      messages: ['8 @1000 on 1: aa', '8 @1 on 1: bb'],
    },
    {
      what: 'format 1 first on a chunk stream, as librtmp answers a ping',
      wire: '42 000000 000006 04 0007 00001234',
      messages: ['4 @0 on 0: 000700001234'],
    },
    {
      what: 'a type that nobody knows',
      wire: '03 000010 000001 ff 01000000 aa',
      messages: ['255 @16 on 1: aa'],
    },
  ])('$what', ({ wire, messages }) => {
    expect(outcomesOfEveryCut(hex(wire))).toEqual([messages]);
    expect(readChunksSlowly(hex(wire))).toHaveLength(messages.length);
  });

  test.each([
    { what: 'format 2', wire: '83 000005' },
    { what: 'format 3', wire: 'c3' },
    { what: 'format 2 of an id of two bytes', wire: '80 05 000005' },
    { what: 'format 3 of an id of three bytes', wire: 'c1 0500' },
    {
      what: 'format 3 beside another chunk stream',
      wire: 'c4 aa',
      before: '03 000010 000001 08 01000000 aa',
    },
  ])('$what first on a chunk stream is refused', ({ wire, before = '' }) => {
    const messages = before === '' ? [] : ['8 @16 on 1: aa'];
    expect(outcomesOfEveryCut(hex(before + wire))).toEqual([[...messages, 'RTMP_CHUNK_UNEXPECTED']]);
  });
});

describe('chunk stream ids', () => {
  test.each([
    { id: 2, basic: '02', next: 'c2' },
    { id: 63, basic: '3f', next: 'ff' },
    { id: 64, basic: '00 00', next: 'c0 00' },
    { id: 319, basic: '00 ff', next: 'c0 ff' },
    { id: '64 in three bytes', basic: '01 0000', next: 'c1 0000' },
    { id: 320, basic: '01 0001', next: 'c1 0001' },
    { id: 834, basic: '01 0203', next: 'c1 0203' },
    { id: 65_599, basic: '01 ffff', next: 'c1 ffff' },
  ])('$id', ({ basic, next }) => {
    const wire = `${basic} 000010 000082 09 01000000 ${a128} ${next} bbcc`;
    expect(outcomesOfEveryCut(hex(wire))).toEqual([[`9 @16 on 1: ${a128}bbcc`]]);
  });

  test('an id is the same in two and in three bytes', () => {
    const wire = `00 0a 000010 000082 09 01000000 ${a128} c1 0a00 bbcc`;
    expect(outcomesOfEveryCut(hex(wire))).toEqual([[`9 @16 on 1: ${a128}bbcc`]]);
  });

  test('each has headers of its own', () => {
    const wire =
      '03 000010 000001 08 01000000 aa  01 0100 000020 000002 09 02000000 bbcc  83 000001 dd  c1 0100 eeff';
    expect(outcomesOfEveryCut(hex(wire))).toEqual([
      ['8 @16 on 1: aa', '9 @32 on 2: bbcc', '8 @17 on 1: dd', '9 @64 on 2: eeff'],
    ]);
  });
});

describe('chunks of a message', () => {
  test.each([
    { length: 128, wire: `03 000010 000080 09 01000000 ${a128}`, payload: a128 },
    { length: 129, wire: `03 000010 000081 09 01000000 ${a128} c3 bb`, payload: `${a128}bb` },
    { length: 256, wire: `03 000010 000100 09 01000000 ${a128} c3 ${b128}`, payload: a128 + b128 },
    {
      length: 257,
      wire: `03 000010 000101 09 01000000 ${a128} c3 ${b128} c3 cc`,
      payload: `${a128}${b128}cc`,
    },
  ])('$length bytes', ({ wire, payload }) => {
    expect(outcomesOfEveryCut(hex(wire))).toEqual([[`9 @16 on 1: ${payload}`]]);
  });

  test('of two chunk streams take turns; the messages come in the order in which they end', () => {
    const wire = `06 000010 000101 09 01000000 ${a128} 04 000011 000082 08 01000000 ${b128} c6 ${a128} c4 bbbb c6 aa`;
    expect(outcomesOfEveryCut(hex(wire))).toEqual([
      [`8 @17 on 1: ${b128}bbbb`, `9 @16 on 1: ${a128}${a128}aa`],
    ]);
  });

  test('the next format 3 chunk begins a message of the same length', () => {
    const wire = `03 000010 000082 09 01000000 ${a128} c3 bbbb c3 ${b128} c3 cccc`;
    expect(outcomesOfEveryCut(hex(wire))).toEqual([[`9 @16 on 1: ${a128}bbbb`, `9 @32 on 1: ${b128}cccc`]]);
  });

  test.each([
    { format: 0, header: '03 000020 000002 08 02000000', message: '8 @32 on 2: cccc' },
    { format: 1, header: '43 000020 000002 08', message: '8 @48 on 1: cccc' },
  ])('format $format in the middle of a message begins another and drops it', ({ header, message }) => {
    const wire = `03 000010 000082 09 01000000 ${a128} ${header} cccc`;
    expect(outcomesOfEveryCut(hex(wire))).toEqual([[message]]);
  });

  test('format 2 in the middle of a message begins one as long', () => {
    const wire = `03 000010 000082 09 01000000 ${a128} 83 000020 ${b128} c3 bbcc`;
    expect(outcomesOfEveryCut(hex(wire))).toEqual([[`9 @48 on 1: ${b128}bbcc`]]);
  });
});

describe('small messages', () => {
  test('of length 0, in every format', () => {
    const wire = '04 000010 000000 08 01000000  44 000001 000000 09  84 000002  c4  c4';
    expect(outcomesOfEveryCut(hex(wire))).toEqual([
      ['8 @16 on 1: ', '9 @17 on 1: ', '9 @19 on 1: ', '9 @21 on 1: ', '9 @23 on 1: '],
    ]);
  });

  test('audio of one byte', () => {
    expect(outcomesOfEveryCut(hex('04 000010 000001 08 01000000 af'))).toEqual([['8 @16 on 1: af']]);
  });
});

describe('timestamps', () => {
  test.each([
    {
      what: 'the highest of three bytes',
      wire: '03 fffffe 000001 08 01000000 aa',
      message: '8 @16777214 on 1: aa',
    },
    {
      what: 'the lowest extended one',
      wire: '03 ffffff 000001 08 01000000 00ffffff aa',
      message: '8 @16777215 on 1: aa',
    },
    {
      what: 'bit 31 set',
      wire: '03 ffffff 000001 08 01000000 80000000 aa',
      message: '8 @2147483648 on 1: aa',
    },
    {
      what: 'the highest',
      wire: '03 ffffff 000001 08 01000000 ffffffff aa',
      message: '8 @4294967295 on 1: aa',
    },
  ])('$what', ({ wire, message }) => {
    expect(outcomesOfEveryCut(hex(wire))).toEqual([[message]]);
  });

  test('wrap at 2^32, by deltas of three and of four bytes', () => {
    const wire =
      '03 ffffff 000001 08 01000000 fffffff0 aa  83 000020 bb  43 ffffff 000001 08 fffffff0 cc  83 000001 dd';
    expect(outcomesOfEveryCut(hex(wire))).toEqual([
      ['8 @4294967280 on 1: aa', '8 @16 on 1: bb', '8 @0 on 1: cc', '8 @1 on 1: dd'],
    ]);
  });
});
