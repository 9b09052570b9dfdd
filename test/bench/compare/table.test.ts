import { expect, test } from 'vitest';
import { fillMarks } from '../../../bench/compare/docs-page.ts';
import { load } from '../../../bench/compare/load.ts';
import { latestRecords, type RowRecord } from '../../../bench/compare/record.ts';
import { refusedSample, type Sample } from '../../../bench/compare/sample.ts';
import { makeTable } from '../../../bench/compare/table.ts';

function sample(core: number, p99: number): Sample {
  return {
    core,
    latencyMs: { p50: 10, p99 },
    firstFrameMs: { p50: 1, p99: 30 },
    residentMiB: 100,
    mostResidentMiB: 100,
    megabitsPerSecond: 2180,
    generatorCore: 0.1,
    handshakeMs: null,
  };
}

const record: RowRecord = {
  row: 'players-1000',
  title: '1,000 players',
  unit: 'player',
  reference: 'nginx-rtmp',
  date: '2026-11-22T12:00:00.000Z',
  commit: 'abc',
  machine: '2 x Test',
  versions: { 'nginx-rtmp': '1.2.2', streampump: '0.1.0' },
  rounds: 3,
  cases: [
    {
      server: 'nginx-rtmp',
      load: load({ players: 1000 }),
      samples: [sample(0.5, 20), sample(0.6, 21), sample(0.4, 22)],
    },
    {
      server: 'streampump',
      load: load({ players: 1000 }),
      samples: [sample(0.25, 40), sample(0.27, 50), sample(0.26, 60)],
    },
  ],
};

function rowOf(table: string, server: string): string[] {
  const line = table.split('\n').find((text) => text.includes(`| ${server}`)) ?? '';
  return line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());
}

test('a table has medians with their spread, and ratios of each round', () => {
  const table = makeTable([record]);
  expect(table).toContain('2026-11-22; 2 x Test; commit abc; medians of 3 rounds');
  expect(table).toContain('Versions: nginx-rtmp 1.2.2, streampump 0.1.0.');
  expect(rowOf(table, 'nginx-rtmp').slice(0, 4)).toEqual([
    '**1,000 players**; `players-1000`',
    'nginx-rtmp',
    '500 (400-600)',
    '1',
  ]);
  // 0.25 / 0.5, 0.27 / 0.6, 0.26 / 0.4
  expect(rowOf(table, 'streampump').slice(1)).toEqual([
    'streampump',
    '260 (250-270)',
    '0.50 (0.45-0.65)',
    '26.0 (25.0-27.0)',
    '10.0 (10.0-10.0)',
    '50.0 (40.0-60.0)',
    '30.0 (30.0-30.0)',
    '100 (100-100)',
    '10.0 (10.0-10.0)',
  ]);
});

test('a case of which one round does not count has no figures, and says why', () => {
  const [first, second] = record.cases;
  const broken = {
    server: 'streampump',
    load: load({ players: 1000 }),
    samples: [...(second?.samples.slice(1) ?? []), refusedSample('7 messages lost')],
  };
  const table = makeTable([{ ...record, cases: first === undefined ? [] : [first, broken] }]);
  expect(rowOf(table, 'streampump').slice(2)).toEqual([
    'refused in 1 of 3: 7 messages lost',
    ...Array(7).fill(''),
  ]);
});

test('loads of one row are told apart by what differs', () => {
  const cases = (['http-flv', 'https-flv'] as const).map((wire) => ({
    server: 'streampump',
    load: load({ players: 1000, wire }),
    samples: [sample(0.2, 10)],
  }));
  const table = makeTable([{ ...record, reference: 'streampump', cases }]);
  expect(rowOf(table, 'streampump, HTTP-FLV').slice(2, 4)).toEqual(['200 (200-200)', '1']);
  expect(rowOf(table, 'streampump, HTTPS-FLV')[3]).toBe('1.00 (1.00-1.00)');
});

test('of a row that was measured again the latest counts, and rows come in their order', () => {
  const [again, idle] = [
    { ...record, commit: 'def' },
    { ...record, row: 'idle' },
  ];
  const order = [{ name: 'idle' }, { name: 'players-1000' }, { name: 'never' }];
  expect(latestRecords([record, idle, again], order)).toEqual([idle, again]);
});

test('a page keeps what stands around its marks', () => {
  expect(fillMarks('a\n<!-- m -->\nold\n<!-- /m -->\nb\n', 'm', 'new\n')).toBe(
    'a\n<!-- m -->\nnew\n<!-- /m -->\nb\n',
  );
  expect(() => fillMarks('a', 'm', 'new')).toThrow('<!-- m -->');
});
