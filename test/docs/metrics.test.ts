import { expect, test } from 'vitest';
import { Metrics, type MetricsSource } from '../../src/metrics.ts';
import { adminResources } from '../../src/service/admin/admin-resources.ts';
import type { RefusalReason } from '../../src/session/access.ts';
import { closeCodeOf, statusOf } from '../../src/session/http/http-status.ts';
import { quoted, readText, tableRows } from '../support/markdown.ts';

const metricsPage = readText('docs/metrics.md');

/** The members of a union of strings, as written. */
function unionIn(path: string, name: string): string[] {
  const [, union = ''] = readText(path).match(new RegExp(`type ${name} =([^;]+);`)) ?? [];
  return [...union.matchAll(/'([^']+)'/g)].map(([, member = '']) => member);
}

/** One of everything, so that every metric has a series. */
const source: MetricsSource = {
  streams: () => [
    {
      key: 'live/cam1',
      players: new Map([['rtmp', 1]]),
      isCopy: false,
      receivedBytes: 1,
      sentBytes: 1,
      droppedFrames: 1,
      laggingPlayers: 1,
      cacheBytes: 1,
      keyframeAgeSeconds: 1,
    },
  ],
  cacheEvictions: () => 1,
  sessions: () => [{ role: 'player', protocol: 'rtmp', count: 1 }],
  leftOutLines: () => [['peer', 1]],
  upstreams: () => [
    {
      stream: 'live/cam1',
      upstream: 'rtmp://host/live/cam1',
      isUp: true,
      connects: [{ url: 'rtmp://host/live/cam1', outcome: 'ok', count: 1 }],
    },
  ],
  held: () => ({ cache: 1, backlog: 1, partial: 1 }),
  bytes: () => [['rtmp', { received: 1, sent: 1 }]],
};

interface RealMetric {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly labels: readonly string[];
}

async function metricsInSource(): Promise<readonly RealMetric[]> {
  const metrics = new Metrics(source, 10, false);
  metrics.onRejected('access');
  metrics.onPlayerLeft('closed');
  return (await metrics.snapshot()).map(({ name, type, help, values }) => ({
    name,
    type: String(type),
    help,
    labels: Object.keys(values[0]?.labels ?? {}).filter((label) => label !== 'le'),
  }));
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

test('every admin resource has its row in docs/metrics.md, in order', () => {
  const rows = tableRows(metricsPage, 'path').map(([path]) => quoted(path));
  expect(rows).toEqual([...adminResources.keys()]);
});

test('metrics that other pages name are there', async () => {
  const names = new Set((await metricsInSource()).map(({ name }) => name));
  for (const path of [
    'README.md',
    'docs/metrics.md',
    'docs/operating.md',
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
  // what a worker takes with it is counted by the main thread
  expect(documented.sort()).toEqual([...unionIn('src/session/session.ts', 'PlayerLeft'), 'worker'].sort());
});

test('every role is in the docs', () => {
  const [, roles = ''] = tableRows(metricsPage, 'label').find(([label]) => quoted(label) === 'role') ?? [];
  const documented = [...roles.matchAll(/`([\w-]+)`/g)].map(([, role]) => role);
  expect(documented.sort()).toEqual(unionIn('src/session/session.ts', 'SessionRole').sort());
});

test('every reason to refuse is in the docs with what it is in HTTP and WebSocket, and no other', () => {
  const documented = tableRows(readText('docs/clients.md'), 'reason').map(([reason, , ...codes]) => [
    quoted(reason),
    ...codes.map(Number),
  ]);
  const reasons = unionIn('src/session/access.ts', 'RefusalReason') as RefusalReason[];
  const real = reasons.map((refused) => {
    const refusal = { refused, description: '' };
    const playStatus = statusOf(refusal, 'play');
    return [refused, playStatus, statusOf(refusal, 'publish'), closeCodeOf(playStatus)];
  });
  expect(documented).toEqual(real);
});
