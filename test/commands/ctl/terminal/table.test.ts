import { expect, test } from 'vitest';
import { lineWidth, plainText } from '../../../../src/commands/ctl/terminal/line.ts';
import { type Column, tableLines } from '../../../../src/commands/ctl/terminal/table.ts';

interface Row {
  readonly key: string;
  readonly players: number;
  readonly source: string;
}

const rows: readonly Row[] = [
  { key: 'live/cam1', players: 12_000, source: 'rtmp://origin.example.org/live/cam1' },
  { key: 'a/rather/long/key', players: 3, source: '-' },
];

const columns: readonly Column<Row>[] = [
  { title: 'STREAM', cell: ({ key }) => key, least: 8 },
  { title: 'PLAYERS', cell: ({ players }) => String(players), align: 'right' },
  { title: 'SOURCE', cell: ({ source }) => [source, 'quiet'], least: 10, spare: 1 },
];

const table = (width: number): string[] => plainText(tableLines(columns, rows, width));

test('numbers stand on the right, and nothing is cut where there is no terminal', () => {
  expect(table(Number.POSITIVE_INFINITY)).toEqual([
    'STREAM             PLAYERS  SOURCE',
    'live/cam1            12000  rtmp://origin.example.org/live/cam1',
    'a/rather/long/key        3  -',
  ]);
});

test('where there is too little room the widest are cut, then a column that can be spared is left out', () => {
  expect(table(48)).toEqual([
    'STREAM             PLAYERS  SOURCE',
    'live/cam1            12000  rtmp://origin.examp…',
    'a/rather/long/key        3  -',
  ]);
  expect(table(30)).toEqual([
    'STREAM    PLAYERS  SOURCE',
    'live/ca…    12000  rtmp://ori…',
    'a/rathe…        3  -',
  ]);
  expect(table(28)).toEqual([
    'STREAM             PLAYERS',
    'live/cam1            12000',
    'a/rather/long/key        3',
  ]);
});

test('no line is wider than the terminal as long as the least of what must stay has room', () => {
  for (let width = 17; width < 90; width++)
    for (const line of tableLines(columns, rows, width)) expect(lineWidth(line)).toBeLessThanOrEqual(width);
});

test('what peers say is escaped and stands in its column all the same', () => {
  const hostile = [{ key: '\x1b[2J\u202ekey\n', players: 1, source: '' }];
  expect(plainText(tableLines(columns, hostile, 80))).toEqual([
    'STREAM                  PLAYERS  SOURCE',
    String.raw`\x1b[2J\u{202e}key\x0a        1`,
  ]);
});

test('a table that is drawn again and again keeps its shape, whatever stands in it', () => {
  const fixed: readonly Column<Row>[] = [
    { title: 'STREAM', cell: ({ key }) => key, width: 10, least: 8, grows: true },
    { title: 'PLAYERS', cell: ({ players }) => String(players), align: 'right', width: 8 },
  ];
  const [first, second] = rows.map((row) => plainText(tableLines(fixed, [row], 40)));
  expect(first).toEqual([`STREAM${' '.repeat(27)}PLAYERS`, `live/cam1${' '.repeat(26)}12000`]);
  expect(second?.[0]).toBe(first?.[0]);
});
