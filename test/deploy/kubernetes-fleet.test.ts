import type { DaemonSet, Deployment, StatefulSet } from 'kubernetes-types/apps/v1.js';
import type { Container, PodSpec, PodTemplateSpec, Service } from 'kubernetes-types/core/v1.js';
import { expect, test } from 'vitest';
import { loadHouseConfig } from '../../src/config/house/load-house-config.ts';
import { loadRoster } from '../../src/config/house/load-roster.ts';
import { loadRelayConfig } from '../../src/config/load-config.ts';
import { typeFaults } from '../support/compiler.ts';
import { type Manifest, manifestTypes, readYaml, yamlFilesIn } from '../support/deployment.ts';
import { readText, root } from '../support/markdown.ts';

const folder = 'deploy/kubernetes/fleet';
const [kustomization] = readYaml(`${folder}/kustomization.yaml`) as [
  {
    readonly resources: readonly string[];
    readonly images: readonly { readonly name: string }[];
    readonly secretGenerator: readonly { readonly name: string; readonly files: readonly string[] }[];
  },
];
const manifests = kustomization.resources.flatMap((file) => readYaml(`${folder}/${file}`)) as Manifest[];
const file = (name: string): string => `${root}/${folder}/${name}`;

/** Something that runs pods of one container. */
interface Workload {
  readonly name: string;
  readonly template: PodTemplateSpec;
  readonly spec: PodSpec;
  readonly container: Container;
}

const workloads: readonly Workload[] = manifests
  .filter(({ kind }) => ['DaemonSet', 'Deployment', 'StatefulSet'].includes(kind))
  .map((manifest) => {
    const { metadata, spec } = manifest as unknown as DaemonSet | Deployment | StatefulSet;
    const template = spec?.template;
    const [container] = template?.spec?.containers ?? [];
    if (template?.spec === undefined || container === undefined) throw new Error('no container');
    return { name: String(metadata?.name), template, spec: template.spec, container };
  });

function named(name: string): Workload {
  const found = workloads.find((workload) => workload.name === name);
  if (found === undefined) throw new Error(`there is no ${name}`);
  return found;
}

const house = named('streampump-house');
const relay = named('streampump-relay');
const houseSettings = loadHouseConfig({ file: file('house.config.json'), env: {} });

/** The variables of a relay on a node, as Kubernetes fills them in. */
function relayEnv(node: string): Record<string, string> {
  const entries = (relay.container.env ?? [])
    .filter(({ value }) => value !== undefined)
    .map(({ name, value = '' }) => [name, value.replaceAll('$(NODE_NAME)', node)]);
  return Object.fromEntries(entries);
}

test('every manifest has the fields that its kind has, and no other', async () => {
  expect(await typeFaults(manifestTypes(manifests))).toBe('');
});

test('every file is in the kustomization, and the image that it names', () => {
  const files = yamlFilesIn(folder).filter((path) => !path.endsWith('kustomization.yaml'));
  expect(files.sort()).toEqual(kustomization.resources.map((name) => `${folder}/${name}`).sort());
  const ours = workloads.filter(({ name }) => name !== 'streampump-redis');
  expect(new Set(ours.map(({ container }) => container.image))).toEqual(
    new Set(kustomization.images.map(({ name }) => name)),
  );
});

test('the config and the roster of the houses are good, and mounted where the house looks for them', () => {
  const [generated] = kustomization.secretGenerator;
  expect(generated?.files).toEqual(['house.config.json', 'roster.json']);
  const [, , configFile = ''] = house.container.args ?? [];
  const mount = house.container.volumeMounts?.find(({ name }) => name === 'config');
  expect(configFile).toBe(`${mount?.mountPath}/house.config.json`);
  expect(house.spec.volumes?.find(({ name }) => name === 'config')?.secret?.secretName).toBe(generated?.name);
  expect(loadRoster(file('roster.json')).map(({ id }) => id)).toEqual(['node-1', 'node-2']);
  expect(houseSettings.store.type).toBe('redis');
  const { certFile, keyFile } = houseSettings.listen.https[0] ?? {};
  const mounted = [
    certFile,
    keyFile,
    houseSettings.store.urlFile,
    houseSettings.adminTokenFile,
    `${houseSettings.stateDir}/x`,
  ];
  const places = house.container.volumeMounts?.map(({ mountPath }) => `${mountPath}/`) ?? [];
  for (const path of mounted)
    expect(
      places.some((place) => path?.startsWith(place)),
      path ?? '',
    ).toBe(true);
});

test('a relay takes the name of its node for its id, and the key of that node', () => {
  const [{ id: node, key } = { id: '', key: '' }] = loadRoster(file('roster.json'));
  expect(key).not.toBeNull();
  const settings = loadRelayConfig({ env: relayEnv(node) });
  expect(settings.house).toMatchObject({
    id: node,
    keyFile: `/etc/streampump/keys/${node}`,
    insecure: false,
  });
  expect(settings.house?.url).toMatch(new RegExp(`:${houseSettings.listen.https[0]?.port}$`));
});

test.for([
  { workload: house, listen: houseSettings.listen, drain: houseSettings.drain },
  { workload: relay, ...loadRelayConfig({ env: relayEnv('node-1') }) },
])('$workload.name is asked where it answers, and has the time to drain', ({ workload, listen, drain }) => {
  const { container, spec } = workload;
  const ports = container.ports?.map(({ name, containerPort }) => [name, containerPort]);
  for (const protocol of ['rtmp', 'http', 'https', 'admin'] as const)
    for (const { port } of listen[protocol]) expect(ports).toContainEqual([protocol, port]);
  expect(listen.admin).toMatchObject([{ host: '::' }]);
  const asks = (path: string): object => expect.objectContaining({ httpGet: { path, port: 'admin' } });
  expect(container).toMatchObject({ livenessProbe: asks('/healthz'), readinessProbe: asks('/readyz') });
  const { sleep } = (container.lifecycle?.preStop ?? {}) as { sleep?: { seconds: number } };
  const seconds = (sleep?.seconds ?? 0) + drain.timeoutMs / 1000;
  expect(spec.terminationGracePeriodSeconds).toBeGreaterThan(seconds + 5);
});

test.for(workloads)('$name has no privileges', ({ spec, container }) => {
  expect(spec).toMatchObject({
    automountServiceAccountToken: false,
    securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
  } satisfies Partial<PodSpec>);
  expect(container.securityContext).toEqual({
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  });
  const [, group] = /^USER \d+:(\d+)$/m.exec(readText('deploy/Dockerfile')) ?? [];
  if (container.image === 'streampump') expect(spec.securityContext?.fsGroup).toBe(Number(group)); // who reads the secrets
});

test('services are for pods that there are, with ports that they have, and none is in front of the relays', () => {
  const services = manifests.filter(({ kind }) => kind === 'Service') as unknown as readonly Service[];
  const labelsOf = ({ template }: Workload): string => JSON.stringify(template.metadata?.labels);
  const served = services.map(({ spec }) => {
    const target = workloads.find((workload) => labelsOf(workload) === JSON.stringify(spec?.selector));
    const known = (target?.container.ports ?? []).map(({ name, containerPort }) => [name, containerPort]);
    for (const { port, targetPort } of spec?.ports ?? []) expect(known).toContainEqual([targetPort, port]);
    expect(spec?.ports?.map(({ targetPort }) => targetPort)).not.toContain('admin');
    return target?.name;
  });
  expect(served.sort()).toEqual(['streampump-house', 'streampump-redis']);
});
