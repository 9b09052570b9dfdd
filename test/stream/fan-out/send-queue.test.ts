import { expect, test } from 'vitest';
import { rtmpWireForm } from '../../../src/family/flv/rtmp-wire-form.ts';
import { FrameRun } from '../../../src/stream/fan-out/frame-run.ts';
import { SendQueue } from '../../../src/stream/fan-out/send-queue.ts';
import { frames } from '../../support/fake-media.ts';
import { packFrames } from '../../support/pack-frames.ts';

const { packing } = rtmpWireForm({ messageStreamId: 7, audio: true, video: true });

/** Everything that a queue has, slice by slice. */
function slices(queue: SendQueue, maxBytes: number): Buffer[] {
  const all: Buffer[] = [];
  for (let slice = queue.take(maxBytes); slice.length > 0; slice = queue.take(maxBytes))
    all.push(Buffer.concat(slice));
  return all;
}

test('packs frames as they go out, between bytes that are packed, in order', () => {
  const script = 'K1@0:5000 A1@10 P2@40:70000 A2@50 P3@80:20000 P4@120:300';
  const queue = new SendQueue();
  const [before, behind] = [Buffer.alloc(3000, 1), Buffer.alloc(4000, 2)];
  queue.push(before);
  queue.push(new FrameRun(packing, frames(script)));
  queue.push(new FrameRun(packing, []));
  queue.push(behind);
  const whole = Buffer.concat([before, packFrames(packing, frames(script)), behind]);
  expect(queue.bytes).toBe(whole.length);
  const taken = slices(queue, 8000);
  expect(Buffer.concat(taken).equals(whole)).toBe(true);
  expect(taken.map(({ length }) => length)).toEqual([
    3000 + 5012,
    6 + 12 + 70_013 + 0,
    18 + 20_012,
    312 + 4000,
  ]);
  expect([queue.bytes, queue.cost]).toEqual([0, 0]);
});

test('a large payload is not copied', () => {
  const all = frames('P1@0:16384 P2@40:16383');
  for (const frame of all) frame.payload = Buffer.from(new Uint8Array(frame.payload).buffer);
  const queue = new SendQueue();
  queue.push(new FrameRun(packing, all));
  const buffers = queue.take(2 ** 20);
  const isShared = (payload: Buffer | undefined) => buffers.some(({ buffer }) => buffer === payload?.buffer);
  expect(all.map(({ payload }) => isShared(payload))).toEqual([true, false]);
});

test('of a list that grows, a run is what there was', () => {
  const all = frames('K1@0 P2@40');
  const run = new FrameRun(packing, all, { end: all.length });
  all.push(...frames('P3@80'));
  const queue = new SendQueue();
  queue.push(run);
  expect(Buffer.concat(queue.take(2 ** 20))).toEqual(packFrames(packing, all.slice(0, 2)));
});

test('what is kept costs something without a byte as well, and what is cleared nothing', () => {
  const queue = new SendQueue();
  for (let i = 0; i < 1000; i++) queue.push(Buffer.alloc(1));
  expect(queue.cost).toBeGreaterThan(10_000);
  queue.clear();
  expect([queue.cost, queue.take(100)]).toEqual([0, []]);
});
