import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { dashboardExpressions } from '../support/deployment.ts';
import { root } from '../support/markdown.ts';
import { temporaryFolder } from '../support/packages.ts';
import { runTool } from '../support/run-tool.ts';

test('Prometheus finds no fault in its configuration', async () => {
  await using promtool = runTool('promtool', ['check', 'config', join(root, 'deploy', 'prometheus.yml')]);
  expect(await promtool.output).toContain('is valid prometheus config file syntax');
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
