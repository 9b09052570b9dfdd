import { fileURLToPath } from 'node:url';
import type { ListPart, PullStatus } from '../../src/service/admin/relay-status.ts';
import type { Machine } from './networks/machine.ts';
import { CENTRE } from './networks/star.ts';
import { type RunningTool, runTool } from './run-tool.ts';

const sources = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));

/** A line of a relay's JSON log. */
export type LogRecord = Readonly<Record<string, unknown>> & { readonly event: string; readonly msg: string };

/** A relay in a process of its own: it can be killed, stopped and started again. */
export interface RelayProcess extends AsyncDisposable {
  readonly tool: RunningTool;
  readonly rtmpPort: number;
  readonly httpPort: number;
  readonly adminPort: number;
  rtmpUrl(key: string): string;
  flvUrl(key: string): string;
  /** Everything that it has written to its log. */
  readonly log: string;
  /** The lines of an event that have come through so far: what a client has seen need not be among them yet. */
  find(event: string): LogRecord[];
  /** Resolves when a line matches, be it there already or not. */
  waitForLog(pattern: RegExp): Promise<RegExpMatchArray>;
  upstreams(): Promise<readonly PullStatus[]>;
  /** The text of a page of the admin listener. */
  page(path: string): Promise<string>;
}

/** How a relay is started; sections as in a config file. */
export interface RelayProcessOptions {
  /** Free ones unless it is to come back where it was. */
  readonly rtmpPort?: number;
  readonly httpPort?: number;
  readonly upstream?: string;
  readonly config?: Readonly<Record<string, unknown>>;
  /** A file with more settings, which is read again on SIGHUP; those of `config` win over it. */
  readonly configFile?: string;
  /** The middle of a star, if it is to run there: then it listens for media on all addresses. */
  readonly machine?: Machine;
  /** The file that is run; the sources' own unless another one is given. */
  readonly cli?: string;
  /** Options of node itself. */
  readonly nodeOptions?: readonly string[];
  /** It is ended after this time, milliseconds. */
  readonly timeLimitMs?: number;
}

/** Starts a relay as a user does; resolves when it listens. */
export async function startRelayProcess({
  rtmpPort = 0,
  httpPort = 0,
  upstream,
  config = {},
  configFile,
  machine,
  cli = sources,
  nodeOptions = [],
  timeLimitMs = 120_000,
}: RelayProcessOptions = {}): Promise<RelayProcess> {
  const host = '127.0.0.1';
  const mediaHost = machine === undefined ? host : '::';
  const settings = {
    listen: {
      rtmp: { host: mediaHost, port: rtmpPort },
      http: { host: mediaHost, port: httpPort },
      admin: { host, port: 0 },
    },
    log: { level: 'debug', format: 'json' },
    admin: { socket: null },
    ...config,
  };
  const env = Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [
      variableOf(name),
      typeof value === 'string' ? value : JSON.stringify(value),
    ]),
  );
  const args = [...nodeOptions, cli, 'relay'];
  if (upstream !== undefined) args.push('--upstream', upstream);
  if (configFile !== undefined) args.push('--config', configFile);
  const options = { env, timeLimitMs };
  const tool =
    machine === undefined
      ? runTool(process.execPath, args, options)
      : machine.run(process.execPath, args, options);
  const portOf = async (listener: string): Promise<number> => {
    const pattern = new RegExp(`"event":"listening","listener":"${listener}"[^\\n]*"port":(\\d+)`);
    return Number((await tool.waitForStdout(pattern))[1]);
  };
  const [rtmp, http, admin] = [await portOf('rtmp'), await portOf('http'), await portOf('admin')];
  const page = async (path: string): Promise<string> =>
    machine === undefined
      ? await (await fetch(`http://${host}:${admin}${path}`)).text()
      : await machine.page({ host, port: admin }, path);
  const seenAt = machine === undefined ? host : CENTRE.ipv4;
  return {
    tool,
    rtmpPort: rtmp,
    httpPort: http,
    adminPort: admin,
    rtmpUrl: (key) => `rtmp://${seenAt}:${rtmp}/${key}`,
    flvUrl: (key) => `http://${seenAt}:${http}/${key}.flv`,
    get log() {
      return tool.stdoutBuffer.toString();
    },
    find: (event) => recordsIn(tool.stdoutBuffer.toString()).filter((record) => record.event === event),
    waitForLog: (pattern) => tool.waitForStdout(pattern),
    upstreams: async () => (JSON.parse(await page('/api/v1/upstreams')) as ListPart<PullStatus>).items,
    page,
    [Symbol.asyncDispose]: () => tool[Symbol.asyncDispose](),
  };
}

function variableOf(section: string): string {
  return `STREAMPUMP_${section.replace(/[A-Z]/g, '_$&').toUpperCase()}`;
}

/** The lines of a JSON log that are whole. */
export function recordsIn(log: string): LogRecord[] {
  const complete = log.split('\n').slice(0, -1);
  return complete.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as LogRecord);
}

/** The setting of streams that are pulled on demand from these URLs. */
export function pullAll(urls: readonly string[], more: Readonly<Record<string, unknown>> = {}): unknown[] {
  return [{ match: '**', source: { type: 'pull', urls, ...more } }];
}
