import { expect, test } from 'vitest';
import { HouseMetrics } from '../../src/metrics/house/house-metrics.ts';
import { flattened } from '../../src/metrics/metric-family.ts';
import { Metrics } from '../../src/metrics/metrics.ts';
import { limitNames, type MetricsSource } from '../../src/metrics/metrics-source.ts';
import { probes } from '../../src/service/admin/probes.ts';
import { houseLabels } from '../../src/service/house/measuring/house-samples.ts';
import { connectOutcomes } from '../../src/service/relay/connect-counts.ts';
import { labelValues } from '../../src/service/relay/measuring/label-values.ts';
import { refusalReasons } from '../../src/session/access.ts';
import { closeCodeOf, statusOf } from '../../src/session/http/http-status.ts';
import { streamSample } from '../support/fake-metrics.ts';
import { quoted, readText, tableRows } from '../support/markdown.ts';

const metricsPage = readText('docs/metrics.md');

/** The values of a label, as docs/metrics.md has them. */
function valuesOf(name: string): (string | undefined)[] {
  const [, values = ''] = tableRows(metricsPage, 'label').find(([label]) => quoted(label) === name) ?? [];
  return [...values.matchAll(/`([\w-]+)`/g)].map(([, value]) => value);
}

/** One of everything, so that every metric has a series. */
const source: MetricsSource = {
  streams: () => [streamSample('live/cam1')],
  liveStreams: () => 1,
  cacheBytes: () => 1,
  cacheEvictions: () => 1,
  sessions: () => ({
    counts: [{ role: 'player', protocol: 'rtmp', count: 1 }],
    bytes: [['rtmp', { received: 1, sent: 1 }]],
    held: { backlog: 1, partial: 1 },
  }),
  leftOutLines: () => [['peer', 1]],
  toldHooks: () => [{ hook: 'hooks.0', counts: { told: 1, failed: 0, lost: 0 }, queueLength: 0 }],
  shares: () => [{ match: '**', per: 'all', limit: 'players', usedRatio: 1 }],
  limits: () => [{ limit: 'sessions', used: 1, most: 1 }],
  blockedAddresses: () => 1,
  bans: () => [['address', 1]],
  lostLines: () => 1,
  certificates: () => [{ listener: 'rtmps', expiresAtSeconds: 1 }],
  snmp: () => [['answered', 1]],
  recordings: () => ({
    ...{ open: 1, droppedFrames: 1, bytes: 1, queueBytes: 1, isStoreUp: true },
    ends: { finished: 1, full: 1, failed: 1, lost: 1 },
  }),
  uploads: () => ({ waiting: 1, done: 1, doneBytes: 1, failed: 1 }),
  store: () => ({ cpuSeconds: 1, residentBytes: 1 }),
  house: () => ({ isUp: true, connects: [['linked', 1]], lost: 0, isConfigGood: true }),
  reloads: () => ({ counts: { success: 1, failure: 1 }, isSuccessful: true, succeededAtSeconds: 1 }),
  upstreams: () => [
    {
      stream: 'live/cam1',
      url: 'rtmp://host/live/cam1',
      isUp: true,
      connects: [{ url: 'rtmp://host/live/cam1', outcome: 'ok', count: 1 }],
    },
  ],
  forwards: () => [
    {
      stream: 'live/cam1',
      url: 'rtmp://host/live/***',
      isUp: true,
      connects: [{ url: 'rtmp://host/live/***', outcome: 'ok', count: 1 }],
      sentBytes: 1,
    },
  ],
  askedHooks: () => [{ hook: 'hooks.0', breaker: 'closed', waiting: 1 }],
};

interface RealMetric {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly labels: readonly string[];
}

async function metricsInSource(): Promise<readonly RealMetric[]> {
  const metrics = new Metrics(source, {
    labels: labelValues,
    limits: { streamLabels: 10 },
    relayName: 'ottawa',
  });
  const { families, ofStreams } = await metrics.snapshot();
  const all = [...families, ...ofStreams.map(flattened)];
  const own = all.filter(({ name }) => !/^(?:process|nodejs)_/.test(name));
  return own.map(({ name, type, help, values }) => ({ name, type, help, labels: labelsOf(values) }));
}

