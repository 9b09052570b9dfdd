import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { parseAst } from 'vitest/node';

/** One file of the sources: its path from the root of the repository, with `/`, and its text. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

const leaves = [
  'src/built-in.ts',
  'src/config',
  'src/credentials',
  'src/latest.ts',
  'src/log.ts',
  'src/log-events.ts',
  'src/log-output.ts',
  'src/log-shares.ts',
  'src/metrics',
  'src/media-url.ts',
  'src/redaction.ts',
  'src/url-secrets.ts',
  'src/version.ts',
  'node:*',
];
const belowSession = ['src/stream', 'src/protocol', 'src/bytes', 'src/errors.ts'];
const belowService = [
  'src/session',
  'src/session/recorded',
  'src/session/rtmp',
  'src/session/mmsh',
  'src/session/upstream',
  'src/family',
  'src/recording',
  ...belowSession,
  ...leaves,
];

/**
 * Every layer, a folder or a single file, and what its files may import besides each other: layers, files that belong to
 * none, built-in modules (`node:*` for any). A file belongs to the layer with the longest path that holds it.
 */
const layers: Readonly<Record<string, readonly string[]>> = {
  'src/errors.ts': [],
  'src/built-in.ts': ['node:*'],
  'src/media-url.ts': [],
  'src/redaction.ts': [],
  'src/version.ts': ['node:*'],
  'src/url-secrets.ts': ['src/media-url.ts', 'src/redaction.ts'],
  'src/bytes': ['src/errors.ts'],
  'src/protocol': ['src/bytes', 'src/media-url.ts', 'src/errors.ts', 'node:crypto'],
  'src/stream': ['src/errors.ts', 'node:crypto'],
  'src/family': ['src/stream', 'src/protocol', 'src/bytes', 'src/errors.ts'],
  'src/credentials': ['src/built-in.ts', 'src/errors.ts', 'node:*'],
  'src/config': ['src/credentials', 'src/media-url.ts', 'src/url-secrets.ts', 'src/errors.ts', 'node:*'],
  'src/latest.ts': [],
  'src/log.ts': [
    'src/latest.ts',
    'src/log-events.ts',
    'src/log-output.ts',
    'src/log-shares.ts',
    'src/errors.ts',
    'node:*',
  ],
  'src/log-events.ts': [],
  'src/process': [
    'src/config',
    'src/log.ts',
    'src/log-events.ts',
    'src/log-file.ts',
    'src/log-output.ts',
    'src/complaint.ts',
    'src/errors.ts',
    'src/quick-start.ts',
    'src/version.ts',
    'src/session',
    'src/stream',
    'src/service',
    'src/service/access-log',
    'src/service/admin',
    'src/service/hooks',
    'src/service/listen',
    'src/service/serving',
    'src/service/relay',
    'src/service/house',
    'node:*',
  ],
  'src/complaint.ts': ['src/config', 'src/log.ts'],
  'src/log-shares.ts': ['src/config'],
  'src/log-output.ts': ['node:*'],
  'src/log-file.ts': ['src/log-output.ts', 'src/errors.ts', 'node:*'],
  'src/metrics': ['src/version.ts', 'node:*'],
  'src/garbage.ts': ['node:*'],
  'src/quick-start.ts': ['node:*'],
  // only RTMP and MMSH, each a protocol of one family, and pulls, which say what they bring, know a family
  'src/session': ['src/amf-gateway', ...belowSession, ...leaves],
  'src/session/rtmp': ['src/session', 'src/family', ...belowSession, ...leaves],
  'src/session/mmsh': ['src/session', 'src/family', ...belowSession, ...leaves],
  'src/session/upstream': ['src/session', 'src/family', ...belowSession, ...leaves],
  // what of a recording its players are sent, wherever it lies
  'src/session/recorded': [
    'src/session',
    'src/session/rtmp',
    'src/family',
    'src/recording',
    ...belowSession,
    ...leaves,
  ],
  'src/pages': [],
  'src/service': belowService,
  'src/service/listen': ['src/service', ...belowService],
  'src/service/access': ['src/service', ...belowService],
  'src/service/access-log': ['src/service', ...belowService],
  'src/service/hooks': ['src/service', 'src/service/listen', 'src/service/access', ...belowService],
  'src/service/privileges': ['src/service/listen', ...belowService],
  'src/service/admin': [
    'src/service',
    'src/service/listen',
    'src/service/access',
    'src/service/privileges',
    ...belowService,
  ],
  'src/service/fleet-link': ['src/service/access', ...belowService],
  'src/service/relay': [
    'src/service',
    'src/service/serving',
    'src/service/fleet-link',
    'src/service/listen',
    'src/service/access',
    'src/service/access-log',
    'src/service/hooks',
    'src/service/admin',
    'src/service/privileges',
    ...belowService,
  ],
  'src/service/serving': [
    'src/service',
    'src/service/listen',
    'src/service/access',
    'src/service/admin',
    'src/service/privileges',
    ...belowService,
  ],
  'src/service/house': [
    'src/service',
    'src/service/serving',
    'src/service/access-log',
    'src/service/fleet-link',
    'src/service/pages',
    'src/service/privileges',
    'src/service/listen',
    'src/service/access',
    'src/service/admin',
    ...belowService,
  ],
  'src/rtmp-session': ['src/protocol', 'src/bytes', 'src/errors.ts'],
  // for Node.js alone: takes its modules without an import, and has their types
  'src/rtmp-session/connect-rtmp.ts': ['src/rtmp-session', 'src/protocol', 'node:net', 'node:tls'],
  'src/amf-gateway': ['src/protocol', 'src/bytes', 'src/errors.ts'],
  // a process of its own, and what the relay's threads say to it
  'src/recording': [
    'src/recording/upload',
    'src/credentials',
    'src/protocol',
    'src/bytes',
    'src/errors.ts',
    'node:*',
  ],
  'src/recording/upload': [
    'src/recording',
    'src/session/upstream',
    'src/credentials',
    'src/stream',
    'src/media-url.ts',
    'src/errors.ts',
    'node:*',
  ],
  'src/inspect': [...belowSession.filter((layer) => layer !== 'src/stream'), 'src/redaction.ts'],
  // what the package exports: names of what stands elsewhere
  'src/library': [
    'src/amf-gateway',
    'src/rtmp-session',
    'src/rtmp-session/connect-rtmp.ts',
    'src/protocol',
    'src/bytes',
    'src/errors.ts',
    'src/process',
    'src/session',
    'src/service',
    'src/service/hooks',
    'src/service/admin',
    'src/stream',
  ],
  'src/cli.ts': ['src/quick-start.ts', 'src/garbage.ts', 'src/commands.ts'],
  'src/commands/ctl/terminal': ['src/log.ts', 'node:*'],
  'src/commands/inspect': [
    'src/commands',
    'src/commands/ctl/terminal',
    'src/inspect',
    'src/rtmp-session',
    'src/protocol',
    'src/errors.ts',
    'node:*',
  ],
  'src/commands/ctl': [
    'src/commands',
    'src/commands/ctl/terminal',
    'src/credentials',
    'src/config',
    'src/session',
    'src/service/admin',
    'src/service/house',
    'src/recording',
    'src/log.ts',
    'src/errors.ts',
    'node:*',
  ],
  'src/commands': ['src/credentials', 'src/config', 'src/stream', 'src/errors.ts', 'node:*'],
  'src/commands.ts': [
    'src/commands',
    'src/commands/ctl',
    'src/commands/inspect',
    'src/process',
    'src/complaint.ts',
    'src/quick-start.ts',
    'src/version.ts',
    'load-tester',
  ],
  'load-tester': [
    'src/protocol',
    'src/bytes',
    'src/media-url.ts',
    'src/url-secrets.ts',
    'src/errors.ts',
    'node:*',
  ],
};

