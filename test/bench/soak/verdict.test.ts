import { expect, test } from 'vitest';
import { type FigureName, figureNames, type Sample } from '../../../bench/soak/figures.ts';
import { judge } from '../../../bench/soak/verdict.ts';

/** Twelve samples in an hour of a relay of which one figure goes so, and all others stay. */
function samples(figure: FigureName, valueAt: (round: number) => number): Sample[] {
  return Array.from({ length: 13 }, (_, round) => {
    const still = Object.fromEntries(figureNames.map((name) => [name, 1000])) as Record<FigureName, number>;
    return { hours: round / 12, round, guests: round * 100, figures: { ...still, [figure]: valueAt(round) } };
  });
}

const judgementOf = (figure: FigureName, valueAt: (round: number) => number): string | undefined =>
  judge(samples(figure, valueAt)).find((verdict) => verdict.figure === figure)?.judgement;

test('memory that grows by more than matters grows, with noise as well', () => {
  expect(judgementOf('heap', (round) => 20_000 + 50 * round)).toBe('grows'); // 600 KiB, where 400 matter
  expect(judgementOf('heap', (round) => 20_000 + 100 * round + (round % 3) * 80)).toBe('grows');
});

test('memory that grows by less than matters, shrinks or stays holds', () => {
  expect(judgementOf('heap', (round) => 20_000 + 20 * round)).toBe('holds');
  expect(judgementOf('heap', (round) => 20_000 - 100 * round)).toBe('holds');
  expect(judgementOf('resident', () => 150_000)).toBe('holds');
});

test('noise that may hide growth is unclear', () => {
  expect(judgementOf('heap', (round) => 20_000 + ((round * 7) % 13) * 200)).toBe('unclear');
});

test('a session that is left over each hour grows, one that comes and goes does not', () => {
  expect(judgementOf('sessions', (round) => Math.floor(round / 4))).toBe('grows');
  expect(judgementOf('files', (round) => 50 + (round % 2))).toBe('holds');
});

test('too few samples are unclear', () => {
  expect(judge(samples('heap', () => 1).slice(0, 4)).every(({ judgement }) => judgement === 'unclear')).toBe(
    true,
  );
});
