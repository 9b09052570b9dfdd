import { describe, expect, test } from 'vitest';
import { chunkOutcome, hex, outcomesOfEveryCut } from '../../../support/chunk-outcome.ts';

const setChunkSize = (size: string) => `02 000000 000004 01 00000000 ${size}`;
const abort = (chunkStreamId: string) => `02 000000 000004 02 00000000 ${chunkStreamId}`;
const a128 = 'a1'.repeat(128);

describe('Set Chunk Size', () => {
  test('is big-endian and counts for all chunk streams', () => {
    const wire = `${setChunkSize('00000002')} 03 000010 000003 08 01000000 a0a1 c3 a2 04 000011 000003 09 01000000 b0b1 c4 b2`;
    expect(outcomesOfEveryCut(hex(wire))).toEqual([['8 @16 on 1: a0a1a2', '9 @17 on 1: b0b1b2']]);
  });

  test.each([
    { size: '00000082', what: 'grows', rest: `c3 ${a128}a1a1 c3 bbcc`, payload: `${a128}${a128}a1a1bbcc` },
    { size: '00000001', what: 'shrinks', rest: 'c3 bb c3 cc', payload: `${a128}bbcc` },
  ])('between the chunks of a message: it $what from the next chunk on', ({ size, rest, payload }) => {
    const length = (payload.length / 2).toString(16).padStart(6, '0');
    const wire = `03 000010 ${length} 09 01000000 ${a128} ${setChunkSize(size)} ${rest}`;
    expect(outcomesOfEveryCut(hex(wire))).toEqual([[`9 @16 on 1: ${payload}`]]);
  });

  test('while it arrives in chunks itself', () => {
    const again = '02 000000 000004 01 00000000 00 c2 00 c2 00 c2 03';
    const wire = `${setChunkSize('00000001')} ${again} 03 000010 000004 08 01000000 a0a1a2 c3 a3`;
    expect(outcomesOfEveryCut(hex(wire))).toEqual([['8 @16 on 1: a0a1a2a3']]);
  });

  test('on a chunk stream other than 2', () => {
    const wire = '05 000000 000004 01 00000000 00000001 03 000010 000002 08 01000000 a0 c3 a1';
    expect(outcomesOfEveryCut(hex(wire))).toEqual([['8 @16 on 1: a0a1']]);
  });

  test.each(['00ffffff', '01000000', '7fffffff'])('0x%s: every message is one chunk', (size) => {
    const payload = Buffer.alloc(70_000, 0xaa);
    const wire = Buffer.concat([hex(`${setChunkSize(size)} 03 000010 011170 09 01000000`), payload]);
    const whole = [`9 @16 on 1: ${payload.toString('hex')}`];
    expect(chunkOutcome([wire])).toEqual(whole);
    expect(chunkOutcome([wire.subarray(0, 30), wire.subarray(30, 60_000), wire.subarray(60_000)])).toEqual(
      whole,
    );
  });

  test('may have bytes behind the size', () => {
    const wire = '02 000000 000005 01 00000000 00000001ff 03 000010 000002 08 01000000 a0 c3 a1';
    expect(outcomesOfEveryCut(hex(wire))).toEqual([['8 @16 on 1: a0a1']]);
  });

  test.each(['00000000', '80000000', '80001000', 'ffffffff'])('0x%s is refused', (size) => {
    expect(outcomesOfEveryCut(hex(setChunkSize(size)))).toEqual([['RTMP_CHUNK_SIZE_INVALID']]);
  });

  test.each(['', '00', '000010', '001000'])('of "%s" is too short', (payload) => {
    const length = (payload.length / 2).toString(16).padStart(6, '0');
    const wire = `02 000000 ${length} 01 00000000 ${payload}`;
    expect(outcomesOfEveryCut(hex(wire))).toEqual([['RTMP_PAYLOAD_TRUNCATED']]);
  });
});

describe('Abort', () => {
  test('drops the message in the middle of which its chunk stream is; the next chunk begins another', () => {
    const wire = `03 000010 000082 09 01000000 ${a128} ${abort('00000003')} c3 ${a128} c3 bbcc`;
    expect(outcomesOfEveryCut(hex(wire))).toEqual([[`9 @32 on 1: ${a128}bbcc`]]);
  });

  test('leaves the other chunk streams alone', () => {
    const wire = `03 000010 000082 09 01000000 ${a128} 04 000011 000082 08 01000000 ${a128} ${abort('00000003')} c4 bbcc 43 000001 000001 08 dd`;
    expect(outcomesOfEveryCut(hex(wire))).toEqual([[`8 @17 on 1: ${a128}bbcc`, '8 @17 on 1: dd']]);
  });

  test.each(['00000003', '00000004', '00000002', '00000000', 'ffffffff'])(
    'of chunk stream 0x%s, where nothing has begun, changes nothing',
    (id) => {
      const wire = `03 000010 000001 08 01000000 aa ${abort(id)} c3 bb`;
      expect(outcomesOfEveryCut(hex(wire))).toEqual([['8 @16 on 1: aa', '8 @32 on 1: bb']]);
    },
  );

  test('that is too short is an error', () => {
    expect(outcomesOfEveryCut(hex('02 000000 000003 02 00000000 000000'))).toEqual([
      ['RTMP_PAYLOAD_TRUNCATED'],
    ]);
  });
});