/** Every library and the only folders or files that import it. */
const homes: Readonly<Record<string, readonly string[]>> = {
  aws4fetch: ['src/recording/upload'],
  commander: ['src/commands.ts', 'src/commands', 'load-tester'],
  fastify: ['src/service/admin/api'],
  'ip-cidr': ['src/config/networks.ts', 'src/service/house/choosing'],
  jose: ['src/credentials/jwt'],
  'jsonc-parser': ['src/config'],
  'mpegts.js': ['src/pages'],
  'net-snmp': ['src/service/admin/snmp'],
  '@redis/client': ['src/service/house/store'],
  pino: ['src/log.ts'],
  'pino-pretty': ['src/log.ts'],
  'prom-client': ['src/metrics'],
  saxes: ['src/recording/upload'],
  undici: [
    'src/recording/upload',
    'src/session/upstream/outgoing-http.ts',
    'src/service/hooks',
    'src/service/access/credentials/key-sets',
    'src/service/relay/house/joining',
  ],
  ws: [
    'src/session',
    'src/service/listen/http-listener.ts',
    'src/service/house/links',
    'src/service/relay/house',
  ],
  zod: [
    'src/config',
    'src/service/hooks',
    'src/service/admin',
    'src/service/fleet-link',
    'src/service/house',
    'src/service/relay/house',
  ],
};

/** The one file that may end the process. */
const exitHome = 'src/commands.ts';

/** Reads every source file in these folders of the repository; a folder that is not there has none. */
export function readSourceFiles(root: string, folders: readonly string[]): SourceFile[] {
  const topFolders = readdirSync(root);
  return folders
    .filter((folder) => topFolders.includes(folder))
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((path) =>
        posix.join(folder, path),
      ),
    )
    .filter((path) => /\.[cm]?[jt]s$/.test(path))
    .sort()
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
}

