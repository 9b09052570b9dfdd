/** The files of `deploy/` as values. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { readText, root } from './markdown.ts';

/** The documents of a YAML file of the repository. @throws Error on a mistake in it */
export function readYaml(path: string): unknown[] {
  return parseAllDocuments(readText(path)).map((document) => {
    const [fault] = [...document.errors, ...document.warnings];
    if (fault !== undefined) throw fault;
    return document.toJS() as unknown;
  });
}

/** The YAML files of a folder of the repository. */
export function yamlFilesIn(folder: string): string[] {
  const names = readdirSync(join(root, folder)).filter((name) => /\.ya?ml$/.test(name));
  return names.map((name) => join(folder, name));
}

/** What Kubernetes is told to run. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
}

/** Each manifest with the type of its kind, for the compiler. */
export function manifestTypes(
  manifests: readonly Manifest[],
): readonly { readonly type: string; readonly value: Manifest }[] {
  const groups: Readonly<Record<string, string>> = { v1: 'core/v1' };
  return manifests.map((value) => {
    const { apiVersion, kind } = value;
    return { type: `import('kubernetes-types/${groups[apiVersion] ?? apiVersion}.js').${kind}`, value };
  });
}

/** A panel of a Grafana dashboard, as far as it concerns us. */
export interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly expr: string }[];
}

/** The dashboard that is provisioned. */
export interface Dashboard {
  readonly uid: string;
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly query: string }[] };
}

/** Reads the dashboard. */
export function readDashboard(): Dashboard {
  return JSON.parse(readText('deploy/grafana/dashboards/streampump.json')) as Dashboard;
}

/** An alert of Prometheus. */
export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Where everything for Prometheus is. */
export const prometheusFolder = 'deploy/prometheus';

/** Every alert. */
export function readAlerts(): AlertRule[] {
  const [alerts] = readYaml(`${prometheusFolder}/alerts.yml`) as [
    { readonly groups: readonly { readonly rules: readonly AlertRule[] }[] },
  ];
  return alerts.groups.flatMap(({ rules }) => rules);
}

/** Every PromQL expression of the dashboard's panels. */
export function dashboardExpressions(): string[] {
  return readDashboard().panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
}
