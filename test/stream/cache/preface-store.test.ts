import { describe, expect, test } from 'vitest';
import { FlvMessageType } from '../../../src/family/flv/flv-family.ts';
import { flvFrame } from '../../../src/family/flv/flv-frame.ts';
import { CacheBudget } from '../../../src/stream/cache/cache-budget.ts';
import { prefaceCost } from '../../../src/stream/cache/frame-cost.ts';
import { PrefaceStore } from '../../../src/stream/cache/preface-store.ts';
import type { HeaderFrame } from '../../../src/stream/frame.ts';

function header(type: FlvMessageType, wire: string): HeaderFrame {
  const frame = flvFrame(type, 0, Buffer.from(wire.replaceAll(' ', ''), 'hex'));
  if (frame?.role !== 'header') throw new Error(`no header: ${wire}`);
  return frame;
}

const { audio, video } = FlvMessageType;
const hvc1 = '68766331';
/** Video sequence headers of tracks in one message. */
const tracks = (...ids: string[]) =>
  header(video, `96 10 ${hvc1} ${ids.map((id) => `${id}000001aa`).join('')}`);

test('keeps a header per kind and track, in order of arrival', () => {
  const store = new PrefaceStore(10_000);
  const frames = [
    header(video, '1700000000 01'),
    header(audio, 'af00 1210'),
    header(video, `96 00 ${hvc1} 01 bb`),
    header(video, `94 ${hvc1} 02`),
  ];
  for (const frame of frames) store.set(frame);
  expect(store.list.map(({ frame }) => frame)).toEqual(frames);
  const newer = header(video, `90 ${hvc1} 02`);
  store.set(newer);
  expect(store.list.map(({ frame }) => frame)).toEqual([...frames.slice(1), newer]);
  expect(store.list.map(({ version }) => version)).toEqual([2, 3, 4, 5]);
});

test('keeps a message of several tracks as long as one of them is the latest', () => {
  const store = new PrefaceStore(10_000);
  const both = tracks('00', '01');
  const first = tracks('00');
  const second = tracks('01');
  store.set(both);
  expect(store.list).toHaveLength(1);
  store.set(first);
  expect(store.list.map(({ frame }) => frame)).toEqual([both, first]);
  store.set(second);
  expect(store.list.map(({ frame }) => frame)).toEqual([first, second]);
  expect(store.bytes).toBe(prefaceCost(first) + prefaceCost(second));
});

test('counts a track that a message names twice once', () => {
  const store = new PrefaceStore(10_000);
  const twice = tracks('00', '00');
  store.set(twice);
  expect(store.bytes).toBe(prefaceCost(twice));
  store.set(tracks('00'));
  expect(store.bytes).toBe(prefaceCost(tracks('00')));
});

describe('keeps 128 headers at most', () => {
  const id = (i: number) => (i % 256).toString(16).padStart(2, '0');
  const ids = Array.from({ length: 256 }, (_, i) => id(i));

  test('whatever tracks the headers combine', () => {
    const store = new PrefaceStore(2 ** 24);
    for (let i = 0; i < 5000; i++) store.set(tracks(id(i), id(i * 7 + 1), id(i >> 4)));
    expect(store.list.length).toBeLessThanOrEqual(128);
  });

  test('and goes on to replace those that it has', () => {
    const store = new PrefaceStore(2 ** 24);
    for (const each of ids) store.set(tracks(each));
    expect(store.list).toHaveLength(128);
    const newer = tracks('00');
    store.set(newer);
    expect([store.list.length, store.list.at(-1)?.frame]).toEqual([128, newer]);
  });

  test('none of a message of more', () => {
    const store = new PrefaceStore(2 ** 24);
    store.set(tracks(...ids));
    expect([store.list, store.bytes]).toEqual([[], 0]);
  });
});

test('does not keep what does not fit, nor what it replaces', () => {
  const small = header(video, '1700000000 01');
  const store = new PrefaceStore(prefaceCost(small));
  store.set(small);
  expect(store.list).toHaveLength(1);
  store.set(header(video, '1700000000 0202'));
  expect([store.list, store.bytes]).toEqual([[], 0]);
});

describe('a budget', () => {
  test('counts what is kept, whatever becomes of it', () => {
    const budget = new CacheBudget(10_000);
    const store = new PrefaceStore(10_000, budget);
    for (const frame of [tracks('00', '01'), tracks('00'), tracks('01', '01')]) store.set(frame);
    const kept = prefaceCost(tracks('00')) + prefaceCost(tracks('01', '01'));
    expect([store.bytes, budget.bytes]).toEqual([kept, kept]);
    store.clear();
    store.clear();
    expect(budget.bytes).toBe(0);
  });

  test('that is used up refuses nothing: without its headers a stream is of no use', () => {
    const store = new PrefaceStore(10_000, new CacheBudget(0));
    store.set(tracks('00'));
    expect(store.list).toHaveLength(1);
  });
});
