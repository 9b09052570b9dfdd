import { existsSync } from 'node:fs';
import { posix } from 'node:path';
import { expect, test } from 'vitest';
import { loadRelayConfig } from '../../src/config/load-config.ts';
import { readDashboard, readYaml } from '../support/deployment.ts';
import { root } from '../support/markdown.ts';
import { runTool } from '../support/run-tool.ts';

interface Service {
  readonly image?: string;
  readonly build?: { readonly context: string; readonly dockerfile: string };
  readonly ports?: readonly string[];
  readonly environment?: Readonly<Record<string, string | null>>;
  readonly volumes?: readonly string[];
  readonly read_only?: boolean;
  readonly stop_grace_period?: string;
}

const [compose] = readYaml('deploy/compose.yaml') as [
  { readonly services: Readonly<Record<string, Service>> },
];
const { relay, grafana } = compose.services;
const settings = loadRelayConfig({ env: {} });

/** The value of a setting that is there. */
function present<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error('it is not there');
  return value;
}

test('a linter that knows the schema of Compose finds no fault', async () => {
  const byTaste = ['--disable-rule=services-alphabetical-order', '--disable-rule=service-keys-order'];
  await using dclint = runTool('dclint', ['deploy/compose.yaml', '--max-warnings=0', ...byTaste], {
    cwd: root,
  });
  expect(await dclint.exited).toEqual({ code: 0, signal: null });
  expect(dclint.stdoutBuffer.toString().trim()).toBe('');
});

test('what the services mount and build is there', () => {
  const inDeploy = (path: string): boolean => existsSync(posix.join(root, 'deploy', path));
  const mounts = Object.values(compose.services).flatMap(({ volumes = [] }) => volumes);
  const files = mounts.map((mount) => mount.split(':')[0] ?? '').filter((path) => path.startsWith('.'));
  expect(files.length).toBeGreaterThan(2);
  expect(files.filter((path) => !inDeploy(path))).toEqual([]);
  const { context, dockerfile } = present(relay?.build);
  expect(inDeploy(posix.join(context, dockerfile))).toBe(true);
});

test('the relay has settings that it takes, and longer to stop than it drains', () => {
  const { environment = {}, stop_grace_period = '' } = present(relay);
  const env = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== null));
  const { listen, drain } = loadRelayConfig({ env: env as Record<string, string> });
  expect(listen.admin).toMatchObject([{ host: '0.0.0.0', names: ['relay'] }]);
  const passedOn = Object.keys(environment).filter((name) => environment[name] === null);
  // a name that is no setting is a fault, whatever its value
  const faults = (name: string): string => {
    try {
      loadRelayConfig({ env: { [name]: 'x' } });
    } catch (error) {
      return String(error);
    }
    return '';
  };
  for (const name of passedOn) expect(faults(name)).not.toContain('unknown setting');
  expect(Number.parseInt(stop_grace_period, 10) * 1000).toBeGreaterThan(drain.timeoutMs);
});

test('the relay is published where it listens, its admin listener and the others are not for everybody', () => {
  const published = present(relay?.ports).map((port) => port.split(':'));
  const ports = [settings.listen.rtmp, settings.listen.http].map(([listener]) => String(listener?.port));
  expect(published).toEqual(ports.map((port) => ['0.0.0.0', port, port]));
  const others = Object.entries(compose.services).filter(([name]) => name !== 'relay');
  for (const [, { ports: own = [] }] of others)
    for (const port of own) expect(port).toMatch(/^127\.0\.0\.1:/);
});

test('Prometheus asks the relay, Grafana asks Prometheus, and shows the dashboard', () => {
  const [prometheus] = readYaml('deploy/prometheus/prometheus.yml') as [
    { scrape_configs: { static_configs: { targets: string[] }[] }[] },
  ];
  const targets = prometheus.scrape_configs.flatMap(({ static_configs }) => static_configs[0]?.targets ?? []);
  expect(targets).toEqual([`relay:${settings.listen.admin[0]?.port}`]);

  const provisioning = 'deploy/grafana/provisioning';
  const [sources] = readYaml(`${provisioning}/datasources/prometheus.yaml`) as [
    { datasources: { type: string; url: string }[] },
  ];
  expect(sources.datasources).toMatchObject([{ type: 'prometheus', url: 'http://prometheus:9090' }]);
  expect(Object.keys(compose.services)).toContain('prometheus');
  const [dashboards] = readYaml(`${provisioning}/dashboards/streampump.yaml`) as [
    { providers: { options: { path: string } }[] },
  ];
  const [{ options }] = dashboards.providers as [{ options: { path: string } }];
  expect(present(grafana?.volumes)).toContain(`./grafana/dashboards:${options.path}:ro`);
  const home = present(grafana?.environment)['GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH'];
  expect(home).toBe(`${options.path}/${readDashboard().uid}.json`);
});
