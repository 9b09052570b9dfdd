import { describe, expect, test } from 'vitest';
import { chunkOutcome, hex, outcomesOfEveryCut } from '../../../support/chunk-outcome.ts';

/** Set Chunk Size to 4. */
const chunksOf4 = '02 000000 000004 01 00000000 00000004';
/** A message that ends a recording: what is before it can no longer be the beginning of something. */
const ping = '02 000000 000000 04 00000000';
const pinged = '4 @0 on 0: ';

const audio = (length: string) => `03 ffffff 0000${length} 08 01000000 01020304`;

describe('a continuation chunk', () => {
  test.each([
    {
      what: 'repeats the extended timestamp',
      wire: `${audio('0a')} a0a1a2a3 c3 01020304 a4a5a6a7 c3 01020304 a8a9`,
    },
    { what: 'does not repeat it', wire: `${audio('0a')} a0a1a2a3 c3 a4a5a6a7 c3 a8a9` },
  ])('$what', ({ wire }) => {
    expect(outcomesOfEveryCut(hex(chunksOf4 + wire))).toEqual([['8 @16909060 on 1: a0a1a2a3a4a5a6a7a8a9']]);
  });

  test.each([
    { last: 'a4', length: '05' },
    { last: 'a4a5', length: '06' },
    { last: 'a4a5a6', length: '07' },
    { last: '01a5', length: '06' },
    { last: '0102a6', length: '07' },
    { last: '010203a7', length: '08' },
  ])('without repetition that ends with $last is not waited beyond', ({ last, length }) => {
    const wire = `${audio(length)} a0a1a2a3 c3 ${last}`;
    expect(outcomesOfEveryCut(hex(chunksOf4 + wire))).toEqual([[`8 @16909060 on 1: a0a1a2a3${last}`]]);
  });

  test.each([
    { last: '01', length: '05' },
    { last: '0102', length: '06' },
    { last: '010203', length: '07' },
  ])('without repetition that is $last is known by what follows it', ({ last, length }) => {
    const wire = `${chunksOf4} ${audio(length)} a0a1a2a3 c3 ${last}`;
    expect(outcomesOfEveryCut(hex(wire))).toEqual([[]]);
    expect(outcomesOfEveryCut(hex(wire + ping))).toEqual([[`8 @16909060 on 1: a0a1a2a3${last}`, pinged]]);
  });

  test('is waited for until its repetition is complete', () => {
    const wire = hex(`${chunksOf4} ${audio('05')} a0a1a2a3 c3 01020304`);
    expect(outcomesOfEveryCut(wire)).toEqual([[]]);
    expect(chunkOutcome([wire, hex('01')])).toEqual(['8 @16909060 on 1: a0a1a2a301']);
  });

  test('is judged by the first one on the connection: later payloads may look like a repetition', () => {
    const wire = `${audio('05')} a0a1a2a3 c3 a4  ${audio('08')} b0b1b2b3 c3 01020304`;
    expect(outcomesOfEveryCut(hex(chunksOf4 + wire))).toEqual([
      ['8 @16909060 on 1: a0a1a2a3a4', '8 @16909060 on 1: b0b1b2b301020304'],
    ]);
  });

  test('of a peer that repeats may have a payload like the timestamp', () => {
    const wire = `${audio('08')} a0a1a2a3 c3 01020304 01020304`;
    expect(outcomesOfEveryCut(hex(chunksOf4 + wire))).toEqual([['8 @16909060 on 1: a0a1a2a301020304']]);
  });

  test('on another chunk stream, with a timestamp of its own', () => {
    const video = '04 ffffff 000005 09 01000000 05060708 b0b1b2b3';
    const wire = `${audio('05')} a0a1a2a3 ${video} c3 01020304 a4 c4 05060708 b4`;
    expect(outcomesOfEveryCut(hex(chunksOf4 + wire))).toEqual([
      ['8 @16909060 on 1: a0a1a2a3a4', '9 @84281096 on 1: b0b1b2b3b4'],
    ]);
  });

  test('repeats the delta of format 1, not the sum', () => {
    const wire = `03 000010 000001 08 01000000 aa 43 ffffff 000005 08 01020304 b0b1b2b3 c3 01020304 b4`;
    expect(outcomesOfEveryCut(hex(chunksOf4 + wire))).toEqual([
      ['8 @16 on 1: aa', '8 @16909076 on 1: b0b1b2b3b4'],
    ]);
  });

  test('has none when the last header had none, whatever the timestamp', () => {
    const wire = `${audio('01')} aa 43 000001 000005 08 b0b1b2b3 c3 b4`;
    expect(outcomesOfEveryCut(hex(chunksOf4 + wire))).toEqual([
      ['8 @16909060 on 1: aa', '8 @16909061 on 1: b0b1b2b3b4'],
    ]);
  });
});

describe('a format 3 chunk that begins a message', () => {
  test.each([
    { what: 'repeats the extended timestamp', again: '01020304' },
    { what: 'does not repeat it', again: '' },
  ])('$what: it is the delta', ({ again }) => {
    const wire = `${audio('02')} aabb c3 ${again} ccdd c3 ${again} eeff`;
    expect(outcomesOfEveryCut(hex(wire))).toEqual([
      ['8 @16909060 on 1: aabb', '8 @33818120 on 1: ccdd', '8 @50727180 on 1: eeff'],
    ]);
  });

  test('wraps at 2^32', () => {
    const wire = '03 ffffff 000001 08 01000000 80000001 aa c3 80000001 bb';
    expect(outcomesOfEveryCut(hex(wire))).toEqual([['8 @2147483649 on 1: aa', '8 @2 on 1: bb']]);
  });

  test.each([
    { what: 'repeats it', again: '01020304' },
    { what: 'does not repeat it', again: '' },
  ])('without payload $what: the place of a cut makes no difference', ({ again }) => {
    const wire = `${audio('00')} c3 ${again} c3 ${again} ${ping}`;
    expect(outcomesOfEveryCut(hex(wire))).toEqual([
      ['8 @16909060 on 1: ', '8 @33818120 on 1: ', '8 @50727180 on 1: ', pinged],
    ]);
  });
});
