import { expect, test } from 'vitest';
import { typeFaults } from '../support/compiler.ts';
import { dashboardExpressions, type Panel, readAlerts, readDashboard } from '../support/deployment.ts';
import { quoted, readText, tableRows } from '../support/markdown.ts';
import { startRelay } from '../support/start-relay.ts';

const { panels, templating } = readDashboard();
const expressions = dashboardExpressions();
const texts = [
  ...expressions,
  ...readAlerts().map(({ expr }) => expr),
  ...templating.list.map(({ query }) => query),
];

/** Names of metrics in an expression. */
function metricsIn(text: string): string[] {
  return text.match(/\b(?:streampump|process|nodejs)_\w+/g) ?? [];
}

test('every metric of ours that the dashboard or an alert names is in docs/metrics.md, with the labels that it uses', () => {
  const page = readText('docs/metrics.md');
  const documented = new Map(
    [...tableRows(page, 'metric'), ...tableRows(page, 'metric of a house')].map(([name, , labels = '']) => [
      quoted(name),
      [...labels.matchAll(/`(\w+)`/g)].map(([, label]) => label),
    ]),
  );
  const used = texts.flatMap((text) =>
    [...text.matchAll(/\b(streampump_\w+?)(?:_bucket)?(?:\{([^}]*)\}|(?!\w))/g)].map(
      ([, name, selector = '']) => ({
        name,
        labels: [...selector.matchAll(/(\w+)=/g)].map(([, label]) => label),
      }),
    ),
  );
  expect(new Set(used.map(({ name }) => name)).size).toBeGreaterThan(10);
  for (const { name, labels } of used) {
    const known = documented.get(name);
    expect(known, name).toBeDefined();
    expect([...(known ?? []), 'instance'], name).toEqual(expect.arrayContaining(labels));
  }
});

test('every metric of the process that the dashboard or an alert names is there', async () => {
  await using relay = await startRelay();
  const shown = await (await fetch(relay.adminUrl('/metrics'))).text();
  const ofProcess = texts.flatMap(metricsIn).filter((name) => !name.startsWith('streampump_'));
  expect(ofProcess.length).toBeGreaterThan(2);
  for (const name of ofProcess) expect(shown).toContain(`# TYPE ${name} `);
});

test('the dashboard is what Grafana takes for one', async () => {
  const type = "import('@grafana/schema').Dashboard";
  expect(await typeFaults([{ type, value: readDashboard() }])).toBe('');
});

test('every panel has an id of its own, and no two lie on one another', () => {
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  const overlap = ({ gridPos: a }: Panel, { gridPos: b }: Panel): boolean =>
    a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
  for (const panel of panels) {
    expect(panel.gridPos.x + panel.gridPos.w).toBeLessThanOrEqual(24);
    const others = panels.filter((other) => other !== panel && overlap(panel, other));
    expect(
      others.map(({ title }) => title),
      panel.title,
    ).toEqual([]);
  }
});

test('variables that the panels use are there', () => {
  const known = [...templating.list.map(({ name }) => name), '__rate_interval'];
  const used = expressions.flatMap((text) => [...text.matchAll(/\$(\w+)/g)].map(([, name]) => name));
  expect(known).toEqual(expect.arrayContaining([...new Set(used)]));
});
