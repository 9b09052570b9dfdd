import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { dashboardExpressions, prometheusFolder, readAlerts, readYaml } from '../support/deployment.ts';
import { media } from '../support/fake-media.ts';
import { startFleet } from '../support/fleet/start-fleet.ts';
import { freePort } from '../support/free-port.ts';
import { root } from '../support/markdown.ts';
import { temporaryFolder } from '../support/packages.ts';
import { runTool } from '../support/run-tool.ts';
import { TestCluster } from '../support/start-cluster.ts';
import { startRelay } from '../support/start-relay.ts';

/** When an alert is looked for, and which are expected. */
interface AlertCase {
  readonly alertname: string;
  readonly exp_alerts: readonly object[];
}

test.each([
  {
    what: 'its configuration',
    args: ['check', 'config', 'prometheus.yml'],
    says: /is valid prometheus config file syntax/,
  },
  { what: 'the alerts', args: ['check', 'rules', 'alerts.yml'], says: /SUCCESS: [1-9]\d* rules found/ },
  { what: 'when alerts come', args: ['test', 'rules', 'alerts.test.yml'], says: /^ *SUCCESS$/m },
])('Prometheus finds no fault in $what', async ({ args, says }) => {
  await using promtool = runTool('promtool', args, { cwd: join(root, prometheusFolder) });
  expect((await promtool.exited).code).toBe(0);
  expect(promtool.stdoutBuffer.toString() + promtool.stderr).toMatch(says);
});

test('every alert has a test of when it comes, and of when it does not', () => {
  const [{ tests }] = readYaml(`${prometheusFolder}/alerts.test.yml`) as [
    { readonly tests: readonly { readonly alert_rule_test: readonly AlertCase[] }[] },
  ];
  const cases = tests.flatMap(({ alert_rule_test: rules }) => rules);
  for (const { alert } of readAlerts()) {
    const outcomes = cases
      .filter(({ alertname }) => alertname === alert)
      .map(({ exp_alerts: { length } }) => length > 0);
    expect(new Set(outcomes), alert).toEqual(new Set([false, true]));
  }
});

test('Prometheus understands every expression of the dashboard', async () => {
  const rules = dashboardExpressions().map((expression, index) => ({
    record: `panel:${index}`,
    expr: expression.replaceAll('$__rate_interval', '1m'),
  }));
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'rules.yml');
  await writeFile(file, JSON.stringify({ groups: [{ name: 'dashboard', rules }] })); // YAML, too
  await using promtool = runTool('promtool', ['check', 'rules', file]);
  expect(await promtool.output).toContain(`SUCCESS: ${rules.length} rules found`);
});

/** Holds metrics to what Prometheus expects of names, help texts and suffixes. @param faults - that are meant */
async function expectClean(url: string, faults: readonly string[] = []): Promise<string> {
  const page = await (await fetch(url)).text();
  await using promtool = runTool('promtool', ['check', 'metrics'], { input: page });
  const { code } = await promtool.exited;
  const said = promtool.stderr + promtool.stdoutBuffer.toString();
  expect([code, said.split('\n').filter(Boolean)]).toEqual([faults.length === 0 ? 0 : 3, faults]);
  return page;
}

test('Prometheus finds no fault in the metrics of a relay that does nothing', async () => {
  await using relay = await startRelay();
  await expectClean(relay.adminUrl('/metrics'));
});

test('Prometheus finds one fault in the metrics of a house with a fleet: bits, as limits of relays are in bits', async () => {
  await using fleet = await startFleet([
    { id: 'ottawa', roster: { limits: { players: 10, sentBitsPerSecond: 1_000_000_000 } } },
  ]);
  await fleet.house.log.waitFor('relay-up', { id: 'ottawa' });
  expect((await fetch(fleet.house.url('/live/a.flv'), { redirect: 'manual' })).status).toBe(302);
  const page = await expectClean(fleet.house.adminUrl('/metrics'), [
    'streampump_house_relay_sent_bits_per_second use base unit "bytes" instead of "bits"',
  ]);
  expect(page).toMatch(/^streampump_house_relay_used_ratio\{relay="ottawa"\} 0/m);
  expect(page).toMatch(/^streampump_house_redirects_total\{relay="ottawa"\} 1$/m);
});

test('Prometheus finds no fault in the metrics of a busy relay with workers, upstreams and forwards', async () => {
  await using other = await startRelay();
  await using relay = await TestCluster.start({
    streams: [
      {
        match: 'tv/1',
        source: { type: 'pull', urls: [`rtmp://127.0.0.1:${await freePort()}/tv/1`], start: 'always' },
      },
      { match: '**', source: { type: 'push' }, forward: [other.rtmpUrl('copy/{name}')] },
    ],
  });
  await using publisher = await relay.publish(0, 'live/a');
  await using near = await relay.play(0, 'live/a');
  await using far = await relay.play(1, 'live/a');
  publisher.sendMedia(...media('M1@0 VH1@0 AH1@0 K1@0 A2@10 P3@40'));
  await Promise.all([near, far].map((player) => player.mediaOf(3)));
  await other.published('copy/a');
  const isUp = /^streampump_forward_up\{.*\} 1$/m; // a moment after the other relay says that it is published
  await expect.poll(async () => (await fetch(relay.adminUrl('/metrics'))).text()).toMatch(isUp);
  const page = await expectClean(relay.adminUrl('/metrics'));
  expect(page).toMatch(/^streampump_stream_players\{stream="live\/a",protocol="rtmp"\} [23]$/m);
  expect(page).toMatch(/^streampump_upstream_connects_total\{.*outcome="refused"\} [1-9]/m);
});
