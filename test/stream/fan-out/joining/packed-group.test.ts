import { expect, test } from 'vitest';
import { type FlushedGroup, PackedGroup } from '../../../../src/stream/fan-out/joining/packed-group.ts';
import { PackedFlush } from '../../../../src/stream/fan-out/packed-flush.ts';
import type { Packing } from '../../../../src/stream/fan-out/wire-form.ts';
import type { Frame } from '../../../../src/stream/frame.ts';
import { Slab } from '../../../../src/stream/slab.ts';
import { frames, wordOf } from '../../../support/fake-media.ts';

/** A packing that can be read, and how many frames were written in it. */
function countingPacking(): Packing & { written: number } {
  const word = (frame: Frame, timestamp: number) => `${wordOf({ ...frame, timestamp })} `;
  return {
    hasVideo: true,
    isRare: false,
    includes: () => true,
    sizeOf: (frame, timestamp) => word(frame, timestamp).length,
    write(target, at, frame, timestamp) {
      this.written++;
      return at + target.write(word(frame, timestamp), at, 'latin1');
    },
    written: 0,
  };
}

const prefaces = frames('VH1@0').map((frame) => ({ frame: frame as Frame & { role: 'header' }, version: 1 }));
const group = frames('K1@40 P2@80 A2@70 P3@120');
const upTo = (count: number): FlushedGroup => ({ frames: group, count, prefaces });
const text = (pieces: readonly Buffer[]) => Buffer.concat(pieces).toString().trim();

/** A batch of these frames of the group. */
function batchOf(packing: Packing, start: number, end: number) {
  const first = { index: 0, timestamp: group[0]?.timestamp ?? 0, prefaces };
  const videoStart = start === 0 ? first : undefined;
  const flush = { frames: group.slice(start, end), videoStart, firstCoded: videoStart, isMixed: false };
  return new PackedFlush(flush, new Slab()).batch(packing);
}

test('each frame is packed once, however often somebody joins', () => {
  const packing = countingPacking();
  const packed = new PackedGroup(packing, () => {});
  expect(text(packed.burst(upTo(2)))).toBe('VH1@40 K1@40 P2@80');
  for (let i = 0; i < 100; i++) packed.burst(upTo(2));
  expect(packing.written).toBe(3);
  expect(text(packed.burst(upTo(4)))).toBe('VH1@40 K1@40 P2@80 A2@70 P3@120');
  expect(packing.written).toBe(5);
});

test('takes batches over as they were sent, from the first who joins on', () => {
  const packing = countingPacking();
  const packed = new PackedGroup(packing, () => {});
  const batches = [batchOf(packing, 0, 2), batchOf(packing, 2, 4)] as const;
  packed.extend(batches[0], upTo(2));
  expect(packing.written).toBe(0);
  packed.burst(upTo(2));
  packed.extend(batches[1], upTo(4));
  const pieces = packed.burst(upTo(4));
  expect(text(pieces)).toBe('VH1@40 K1@40 P2@80 A2@70 P3@120');
  expect(pieces.at(-1)).toBe(batches[1].whole.bytes);
});

test('a batch behind a gap is left, and packed with the gap when somebody joins', () => {
  const packing = countingPacking();
  const packed = new PackedGroup(packing, () => {});
  packed.burst(upTo(1));
  packed.extend(batchOf(packing, 3, 4), upTo(4));
  expect(text(packed.burst(upTo(4)))).toBe('VH1@40 K1@40 P2@80 A2@70 P3@120');
});

test('what was there before is packed into pieces that fit a slice', () => {
  const packing: Packing = {
    ...countingPacking(),
    sizeOf: ({ payload }) => payload.length,
    write: (target, at, { payload }) => at + payload.copy(target, at),
  };
  const large = frames(`K1@0 ${'P2@40:50000 '.repeat(10)}`);
  const sizes = new PackedGroup(packing, () => {})
    .burst({ frames: large, count: large.length, prefaces: [] })
    .map(({ length }) => length);
  expect(sizes.length).toBeGreaterThan(2);
  expect(Math.min(...sizes)).toBeGreaterThan(0);
  expect(Math.max(...sizes)).toBeLessThan(256 * 1024);
});

test('tells how much it keeps: every byte once, whether it was sent or packed', () => {
  const packing = countingPacking();
  let kept = 0;
  const packed = new PackedGroup(packing, (bytes) => {
    kept += bytes;
  });
  packed.burst(upTo(2));
  packed.extend(batchOf(packing, 2, 3), upTo(3));
  packed.burst(upTo(4));
  const pieces = packed.burst(upTo(4));
  const bytes = pieces.reduce((sum, { length }) => sum + length, 0);
  expect([kept > bytes, kept]).toEqual([true, bytes + 128 * pieces.length]);
});

test('who was sent less than others is given that much, and nothing of it is packed anew but the last piece', () => {
  const packing = countingPacking();
  const packed = new PackedGroup(packing, () => {});
  packed.burst(upTo(1));
  packed.burst(upTo(4));
  const before = packing.written;
  expect(text(packed.burst(upTo(3)))).toBe('VH1@40 K1@40 P2@80 A2@70');
  expect(packing.written - before).toBe(2);
  expect(text(packed.burst(upTo(1)))).toBe('VH1@40 K1@40');
  expect(text(packed.burst(upTo(4)))).toBe('VH1@40 K1@40 P2@80 A2@70 P3@120');
  expect(packing.written - before).toBe(2);
});

test('who was sent less than others begins as everybody does', () => {
  const beginning = {
    sizeOf: () => 2,
    write: (target: Buffer, at: number) => at + target.write('K!', at, 'latin1'),
  };
  const packed = new PackedGroup({ ...countingPacking(), beginning }, () => {});
  packed.burst({ ...upTo(4), prefaces: [] });
  expect(text(packed.burst({ ...upTo(2), prefaces: [] }))).toBe('K!P2@80');
});

test('who was sent less than others, by frames that the packing leaves out, is given what there is, once', () => {
  const packing = { ...countingPacking(), includes: (frame: Frame) => frame.kind !== 'data' };
  const some = frames('K1@40 P2@80 A2@70 T1@120');
  const packed = new PackedGroup(packing, () => {});
  packed.burst({ frames: some, count: 3, prefaces });
  const data = { frames: some.slice(3), videoStart: undefined, firstCoded: undefined, isMixed: false };
  packed.extend(new PackedFlush(data, new Slab()).batch(packing), { frames: some, count: 4, prefaces });
  for (const count of [3, 4])
    expect(text(packed.burst({ frames: some, count, prefaces }))).toBe('VH1@40 K1@40 P2@80 A2@70');
});
