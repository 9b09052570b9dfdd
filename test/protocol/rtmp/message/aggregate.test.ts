import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ProtocolError } from '../../../../src/errors.ts';
import { AggregateReader } from '../../../../src/protocol/rtmp/message/aggregate.ts';
import { hex, line } from '../../../support/chunk-outcome.ts';

/** The parts of an aggregate on message stream 1, and the code of the error that ends them, if any. */
function split(payload: Buffer, timestamp = 1000): string[] {
  const lines: string[] = [];
  try {
    const parts = new AggregateReader({ type: 22, timestamp, messageStreamId: 1, payload });
    for (let part = parts.read(); part !== undefined; part = parts.read()) lines.push(line(part));
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    lines.push(error.code);
  }
  return lines;
}

describe('parts', () => {
  test.each([
    { what: 'none', wire: '', parts: [] },
    {
      what: 'one, its own time and message stream replaced by those of the aggregate',
      wire: '08 000002 000123 00 abcdef aabb 0000000d',
      parts: ['8 @1000 on 1: aabb'],
    },
    {
      what: 'several, as far apart as their times',
      wire: '08 000001 000064 00 000000 aa 0000000c 09 000002 000078 00 000000 bbcc 0000000d 12 000000 000078 00 000000 0000000b',
      parts: ['8 @1000 on 1: aa', '9 @1020 on 1: bbcc', '18 @1020 on 1: '],
    },
    {
      what: 'the next earlier than the first',
      wire: '09 000001 000064 00 000000 aa 0000000c 08 000001 00005a 00 000000 bb 0000000c',
      parts: ['9 @1000 on 1: aa', '8 @990 on 1: bb'],
    },
    {
      what: 'times of four bytes, the highest one last',
      wire: '08 000001 ffffff 7f 000000 aa 0000000c 08 000001 000009 80 000000 bb 0000000c',
      parts: ['8 @1000 on 1: aa', '8 @1010 on 1: bb'],
    },
    {
      what: 'times that wrap',
      wire: '08 000001 ffffff ff 000000 aa 0000000c 08 000001 000009 00 000000 bb 0000000c',
      parts: ['8 @1000 on 1: aa', '8 @1010 on 1: bb'],
    },
    { what: 'no last back pointer', wire: '08 000001 000000 00 000000 aa', parts: ['8 @1000 on 1: aa'] },
    {
      what: 'half a last back pointer',
      wire: '08 000001 000000 00 000000 aa 0000',
      parts: ['8 @1000 on 1: aa'],
    },
    {
      what: 'a wrong back pointer',
      wire: '08 000001 000000 00 000000 aa ffffffff 08 000000 000000 00 000000',
      parts: ['8 @1000 on 1: aa', '8 @1000 on 1: '],
    },
  ])('$what', ({ wire, parts }) => {
    expect(split(hex(wire))).toEqual(parts);
  });

  test('the timestamp of the aggregate wraps as well', () => {
    const wire = hex('08 000001 000000 00 000000 aa 0000000c 08 000001 000014 00 000000 bb');
    expect(split(wire, 0xfffffff6)).toEqual(['8 @4294967286 on 1: aa', '8 @10 on 1: bb']);
  });
});

test.each([
  { what: 'within a header', wire: '08 000001 000000 00 0000' },
  { what: 'within a payload', wire: '08 000003 000000 00 000000 aabb' },
  { what: 'far before the end of what is announced', wire: '08 ffffff 000000 00 000000 aabb' },
])('a part cut $what is an error, those before it count', ({ wire }) => {
  const whole = '09 000001 000000 00 000000 cc 0000000c';
  expect(split(hex(whole + wire))).toEqual(['9 @1000 on 1: cc', 'RTMP_PAYLOAD_TRUNCATED']);
});

test('any bytes give parts or a ProtocolError, nothing else', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(0xffffffff), (payload, timestamp) => {
      split(Buffer.from(payload), timestamp);
    }),
  );
});
