import { expect, test } from 'vitest';
import { flvFamily } from '../../../src/family/flv/flv-family.ts';
import type { Preface } from '../../../src/stream/cache/preface-store.ts';
import { FormBatch } from '../../../src/stream/fan-out/form-batch.ts';
import { PackedFlush } from '../../../src/stream/fan-out/packed-flush.ts';
import type { Part } from '../../../src/stream/fan-out/part.ts';
import type { FrameWriter, WireForm } from '../../../src/stream/fan-out/wire-form.ts';
import type { Frame } from '../../../src/stream/frame.ts';
import { Slab } from '../../../src/stream/slab.ts';
import { frames, wordOf } from '../../support/fake-media.ts';

/** A form that can be read: the words of the frames, in brackets where an envelope is put around them. */
function textForm(includes: (frame: Frame) => boolean, hasVideo = true, isRare = false): WireForm {
  const word = (frame: Frame, timestamp: number) => `${wordOf({ ...frame, timestamp })} `;
  return {
    protocol: 'text',
    family: flvFamily,
    packing: {
      hasVideo,
      isRare,
      includes,
      sizeOf: (frame, timestamp) => word(frame, timestamp).length,
      write: (target, at, frame, timestamp) => at + target.write(word(frame, timestamp), at, 'latin1'),
    },
    envelope: (parts) => [Buffer.from('['), ...parts, Buffer.from(']')],
  };
}

/** A part of a batch as it goes out; empty without one. */
const textOf = (batch: FormBatch, part: Part | undefined) =>
  part === undefined ? '' : `${batch.bytesOf(part)}`;

const prefaces = frames('M1@0 VH1@1 AH1@2').map((frame, i) => ({ frame, version: i + 1 }) as Preface);
const flush = {
  frames: frames('A1@10 P1@12 K2@50 A2@40'),
  videoStart: { index: 2, timestamp: 50, prefaces },
  firstCoded: { index: 0, timestamp: 10, prefaces: prefaces.slice(0, 2) },
  isMixed: false,
};
const whole = textForm(() => true);

test('has every part in an envelope of its own, packed once', () => {
  const batch = new FormBatch(new PackedFlush(flush, new Slab()), whole);
  expect(`${batch.shared}`).toBe('[A1@10 P1@12 K2@50 A2@40 ]');
  expect(batch.bytesOf(batch.whole)).toBe(batch.shared);
  expect(textOf(batch, batch.fromStart)).toBe('[K2@50 A2@40 ]');
  expect(textOf(batch, batch.audio)).toBe('[A1@10 A2@40 ]');
  expect(textOf(batch, batch.audioBeforeStart)).toBe('[A1@10 ]');
  expect(batch.bytesOf(batch.audio)).toBe(batch.bytesOf(batch.audio));
});

test('has the prefaces that are newer than a version, at the time of the start', () => {
  const batch = new FormBatch(new PackedFlush(flush, new Slab()), whole);
  expect(textOf(batch, batch.preface(0))).toBe('[M1@50 VH1@50 AH1@50 ]');
  expect(textOf(batch, batch.preface(2))).toBe('[AH1@50 ]');
  expect(batch.preface(3)).toHaveLength(0);
  expect(batch.preface(2)).toBe(batch.preface(2));
});

test('starts at the first coded frame in a packing without video', () => {
  const form = textForm(({ kind }) => kind !== 'video', false);
  const batch = new FormBatch(new PackedFlush(flush, new Slab()), form);
  expect(textOf(batch, batch.preface(0)) + textOf(batch, batch.fromStart)).toBe('[M1@10 ][A1@10 A2@40 ]');
  expect([batch.count(false), batch.count(true), batch.countBeforeStart(false)]).toEqual([2, 0, 0]);
});

test('has the prefaces that another packing leaves out', () => {
  const batch = new FormBatch(new PackedFlush(flush, new Slab()), whole);
  const beyond = batch.prefaceBeyond(textForm(({ kind }) => kind !== 'video').packing, true);
  expect(textOf(batch, beyond)).toBe('[VH1@10 ]');
  expect(batch.prefaceBeyond(textForm(({ kind }) => kind !== 'video').packing, false)).toHaveLength(0);
  expect(batch.prefaceBeyond(whole.packing, true)).toHaveLength(0);
});

test('counts frames, and those before the start', () => {
  const batch = new FormBatch(new PackedFlush(flush, new Slab()), whole);
  expect([batch.count(false), batch.count(true)]).toEqual([4, 2]);
  expect([batch.countBeforeStart(false), batch.countBeforeStart(true)]).toEqual([2, 1]);
});

test('has nothing to start from without a start', () => {
  const none = { ...flush, videoStart: undefined, firstCoded: undefined };
  const batch = new FormBatch(new PackedFlush(none, new Slab()), whole);
  expect([batch.hasStart, batch.fromStart.length]).toEqual([false, 0]);
  expect(batch.prefaceBeyond(whole.packing, true)).toBeUndefined();
});

test('a player that begins may get headers and its first coded frame otherwise than one that goes on', () => {
  const word = (frame: Frame) => `${wordOf(frame).toLowerCase()} `;
  const beginning: FrameWriter = {
    sizeOf: (frame, timestamp) => word({ ...frame, timestamp }).length,
    write: (target, at, frame, timestamp) => at + target.write(word({ ...frame, timestamp }), at, 'latin1'),
  };
  const form = { ...whole, packing: { ...whole.packing, beginning } };
  const batch = new FormBatch(new PackedFlush(flush, new Slab()), form);
  expect(textOf(batch, batch.whole) + textOf(batch, batch.preface(1))).toBe(
    '[A1@10 P1@12 K2@50 A2@40 ][VH1@50 AH1@50 ]',
  );
  expect(textOf(batch, batch.opening) + textOf(batch, batch.fromStart)).toBe(
    '[m1@50 vh1@50 ah1@50 ][k2@50 A2@40 ]',
  );
});

test('of a rare packing only little is packed for all of its players at once', () => {
  const rare = textForm(() => true, true, true);
  expect(`${new FormBatch(new PackedFlush(flush, new Slab()), rare).shared}`).toBe(
    '[A1@10 P1@12 K2@50 A2@40 ]',
  );
  const many = { ...flush, frames: Array.from({ length: 20_000 }, () => frames('P1@12')[0] as Frame) };
  expect(new FormBatch(new PackedFlush(many, new Slab()), rare).shared).toBeUndefined();
});
