import { expect, test } from 'vitest';
import { readOptions } from '../../../bench/compare/options.ts';

const known = ['streams', 'idle', 'stalled'];

test('without options everything is measured in three rounds', () => {
  expect(readOptions([], known)).toEqual({
    rows: [],
    servers: [],
    rounds: 3,
    scale: 1,
    seconds: undefined,
    baseline: undefined,
    out: undefined,
    isList: false,
    isReport: false,
    isDocs: false,
  });
});

test('rows and servers are lists', () => {
  const options = readOptions(['--rows', 'idle, streams', '--servers', 'srs,nginx', '--rounds', '5'], known);
  expect(options).toMatchObject({ rows: ['idle', 'streams'], servers: ['srs', 'nginx'], rounds: 5 });
});

test.each([
  { args: ['--rows', 'idle,players'], fault: 'no row players; there are streams, idle, stalled' },
  { args: ['--rounds', '0'], fault: '--rounds takes a whole number from 1 to 99' },
  { args: ['--rounds', '2.5'], fault: '--rounds takes a whole number from 1 to 99' },
  { args: ['--seconds', 'ten'], fault: '--seconds takes a whole number from 1 to 600' },
  { args: ['--round', '3'], fault: "Unknown option '--round'" },
])('$args is refused with a sentence', ({ args, fault }) => {
  expect(() => readOptions(args, known)).toThrow(fault);
});
