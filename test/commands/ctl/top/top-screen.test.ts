import { expect, test } from 'vitest';
import { lineWidth, plainText } from '../../../../src/commands/ctl/terminal/line.ts';
import { layoutOf, topScreen } from '../../../../src/commands/ctl/top/top-screen.ts';
import {
  firstState,
  type Prompt,
  type ScreenSize,
  settled,
  type TopState,
} from '../../../../src/commands/ctl/top/top-state.ts';
import { relayAnswer, sessionAnswer, streamAnswer } from '../../../support/ctl-answers.ts';

const nowMs = Date.parse('2026-03-01T12:00:00Z');
const load = [
  { name: 'sessions', now: 204, limit: 65_280 },
  { name: 'players', now: 192, limit: null },
  { name: 'sentBitsPerSecond', now: 620e6, limit: 1e9 },
  { name: 'receivedBitsPerSecond', now: 37e6, limit: null },
  { name: 'pendingSessions', now: 3, limit: 2000 },
  { name: 'cacheBytes', now: 2 ** 24, limit: 2 ** 30 },
  { name: 'residentBytes', now: 2 ** 28, limit: null },
  { name: 'openFiles', now: 65_000, limit: 65_536 },
];
const streams = Array.from({ length: 50 }, (_, index) =>
  streamAnswer(`live/cam${index}`, { players: 50 - index }),
);
const first = settled({
  ...firstState({ ...relayAnswer, load }, { items: streams, isCut: false }),
  warnings: [{ at: '2026-03-01T11:59:00Z', text: 'a hook does not answer', isError: true }],
});
const sessions = Array.from({ length: 30 }, (_, index) => sessionAnswer(`c${index}`));
const ofStream = settled({
  ...first,
  view: { at: 'sessions', stream: 'live/cam1' },
  sessions: { items: sessions, isCut: true },
});

function screen(state: TopState, columns: number, rows: number): string[] {
  return plainText(topScreen(state, { columns, rows }, nowMs));
}

test('on 80 by 24 there are totals against limits, streams, the latest warnings and keys', () => {
  const shown = screen(first, 80, 24);
  expect(shown[0]).toMatch(
    /^ottawa {2}ready {2}up 1h 00m {2}1 worker {2}streampump 0\.1\.0 +\d\d:\d\d:\d\d$/,
  );
  expect(shown.slice(1, 5)).toEqual([
    'sessions            204 / 65,280         players             192',
    'sent         620 Mbit/s / 1 Gbit/s       received    37.0 Mbit/s',
    'pending               3 / 2,000          cache          16.0 MiB / 1 GiB',
    'resident        256 MiB                  open files       65,000 / 65,536',
  ]);
  expect(shown[5]).toBe('Streams 50, by players');
  expect(shown[6]).toMatch(/^STREAM +STATE +PLAYERS↓ +LAGGING +IN +OUT +KEYFRAMES$/);
  expect(shown[7]).toMatch(/^live\/cam0 +live +50 +0 +3\.00 Mbit\/s +3\.00 Mbit\/s +2\.00 s$/);
  expect(shown[19]).toBe('Latest warnings');
  expect(shown[20]).toMatch(/^\d\d:\d\d:\d\d a hook does not answer$/);
  expect(shown[23]).toBe('↑↓ select  Enter sessions  s sort  / filter  k kick  ? help  q quit');
});

test('on 40 by 15 the most important is left, a figure near its limit first', () => {
  const shown = screen(first, 40, 15);
  expect(shown[1]).toBe('open files       65,000 / 65,536');
  expect(shown.find((line) => line.startsWith('STREAM'))).toMatch(/^STREAM +PLAYERS↓ +OUT$/);
  expect(shown.at(-1)).toMatch(/k kick {2}\? help {2}q quit$/);
});

test('bars show how full things are where there is room', () => {
  const [bar = ''] = screen(first, 200, 60).filter((line) => line.startsWith('sessions'));
  expect(bar).toMatch(/204 \/ 65,280 +─{20} /);
  expect(screen(first, 200, 60).join('\n')).toMatch(/65,000 \/ 65,536 +━{20}/);
});

const prompts: readonly Prompt[] = [
  { at: 'none' },
  { at: 'help' },
  { at: 'filter' },
  {
    at: 'kick',
    target: { by: 'stream', value: 'a', name: `all of ${'live/'.repeat(40)}\x1b[2J (3 players)` },
  },
];

