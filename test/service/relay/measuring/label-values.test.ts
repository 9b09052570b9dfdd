import { hostname } from 'node:os';
import { describe, expect, test } from 'vitest';
import { banKinds } from '../../../../src/service/access/bans/ban-ledger.ts';
import { snmpOutcomes } from '../../../../src/service/admin/snmp/snmp-counts.ts';
import { connectOutcomes } from '../../../../src/service/relay/connect-counts.ts';
import { labelValues } from '../../../../src/service/relay/measuring/label-values.ts';
import { freePort } from '../../../support/free-port.ts';
import { quoted, readText, tableRows } from '../../../support/markdown.ts';
import { TestCluster } from '../../../support/start-cluster.ts';
import { startRelay } from '../../../support/start-relay.ts';

/** What a label may be, where that is known beforehand. */
const closed: Readonly<Record<string, readonly string[]>> = {
  ...labelValues,
  outcome: connectOutcomes,
  kind: banKinds,
  direction: labelValues.callDirections,
  name: [hostname()],
  version: [JSON.parse(readText('package.json')).version],
  node: [process.version],
};
/** The same where it is another for one metric. */
const special: Readonly<Record<string, readonly string[]>> = {
  streampump_snmp_requests_total: snmpOutcomes,
  streampump_config_reloads_total: ['success', 'failure'],
  streampump_calls_total: labelValues.callOutcomes,
  streampump_rejected_total: labelValues.refusals,
  streampump_disconnected_players_total: labelValues.departures,
  streampump_resumed_plays_total: ['resumed', 'late-join'],
};

/** Every metric of the documentation, with its labels. */
const documented = tableRows(readText('docs/metrics.md'), 'metric').map(([name, , labels = '']) => ({
  name: quoted(name) ?? '',
  labels: [...labels.matchAll(/`(\w+)`/g)].map(([, label = '']) => label),
}));

/** All combinations of values, as labels are written. */
function seriesWith(labels: readonly (readonly [label: string, values: readonly string[]])[]): string[] {
  return labels.reduce<string[]>(
    (series, [label, values]) =>
      series.flatMap((start) =>
        values.map((value) => `${start === '' ? '' : `${start},`}${label}="${value}"`),
      ),
    [''],
  );
}

/** The labels of each series of a metric, and its value. */
function samplesOf(page: string, name: string): Map<string, number> {
  const lines = page.matchAll(/^(\w+)(?:\{(.*)\})? (\S+)$/gm);
  const own = [...lines].filter(([, metric]) => metric === name);
  return new Map(own.map(([, , labels = '', value]) => [labels, Number(value)]));
}

const pull = (url: string) => ({
  match: 'tv/1',
  source: { type: 'pull', urls: [url, `${url}/b`], start: 'always' },
});

describe.each([
  { what: 'one thread', start: startRelay },
  { what: 'two workers', start: TestCluster.start },
])('a fresh relay of $what', ({ start }) => {
  test('shows every series whose labels are known, at 0', async () => {
    await using relay = await start();
    const page = await (await fetch(relay.adminUrl('/metrics'))).text();
    const ofSettings = ['stream', 'hook', 'match', 'limit'];
    const known = documented.filter(
      ({ name, labels }) =>
        !labels.some((label) => ofSettings.includes(label)) && !/^streampump_(?:house|recording)_/.test(name), // it has none
    );
    expect(known.length).toBeGreaterThan(10);
    for (const { name, labels } of known) {
      if (/_seconds$/.test(name)) continue; // histograms, which have no labels
      const values = labels.map((label) => {
        const own = label === 'direction' ? undefined : special[name];
        return [label, own ?? closed[label] ?? ['unknown']] as const;
      });
      const samples = samplesOf(page, name);
      expect([...samples.keys()].sort(), name).toEqual(seriesWith(values).sort());
      const isOne = /_(?:info|successful)$/.test(name);
      if (!/_bytes$/.test(name)) expect(new Set(samples.values()), name).toEqual(new Set([isOne ? 1 : 0]));
    }
  });

  test('shows when it was started', async () => {
    await using relay = await start();
    const page = await (await fetch(relay.adminUrl('/metrics'))).text();
    const [startedAt = 0] = samplesOf(page, 'process_start_time_seconds').values();
    expect(Math.abs(Date.now() / 1000 - process.uptime() - startedAt)).toBeLessThan(2);
  });

  test('shows every outcome of each upstream that is configured', async () => {
    const url = `rtmp://127.0.0.1:${await freePort()}/tv/1`;
    await using relay = await start({ streams: [pull(url)] });
    const page = await (await fetch(relay.adminUrl('/metrics'))).text();
    const labels = [
      ['stream', ['tv/1']],
      ['upstream', [url, `${url}/b`]],
      ['outcome', connectOutcomes],
    ] as const;
    const samples = samplesOf(page, 'streampump_upstream_connects_total');
    expect([...samples.keys()].sort()).toEqual(seriesWith(labels).sort());
    expect([...samplesOf(page, 'streampump_upstream_up')]).toEqual([
      [expect.stringContaining('stream="tv/1"'), 0],
    ]);
  });
});