/** What is wrong with these files, a sentence each; none if they keep the architecture. */
export function findFaults(files: readonly SourceFile[]): string[] {
  const sources = files.map(({ path, text }) => ({ path, ...inspect(text) }));
  return [
    ...sources.flatMap(({ path, imports, exits, hasDefaultExport }) => [
      ...(layerOf(path) === undefined ? [`${path} belongs to no layer`] : []),
      ...imports.flatMap((specifier) => importFault(path, specifier) ?? []),
      ...(exits && path !== exitHome ? [`${path} uses process.exit, which is for ${exitHome}`] : []),
      ...(hasDefaultExport ? [`${path} has a default export`] : []),
    ]),
    ...findCycles(
      new Map(
        sources.map(({ path, imports }) => [
          path,
          imports.filter(isRelative).map((specifier) => resolve(path, specifier)),
        ]),
      ),
    ).map((cycle) => `import cycle: ${cycle.join(' -> ')}`),
  ];
}

function isRelative(specifier: string): boolean {
  return specifier.startsWith('.');
}

function resolve(from: string, specifier: string): string {
  return posix.join(posix.dirname(from), specifier);
}

function isWithin(path: string, place: string): boolean {
  return path === place || path.startsWith(`${place}/`);
}

function layerOf(path: string): string | undefined {
  const holders = Object.keys(layers).filter((layer) => isWithin(path, layer));
  return holders.sort((a, b) => b.length - a.length)[0];
}

function importFault(path: string, specifier: string): string | undefined {
  const layer = layerOf(path);
  if (layer === undefined) return undefined;
  const allowed = layers[layer] ?? [];
  if (isRelative(specifier)) {
    const target = resolve(path, specifier);
    const targetLayer = layerOf(target) ?? target;
    if (targetLayer === layer || allowed.includes(targetLayer)) return undefined;
    return `${path} imports ${target}, which ${layer} may not`;
  }
  if (specifier.startsWith('node:')) {
    if (allowed.includes(specifier) || allowed.includes('node:*')) return undefined;
    return `${path} imports ${specifier}, which ${layer} may not`;
  }
  const library = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
  const home = homes[library];
  if (home === undefined) return `${path} imports ${specifier}, which has no home`;
  if (home.some((place) => isWithin(path, place))) return undefined;
  return `${path} imports ${specifier}, whose home is ${home.join(' or ')}`;
}

interface Inspection {
  /** Module specifiers as written: of imports and re-exports, of types too, and of dynamic imports. */
  readonly imports: readonly string[];
  readonly exits: boolean;
  readonly hasDefaultExport: boolean;
}

interface AstNode {
  readonly type: string;
  readonly [property: string]: unknown;
}

function inspect(text: string): Inspection {
  const nodes = [...descend(parseAst(text, { lang: 'ts' }))];
  return {
    imports: nodes.flatMap(specifiersOf),
    exits: nodes.some(isExit),
    hasDefaultExport: nodes.some(isDefaultExport),
  };
}

function* descend(value: unknown): Generator<AstNode> {
  if (Array.isArray(value)) {
    for (const element of value) yield* descend(element);
  } else if (isNode(value)) {
    yield value;
    for (const child of Object.values(value)) yield* descend(child);
  }
}

function isNode(value: unknown): value is AstNode {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}

function specifiersOf(node: AstNode): string[] {
  const importing = ['ImportDeclaration', 'ExportAllDeclaration', 'ExportNamedDeclaration'];
  const asked = [...importing, 'ImportExpression', 'TSImportType'].includes(node.type)
    ? node['source']
    : node.type === 'TSExternalModuleReference'
      ? node['expression']
      : undefined;
  if (!isNode(asked)) return [];
  return [typeof asked['value'] === 'string' ? asked['value'] : 'a computed path'];
}

function isExit(node: AstNode): boolean {
  if (node.type === 'ImportDeclaration' && isNode(node['source'])) {
    const isProcess = ['node:process', 'process'].includes(String(node['source']['value']));
    return isProcess && [...descend(node['specifiers'])].some(({ imported }) => nameOf(imported) === 'exit');
  }
  return (
    node.type === 'MemberExpression' &&
    nameOf(node['object']) === 'process' &&
    nameOf(node['property']) === 'exit'
  );
}

function isDefaultExport(node: AstNode): boolean {
  if (node.type === 'ExportDefaultDeclaration') return true;
  return node.type === 'ExportSpecifier' && nameOf(node['exported']) === 'default';
}

/** The name of an identifier, or the text of a string. */
function nameOf(node: unknown): unknown {
  return isNode(node) ? (node['name'] ?? node['value']) : undefined;
}

/** Each cycle met on the way down from every file, as the files along it, the first one again at the end. */
function findCycles(importsOf: ReadonlyMap<string, readonly string[]>): string[][] {
  const done = new Set<string>();
  const cycles: string[][] = [];
  const visit = (path: string, above: readonly string[]): void => {
    if (above.includes(path)) cycles.push([...above.slice(above.indexOf(path)), path]);
    else if (!done.has(path)) {
      for (const imported of importsOf.get(path) ?? []) visit(imported, [...above, path]);
      done.add(path);
    }
  };
  for (const path of importsOf.keys()) visit(path, []);
  return cycles;
}