test('no line is wider than the screen and there are as many as it has, whatever its size and whatever is asked', () => {
  const away: TopState = {
    ...first,
    link: { at: 'away', sinceMs: nowMs - 5000, problem: 'no relay found: '.repeat(9) },
  };
  const wide = settled({
    ...first,
    streams: {
      items: [streamAnswer('日本語チャンネル'.repeat(9)), streamAnswer('\x1b[31m\u202e')],
      isCut: false,
    },
  });
  const sizes: readonly ScreenSize[] = [1, 5, 12, 20, 40, 79, 80, 81, 100, 200, 300].flatMap((columns) =>
    [1, 2, 6, 10, 15, 24, 30, 60].map((rows) => ({ rows, columns })),
  );
  for (const size of sizes)
    for (const state of [first, ofStream, away, wide])
      for (const prompt of prompts) {
        const lines = topScreen({ ...state, prompt }, size, nowMs);
        expect(lines).toHaveLength(size.rows);
        expect(Math.max(...lines.map(lineWidth)), JSON.stringify(size)).toBeLessThanOrEqual(size.columns);
        expect(plainText(lines).join('')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
      }
});

test('the selected row is on the screen, in its own tone, wherever it is in the list', () => {
  for (const index of [0, 7, 25, 49]) {
    const state = settled({ ...first, selected: { id: `live/cam${index}`, index } });
    const rows = topScreen(state, { columns: 80, rows: 24 }, nowMs);
    const marked = rows.filter((line) => line.some(({ tone }) => tone === 'selected'));
    expect(plainText(marked)).toEqual([expect.stringMatching(new RegExp(`^live/cam${index} `))]);
  }
});

test('the sessions of a stream stand below what it does', () => {
  const shown = screen(ofStream, 100, 24);
  expect(shown[5]).toBe('live/cam1  live, in 3.00 Mbit/s, keyframes 2.00 s  Sessions the first 30, by out');
  expect(shown[6]).toMatch(/^ID +ROLE +ADDRESS +PROTOCOL +IDENTITY +OUT↓ +BACKLOG +DROPPED +FOR$/);
  expect(screen({ ...ofStream, sessions: undefined }, 100, 24)[7]).toBe('asking...');
});

test('a relay that is away is told with the reason, and what it said last stays', () => {
  const shown = screen(
    {
      ...first,
      link: { at: 'away', sinceMs: nowMs - 12_000, problem: 'no relay found: there is no socket' },
    },
    80,
    24,
  );
  expect(shown[0]).toContain('ottawa  away for 12s');
  expect(shown[7]).toMatch(/^live\/cam0 /);
  expect(shown.at(-1)).toBe('no relay found: there is no socket');
});

test('the bottom line asks, tells what was done for a while, and lists the keys again', () => {
  const asked = screen({ ...first, prompt: prompts[3] ?? { at: 'none' } }, 80, 24).at(-1);
  expect(asked).toMatch(/^Kick all of live\/live\/.*…\? {2}y yes {2}b and ban for 1 h {2}n no$/);
  const told: TopState = {
    ...first,
    notice: { text: '3 sessions have ended', isBad: false, untilMs: nowMs + 1 },
  };
  expect(screen(told, 80, 24).at(-1)).toBe('3 sessions have ended');
  expect(plainText(topScreen(told, { columns: 80, rows: 24 }, nowMs + 2)).at(-1)).toMatch(/q quit$/);
  expect(screen({ ...first, prompt: { at: 'filter' }, filter: 'cam1' }, 80, 24).at(-1)).toMatch(
    /^Filter: cam1_ /,
  );
  expect(screen(settled({ ...first, filter: 'nobody' }), 80, 24).slice(5, 8)).toEqual([
    'Streams 50, 0 with "nobody", by players',
    expect.stringMatching(/^STREAM /),
    'nothing matches',
  ]);
});

test('as many rows are left for the list as the rest does not take', () => {
  expect(layoutOf(first, { columns: 80, rows: 24 })).toEqual({
    loadRows: 4,
    warningRows: 3,
    blankRows: 0,
    listRows: 12,
  });
  expect(layoutOf(first, { columns: 80, rows: 5 }).listRows).toBe(1);
});
