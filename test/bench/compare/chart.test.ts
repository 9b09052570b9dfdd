import { expect, test } from 'vitest';
import { drawChart, panelsOf } from '../../../bench/compare/chart.ts';
import { load } from '../../../bench/compare/load.ts';
import type { RowRecord } from '../../../bench/compare/record.ts';

function record(players: number, core: number): RowRecord {
  const times = { p50: players / 50, p99: players / 20 };
  const sample = {
    core,
    latencyMs: times,
    firstFrameMs: times,
    residentMiB: 100,
    mostResidentMiB: 100,
    megabitsPerSecond: 1,
    generatorCore: 0.1,
    handshakeMs: null,
  };
  return {
    row: `players-${players}`,
    title: '',
    unit: 'player',
    date: '',
    commit: '',
    machine: '',
    versions: {},
    rounds: 1,
    cases: [{ server: 'a < b', load: load({ players }), samples: [sample] }],
  };
}

test('a line goes from the fewest players to the most, at medians', () => {
  const panels = panelsOf([record(1000, 0.25), record(100, 0.1), { ...record(7, 1), row: 'tls-7' }]);
  expect(panels.map(({ title }) => title)).toEqual([
    'CPU, µs for a player and second',
    'latency p50, ms',
    'latency p99, ms',
  ]);
  const [cpu] = panels;
  expect(cpu?.lines).toEqual([
    {
      server: 'a < b',
      points: [
        { players: 100, value: { median: 1000, least: 1000, most: 1000 } },
        { players: 1000, value: { median: 250, least: 250, most: 250 } },
      ],
    },
  ]);
});

test('a chart is whole XML of finite numbers, with a line for each server in each panel, and knows dark ground', () => {
  const svg = drawChart(panelsOf([record(20, 0.02), record(1500, 0.3), record(4900, 0.4)]));
  const tags = [...svg.matchAll(/<(\/?)(\w+)[^<>]*?(\/?)>/g)];
  const open: string[] = [];
  for (const [, closes, name = '', isEmpty] of tags) {
    if (closes) expect(open.pop()).toBe(name);
    else if (!isEmpty) open.push(name);
  }
  expect(open).toEqual([]);
  expect(svg).toContain('prefers-color-scheme:dark');
  expect(svg).not.toMatch(/NaN|Infinity|undefined/);
  expect(svg.match(/<path d="M[\d.]+ [\d.]+L[\d.]+ [\d.]+L[\d.]+ [\d.]+" fill="none"/g)).toHaveLength(3);
  expect(svg).toContain('a &#60; b</text>');
});

test('without anything measured a chart is empty and still one', () => {
  expect(drawChart(panelsOf([]))).toMatch(/^<svg .*<\/svg>\n$/s);
});