/** The labels of a metric, but for the bounds of a histogram. */
function labelsOf(values: ReadonlyMap<string, number>): string[] {
  const [first = ''] = values.keys();
  return [...first.matchAll(/[{,](\w+)="/g)]
    .map(([, label]) => String(label))
    .filter((label) => label !== 'le');
}

test('every metric has its row in docs/metrics.md, and every row its metric', async () => {
  const documented = tableRows(metricsPage, 'metric').map(([name, type = '', labels = '', meaning = '']) => ({
    name: quoted(name),
    type,
    labels: [...labels.matchAll(/`(\w+)`/g)].map(([, label]) => label),
    help: meaning,
  }));
  const real = await metricsInSource();
  expect(documented.map(({ name }) => name).sort()).toEqual(real.map(({ name }) => name).sort());
  for (const metric of real) {
    const row = documented.find(({ name }) => name === metric.name);
    const start = metric.help.replace(/\.$/, ''); // the docs may say more
    expect(row).toEqual({ ...metric, help: expect.stringMatching(start.replace(/[\W]/g, '\\$&')) });
  }
});

async function metricsOfHouse(): Promise<readonly RealMetric[]> {
  const relay = {
    ...{ id: 'edge1', state: 'ready', isUp: true, isFull: false, players: 1, publishers: 0 },
    ...{ sentBitsPerSecond: 1, receivedBitsPerSecond: 1, usedRatio: 1, isUpToDate: true, reconnects: 1 },
  };
  const ofHouse = { relays: () => [relay], links: () => 1, isStoreThere: () => true, rollbacks: () => 0 };
  const metrics = new HouseMetrics({ ...source, ...ofHouse }, houseLabels, 'house');
  metrics.choices.onChosen('edge1', 0.001);
  const all: RealMetric[] = [];
  for await (const { name, type, help, values } of metrics.families())
    all.push({ name, type, help, labels: labelsOf(values) });
  return all;
}

test('every metric of a house has its row, and every row its metric; the others are those of a relay', async () => {
  const rows = tableRows(metricsPage, 'metric of a house').map(
    ([name, type = '', labels = '', meaning = '']) => ({
      ...{ name: quoted(name), type, meaning },
      labels: [...labels.matchAll(/`(\w+)`/g)].map(([, label]) => label),
    }),
  );
  const ofRelays = new Set((await metricsInSource()).map(({ name }) => name));
  const real = (await metricsOfHouse()).filter(({ name }) => !/^(?:process|nodejs)_/.test(name));
  const own = real.filter(({ name }) => !ofRelays.has(name));
  expect(own.every(({ name }) => name.startsWith('streampump_house_'))).toBe(true);
  expect(rows.map(({ name }) => name).sort()).toEqual(own.map(({ name }) => name).sort());
  for (const { name, type, help, labels } of own) {
    const row = rows.find((one) => one.name === name);
    expect({ type: row?.type, labels: row?.labels }, name).toEqual({ type, labels });
    expect(row?.meaning).toContain(help);
  }
  const [, states = ''] = tableRows(metricsPage, 'label of a house')[1] ?? [];
  expect([...states.matchAll(/`(\w+)`/g)].map(([, state]) => state)).toEqual([...houseLabels.states]);
});

test('what probes ask for has its row in docs/metrics.md, in order', () => {
  const rows = tableRows(metricsPage, 'path').map(([path]) => quoted(path));
  expect(rows).toEqual([...probes.keys()]);
});

test('metrics that other pages name are there', async () => {
  const all = [...(await metricsInSource()), ...(await metricsOfHouse())];
  const names = new Set(all.map(({ name }) => name));
  for (const path of [
    'README.md',
    'docs/metrics.md',
    'docs/operating.md',
    'docs/night-shift.md',
    'docs/security.md',
    'docs/clients.md',
    'docs/benchmarks.md',
  ]) {
    for (const [name] of readText(path).matchAll(/\bstreampump_[a-z_]+[a-z]\b/g))
      expect(names, `${name} in ${path}`).toContain(name.replace(/_bucket$/, ''));
  }
});

test('every reason for which a player leaves is in the docs, and no other', () => {
  const documented = tableRows(metricsPage, 'player left because').map(([reason]) => quoted(reason));
  expect(documented.sort()).toEqual([...labelValues.departures].sort());
});

test('every outcome of a try to connect is in the docs, and no other', () => {
  const documented = tableRows(metricsPage, 'outcome').map(([outcome]) => quoted(outcome));
  expect(documented).toEqual([...connectOutcomes]);
});

test('every limit is in the docs, and no other', () => {
  const [, values = ''] =
    tableRows(metricsPage, 'label').find(([label = '']) => label.includes('limit_used')) ?? [];
  const [own = '', besides = ''] = values.split('besides');
  const names = [own, besides].flatMap((part) => [...part.matchAll(/`(\w+)`/g)].map(([, name]) => name));
  expect(names.filter((name) => name !== 'limits')).toEqual([...limitNames]);
});

test.each([
  { label: 'role', values: labelValues.role },
  { label: 'protocol', values: labelValues.protocol },
  { label: 'about', values: labelValues.about },
])('every $label is in the docs, and no other', ({ label, values }) => {
  expect(valuesOf(label).sort()).toEqual([...values].sort());
});

test('every reason to refuse is in the docs with what it is in HTTP and WebSocket, and no other', () => {
  const documented = tableRows(readText('docs/clients.md'), 'reason').map(([reason, , ...codes]) => [
    quoted(reason),
    ...codes.map(Number),
  ]);
  const real = refusalReasons.map((refused) => {
    const refusal = { refused, description: '' };
    const playStatus = statusOf(refusal, 'play');
    return [refused, playStatus, statusOf(refusal, 'publish'), closeCodeOf(playStatus)];
  });
  expect(documented).toEqual(real);
});
