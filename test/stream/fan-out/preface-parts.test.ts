import { expect, test } from 'vitest';
import type { Preface } from '../../../src/stream/cache/preface-store.ts';
import { PrefaceParts } from '../../../src/stream/fan-out/preface-parts.ts';
import { frames } from '../../support/fake-media.ts';
import { form } from '../../support/fake-studio.ts';

/** As many headers, each of so many bytes. */
function partsOf(count: number, size: number): PrefaceParts {
  const prefaces = Array.from({ length: count }, (_, i) => {
    const [frame] = frames(`VH${i}@0:${size}`);
    return { frame, version: i + 1 } as Preface;
  });
  return new PrefaceParts(form.all.packing, { index: 0, timestamp: 0, prefaces });
}

test('players that miss the same share it, whatever version they have', () => {
  const parts = partsOf(3, 100);
  expect(parts.newerThan(0)).toBe(parts.opening);
  expect(parts.newerThan(3).length).toBe(0);
  expect(parts.newerThan(7)).toBe(parts.newerThan(3));
  expect(parts.newerThan(2).length).toBe(112);
  expect(parts.beyond(form.audio.packing, true)).toBe(parts.opening);
  expect(parts.beyond(form.audio.packing, false).length).toBe(0);
});

test('beyond a few, players that go on share all of it', () => {
  const parts = partsOf(100, 20_000);
  const distinct = new Set(Array.from({ length: 100 }, (_, version) => parts.newerThan(version)));
  const bytes = [...distinct].reduce((sum, { length }) => sum + length, 0);
  expect(distinct.size).toBeLessThan(15);
  expect(bytes).toBeLessThan(parts.opening.length + 256 * 1024);
  expect(parts.newerThan(50)).toBe(parts.opening);
  expect(parts.newerThan(100).length).toBe(0);
});
