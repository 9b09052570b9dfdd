import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type LogRecord, recordsIn } from './relay-process.ts';
import { type RunningTool, runTool } from './run-tool.ts';

const cli = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));

/** A house in a process of its own: it can be killed, stopped and started again. */
export interface HouseProcess extends AsyncDisposable {
  readonly tool: RunningTool;
  readonly rtmpPort: number;
  readonly httpPort: number;
  readonly adminPort: number;
  /** Of its config and roster; removed at the end unless it was given. */
  readonly folder: string;
  readonly configFile: string;
  readonly rosterFile: string;
  /** Headers that show the token of an operator. */
  readonly token: { readonly authorization: string };
  /** URL on the public listener. */
  url(path: string): string;
  rtmpUrl(key: string): string;
  /** The lines of an event that have come through so far: what a client has seen need not be among them yet. */
  find(event: string): LogRecord[];
  /** Resolves when a line matches, be it there already or not. */
  waitForLog(pattern: RegExp): Promise<RegExpMatchArray>;
  /** The JSON of an answer of the admin listener. */
  get(path: string): Promise<unknown>;
  /** Writes another config file, which SIGHUP has it read. */
  write(config: Readonly<Record<string, unknown>>): Promise<void>;
}

/** How a house is started. */
export interface HouseProcessOptions {
  /** As in a config file, beside what a test needs. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** As in a roster file; default: no relay. */
  readonly roster?: readonly unknown[];
  /** Free ones unless it is to come back where it was. */
  readonly rtmpPort?: number;
  readonly httpPort?: number;
  /** Where its files and state are; default: a folder of its own. */
  readonly folder?: string;
  /** It is ended after this time, milliseconds. */
  readonly timeLimitMs?: number;
}

/** Starts a house as a user does; resolves when it listens. */
export async function startHouseProcess({
  config = {},
  roster = [],
  rtmpPort = 0,
  httpPort = 0,
  folder: given,
  timeLimitMs = 120_000,
}: HouseProcessOptions = {}): Promise<HouseProcess> {
  await using stack = new AsyncDisposableStack();
  const folder = given ?? (await mkdtemp(join(tmpdir(), 'streampump-house-')));
  if (given === undefined) stack.defer(() => rm(folder, { recursive: true, force: true }));
  const [configFile, rosterFile] = [join(folder, 'house.config.json'), join(folder, 'roster.json')];
  const host = '127.0.0.1';
  const write = (more: Readonly<Record<string, unknown>>): Promise<void> => {
    const settings = {
      listen: {
        ...{ rtmp: { host, port: rtmpPort }, http: { host, port: httpPort }, admin: { host, port: 0 } },
        ...(more['listen'] as object | undefined),
      },
    };
    const base = { log: { level: 'debug', format: 'json' }, admin: { socket: null } };
    const files = { adminTokenFile: 'token', stateDir: join(folder, 'state') };
    return writeFile(configFile, JSON.stringify({ ...base, ...files, ...more, ...settings }));
  };
  await write(config);
  await writeFile(rosterFile, JSON.stringify(roster));
  await writeFile(join(folder, 'token'), 'operator-token\n');
  const tool = stack.use(
    runTool(process.execPath, [cli, 'house', '--config', configFile], { env: {}, timeLimitMs }),
  );
  const portOf = async (listener: string): Promise<number> => {
    const pattern = new RegExp(`"event":"listening","listener":"${listener}"[^\\n]*"port":(\\d+)`);
    return Number((await tool.waitForStdout(pattern))[1]);
  };
  const [rtmp, http, admin] = [await portOf('rtmp'), await portOf('http'), await portOf('admin')];
  const running = stack.move();
  return {
    ...{ tool, folder, configFile, rosterFile, write },
    ...{ rtmpPort: rtmp, httpPort: http, adminPort: admin },
    token: { authorization: 'Bearer operator-token' },
    url: (path) => `http://${host}:${http}${path}`,
    rtmpUrl: (key) => `rtmp://${host}:${rtmp}/${key}`,
    find: (event) => recordsIn(tool.stdoutBuffer.toString()).filter((record) => record.event === event),
    waitForLog: (pattern) => tool.waitForStdout(pattern),
    get: async (path) => (await fetch(`http://${host}:${admin}${path}`)).json(),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
