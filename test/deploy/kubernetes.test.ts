import type { Deployment } from 'kubernetes-types/apps/v1.js';
import type { PodSpec, Probe, Service } from 'kubernetes-types/core/v1.js';
import type { PodDisruptionBudget } from 'kubernetes-types/policy/v1.js';
import { expect, test } from 'vitest';
import { loadRelayConfig } from '../../src/config/load-config.ts';
import type { RelaySettings } from '../../src/config/relay-settings.ts';
import { typeFaults } from '../support/compiler.ts';
import { type Manifest, manifestTypes, readYaml, yamlFilesIn } from '../support/deployment.ts';
import { readText } from '../support/markdown.ts';

const folder = 'deploy/kubernetes';
const [kustomization] = readYaml(`${folder}/kustomization.yaml`) as [
  { readonly resources: readonly string[]; readonly images: readonly { readonly name: string }[] },
];
const manifests = kustomization.resources.flatMap((file) => readYaml(`${folder}/${file}`)) as Manifest[];

function ofKind<Kind>(kind: string): readonly Kind[] {
  return manifests.filter((manifest) => manifest.kind === kind) as unknown as readonly Kind[];
}

const deployments = ofKind<Deployment>('Deployment').map((deployment) => {
  const spec = deployment.spec?.template.spec;
  const [container] = spec?.containers ?? [];
  if (spec === undefined || container === undefined) throw new Error('a deployment without a container');
  const env = Object.fromEntries((container.env ?? []).map(({ name, value }) => [name, value]));
  const [, ...options] = container.args ?? ['relay'];
  const overrides = { upstream: options.filter((_, index) => options[index - 1] === '--upstream') };
  const settings: RelaySettings = loadRelayConfig({ env, overrides });
  return { name: String(deployment.metadata?.name), deployment, spec, container, settings };
});

test('every manifest has the fields that its kind has, and no other', async () => {
  const typed = manifestTypes(manifests);
  expect(await typeFaults(typed)).toBe('');
  const [first] = typed;
  if (first === undefined) throw new Error('there is no manifest');
  expect(await typeFaults([{ ...first, value: { ...first.value, spek: {} } }])).toContain('spek');
});

test('every file is in the kustomization, and the image that it names', () => {
  const files = yamlFilesIn(folder).filter((path) => !path.endsWith('kustomization.yaml'));
  expect(files.sort()).toEqual(kustomization.resources.map((file) => `${folder}/${file}`).sort());
  for (const { container } of deployments)
    expect(kustomization.images.map(({ name }) => name)).toContain(container.image);
});

test.for(deployments)('$name is asked where it answers', ({ container, settings }) => {
  const [admin] = settings.listen.admin;
  expect(admin?.host).toBe('::');
  expect(container.ports).toContainEqual({ name: 'admin', containerPort: admin?.port });
  const asks = (path: string): object =>
    expect.objectContaining({ httpGet: { path, port: 'admin' } } satisfies Probe);
  expect(container).toMatchObject({
    startupProbe: asks('/healthz'),
    livenessProbe: asks('/healthz'),
    readinessProbe: asks('/readyz'),
  });
});

test.for(deployments)('$name has the time to drain', ({ spec, container, settings }) => {
  const { terminationGracePeriodSeconds = 0 } = spec;
  const { sleep } = (container.lifecycle?.preStop ?? {}) as { sleep?: { seconds: number } };
  const seconds = (sleep?.seconds ?? 0) + settings.drain.timeoutMs / 1000;
  expect(terminationGracePeriodSeconds).toBeGreaterThan(seconds + 5);
});

test.for(deployments)('$name has no privileges and nothing to write to', ({ spec, container }) => {
  expect(spec).toMatchObject({
    automountServiceAccountToken: false,
    securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
  } satisfies Partial<PodSpec>);
  expect(container.securityContext).toEqual({
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  });
  expect(readText('deploy/Dockerfile')).toMatch(/^USER \d+:\d+$/m); // runAsNonRoot cannot judge a name
});

test('services and budgets are for pods that there are, with ports that they have', () => {
  const find = (selector: object | undefined): (typeof deployments)[number] | undefined =>
    deployments.find(({ deployment }) => {
      const { labels } = deployment.spec?.template.metadata ?? {};
      return JSON.stringify(labels) === JSON.stringify(selector);
    });
  const services = ofKind<Service>('Service');
  expect(services).toHaveLength(deployments.length);
  for (const { spec } of services) {
    const target = find(spec?.selector);
    const known = (target?.container.ports ?? []).map(({ name, containerPort }) => [name, containerPort]);
    for (const { port, targetPort } of spec?.ports ?? []) expect(known).toContainEqual([targetPort, port]);
    expect(spec?.ports?.map(({ targetPort }) => targetPort)).not.toContain('admin');
    expect(spec?.externalTrafficPolicy).toBe('Local'); // else all clients have addresses of the cluster
  }
  for (const { deployment } of deployments)
    expect(deployment.spec?.selector.matchLabels).toEqual(deployment.spec?.template.metadata?.labels);
  const budgets = ofKind<PodDisruptionBudget>('PodDisruptionBudget').map(({ spec }) => ({
    of: find(spec?.selector?.matchLabels)?.name,
    maxUnavailable: spec?.maxUnavailable,
  }));
  const several = deployments.filter(({ deployment }) => (deployment.spec?.replicas ?? 1) > 1);
  expect(budgets).toEqual(several.map(({ name }) => ({ of: name, maxUnavailable: 1 })));
});

test('those for players fetch from the one for encoders, by the name of its service', () => {
  const [origin] = deployments.filter(({ settings }) =>
    settings.streams.every(({ source }) => source.type === 'push'),
  );
  const [edge] = deployments.filter(({ settings }) =>
    settings.streams.every(({ source }) => source.type === 'pull'),
  );
  expect(deployments).toEqual([origin, edge]);
  expect(edge?.settings.streams).toMatchObject([{ source: { urls: [`rtmp://${origin?.name}/{key}`] } }]);
  expect(ofKind<Service>('Service').map(({ metadata }) => metadata?.name)).toContain(origin?.name);
});
