import { expect, test } from 'vitest';
import { Comparison } from '../../../bench/faults/comparison.ts';
import type { SeenFrame } from '../../../bench/faults/seen-frame.ts';

/** Frames of a word each: content, and after `@` a timestamp, which is otherwise ten times the number in the content. */
function frames(script: string, atMs: (index: number) => number, life = 1): SeenFrame[] {
  return script.split(' ').map((word, index) => {
    const [content = '', timestamp] = word.split('@');
    return {
      content,
      timestamp: Number(timestamp ?? 10 * Number(content.slice(1))),
      atMs: atMs(index),
      life,
    };
  });
}

/** What is wrong with frames that came 5 ms after the source's. */
function judge(sent: string, ...lives: readonly string[]) {
  const seen = lives.flatMap((script, life) =>
    frames(script, (index) => 1000 * life + 10 * index + 5, life + 1),
  );
  const comparison = new Comparison(
    frames(sent, (index) => 10 * index),
    seen,
  );
  comparison.advance(Number.POSITIVE_INFINITY);
  return comparison;
}

const nothing = { missing: 0, doubled: 0, disordered: 0, shifted: 0, unknown: 0 };

test.each([
  { name: 'nothing', sent: 'K0 P1 A2 P3', seen: 'K0 P1 A2 P3', losses: {} },
  { name: 'what came before both, or after one', sent: 'K0 P1 A2 P3', seen: 'P1 A2', losses: {} },
  { name: 'what came before the source was looked at', sent: 'P1 A2', seen: 'K0 P1 A2', losses: {} },
  { name: 'gaps', sent: 'K0 P1 A2 P3 P4', seen: 'K0 A2 P4', losses: { missing: 2 } },
  { name: 'doubled frames', sent: 'K0 P1 A2 P3', seen: 'K0 P1 P1 A2 P1', losses: { doubled: 2 } },
  { name: 'a frame after a later one', sent: 'K0 P1 A2 P3', seen: 'K0 A2 P1 P3', losses: { disordered: 1 } },
  { name: 'other bytes', sent: 'K0 P1 A2', seen: 'K0 X1 P1 A2', losses: { unknown: 1 } },
  { name: 'times that change once', sent: 'K0 P1 A2 P3', seen: 'K0 P1 A2@25 P3@35', losses: { shifted: 1 } },
  { name: 'times that change back', sent: 'K0 P1 A2 P3', seen: 'K0 P1@15 A2 P3', losses: { shifted: 2 } },
  {
    name: 'silence, each at its time',
    sent: 'S@0 S@10 S@20 S@30',
    seen: 'S@0 S@20 S@20',
    losses: { missing: 1, doubled: 1 },
  },
])('tells $name', ({ sent, seen, losses }) => {
  expect(judge(sent, seen).losses).toEqual({ ...nothing, ...losses });
});

test('a player that comes again misses what it has not got in any of its lives, and gets nothing twice', () => {
  expect(judge('K0 P1 P2 K3 P4 P5', 'K0 P1 P2', 'K0 P1 P2 K3 P4').losses).toEqual(nothing);
  expect(judge('K0 P1 P2 K3 P4 P5', 'K0 P1', 'K3 P4').losses).toEqual({ ...nothing, missing: 1 });
});

test('losses belong to the time when they were seen, delays to each frame that came for the first time', () => {
  const comparison = judge('K0 P1 P2 P3 P4', 'K0 P2 P2 P4');
  expect(comparison.lossesBetween(0, 16)).toEqual({ ...nothing, missing: 1 });
  expect(comparison.lossesBetween(16, 26)).toEqual({ ...nothing, doubled: 1 });
  expect(comparison.delays).toEqual([
    { atMs: 5, delayMs: 5 },
    { atMs: 15, delayMs: -5 },
    { atMs: 35, delayMs: -5 },
  ]);
});

test('a frame that comes earlier than at the source is waited for', () => {
  const source = frames('K0 P1', (index) => 10 * index);
  const seen = frames('K0 P1 P2', (index) => 10 * index);
  const comparison = new Comparison(source, seen);
  comparison.advance(30);
  source.push(...frames('P2', () => 31));
  comparison.advance(40);
  expect(comparison.losses).toEqual(nothing);
  expect(comparison.count).toBe(3);
});
