import { expect, test } from 'vitest';
import { monotonicMs } from '../../load-tester/clock.ts';
import { mayBeStamped, readStamp, writeStamp } from '../../load-tester/stamp.ts';

const body = '27010000000000000a'; // the 9 bytes in front of the stamp of a message of 25

test.each([
  { what: 'zero', sequence: 0, sentAtNs: 0n, wire: '464e4c32 00000000 0000000000000000' },
  { what: 'small', sequence: 1, sentAtNs: 1_500_000n, wire: '464e4c32 00000001 000000000016e360' },
  {
    what: 'over 32 bits of nanoseconds',
    sequence: 0x01020304,
    sentAtNs: 0x0000_0102_0304_0506n,
    wire: '464e4c32 01020304 0000010203040506',
  },
  {
    what: 'the last sequence number',
    sequence: 0xffffffff,
    sentAtNs: 1n,
    wire: '464e4c32 ffffffff 0000000000000001',
  },
])('writes and reads a stamp: $what', ({ sequence, sentAtNs, wire }) => {
  const stamp = wire.replaceAll(' ', '');
  const payload = Buffer.concat([Buffer.from(body, 'hex'), Buffer.alloc(16, 0xee)]);
  writeStamp(payload, sequence, sentAtNs);
  expect(payload.toString('hex')).toBe(body + stamp);
  expect(readStamp(payload)).toEqual({ sequence, sentAtMs: Number(sentAtNs) / 1e6 });
});

test('a sequence number goes on from 0 behind the last', () => {
  const payload = Buffer.alloc(25);
  writeStamp(payload, 2 ** 32, 0n);
  expect(readStamp(payload)?.sequence).toBe(0);
});

test.each([
  { what: 'another mark', wire: `${body}464e4c31${'00'.repeat(12)}`, isRoom: true },
  { what: 'a stamp too far from the end', wire: `${body}464e4c32${'00'.repeat(13)}`, isRoom: true },
  { what: 'a message of 24 bytes', wire: `2701000000000000464e4c32${'00'.repeat(12)}`, isRoom: false },
  { what: 'an empty message', wire: '', isRoom: false },
])('finds no stamp in $what', ({ wire, isRoom }) => {
  const payload = Buffer.from(wire, 'hex');
  expect(readStamp(payload)).toBeUndefined();
  expect(mayBeStamped(payload)).toBe(isRoom);
});

test('the clock without allocations agrees with CLOCK_MONOTONIC', () => {
  for (let round = 0; round < 1000; round++) {
    const before = Number(process.hrtime.bigint()) / 1e6;
    const now = monotonicMs();
    const after = Number(process.hrtime.bigint()) / 1e6;
    // the two are read at different moments: a few microseconds of slack for how a double rounds
    expect(now).toBeGreaterThanOrEqual(before - 0.01);
    expect(now).toBeLessThanOrEqual(after + 0.01);
  }
});
