import fc from 'fast-check';
import { expect, test } from 'vitest';
import { flvFamily as family } from '../../../src/family/flv/flv-family.ts';
import { FrameLog } from '../../../src/stream/cache/frame-log.ts';
import type { Frame } from '../../../src/stream/frame.ts';
import { frames } from '../../support/fake-media.ts';

const uint32 = fc.nat(0xffffffff);

const anyFrames: fc.Arbitrary<Frame[]> = fc.array(
  fc
    .tuple(
      fc.record({
        family: fc.constant(family),
        kind: fc.constantFrom('audio', 'video', 'data', 'mixed'),
        tag: fc.constantFrom(8, 9, 18, 0xffffffff),
        timestamp: uint32,
        number: uint32,
        payload: fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
      }),
      fc.oneof(
        fc.record({
          role: fc.constant('coded'),
          isKeyframe: fc.boolean(),
          tracks: fc.oneof(fc.constant([0]), fc.array(fc.nat(255), { maxLength: 20 })),
        }),
        fc.record({ role: fc.constantFrom('metadata', 'header'), headerKeys: fc.array(fc.string()) }),
        fc.constant({ role: 'other' }),
      ),
    )
    .map(([base, own]) => ({ ...base, ...own }) as Frame),
  { maxLength: 100 },
);

test('gives back every frame as it was, whatever becomes of the memory that it came in', () => {
  fc.assert(
    fc.property(anyFrames, (given) => {
      const log = new FrameLog();
      for (const frame of given) {
        const passing = Buffer.from(frame.payload);
        const kept = log.append({ ...frame, payload: passing });
        expect(kept).toEqual(frame.payload);
        passing.fill(0xee);
      }
      expect([...log]).toEqual(given);
      expect(log).toHaveLength(given.length);
      expect(log.at(given.length)).toBeUndefined();
      expect(given.map((_, i) => log.timestampAt(i))).toEqual(given.map(({ timestamp }) => timestamp));
    }),
  );
});

test('is empty at first, and takes nothing then', () => {
  const log = new FrameLog();
  expect([log.length, log.bytes, log.at(0), log.timestampAt(0)]).toEqual([0, 0, undefined, 0]);
});

test('takes little more than the payloads, be they small or large', () => {
  const log = new FrameLog();
  let payloads = 0;
  for (const script of ['K1@0:30000 ', 'P2@40:900 A3@40:200 '.repeat(2000), 'K4@80:700000 ', 'P5@90:8191 ']) {
    for (const frame of frames(script)) {
      log.append(frame);
      payloads += frame.payload.length;
    }
    expect(log.bytes).toBeLessThan(payloads * 1.125 + 48 * log.length + 16 * 1024);
  }
});

test('tells frames of a thousand kinds apart, and counts each', () => {
  const log = new FrameLog();
  const [frame] = frames('T1@0') as [Frame];
  for (let tag = 0; tag < 1000; tag++) log.append({ ...frame, tag });
  expect([...log].map(({ tag }) => tag)).toEqual(Array.from({ length: 1000 }, (_, tag) => tag));
  expect(log.bytes).toBeGreaterThan(1000 * 200);
});

test('a frame is told from others by all that it is, and by every byte', () => {
  const log = new FrameLog();
  const [frame, empty] = [...frames('P1@40:20'), ...frames('P1@40:20')] as [Frame, Frame];
  empty.payload = Buffer.alloc(0);
  for (const one of frames('K9@0:33')) log.append(one);
  log.append(frame);
  log.append(empty);
  expect([
    log.hasAt(1, frame),
    log.hasAt(2, empty),
    log.hasAt(1, { ...frame, timestamp: 7, number: 7 }),
  ]).toEqual([true, true, true]);
  expect([log.hasAt(0, frame), log.hasAt(2, frame), log.hasAt(1, empty), log.hasAt(3, frame)]).toEqual([
    false,
    false,
    false,
    false,
  ]);
  for (let i = 0; i < frame.payload.length; i++) {
    const payload = Buffer.from(frame.payload);
    payload[i] = (payload[i] ?? 0) ^ 1;
    expect(log.hasAt(1, { ...frame, payload })).toBe(false);
  }
});
