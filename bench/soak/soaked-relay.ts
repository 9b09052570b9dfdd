import { readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { InspectionAnswer } from './inspection.ts';
import { ServerProcess } from './server-process.ts';

const HOST = '127.0.0.1';
const LISTENERS = ['rtmp', 'rtmps', 'http', 'https', 'admin'];
const LOOK_MS = 250;

/** What a relay serves, from its own metrics. */
export interface Standing {
  readonly sessions: number;
  readonly streams: number;
}

/** Ways to play a stream of FLV, and of ASF. */
const waysOf = {
  flv: (relay: SoakedRelay, key: string): string[] => [
    `rtmp://${HOST}:${relay.port('rtmp')}/${key}`,
    `rtmps://${HOST}:${relay.port('rtmps')}/${key}`,
    `http://${HOST}:${relay.port('http')}/${key}.flv`,
    `https://${HOST}:${relay.port('https')}/${key}.flv`,
    `ws://${HOST}:${relay.port('http')}/${key}.flv`,
    `wss://${HOST}:${relay.port('https')}/${key}.flv`,
  ],
  asf: (relay: SoakedRelay, key: string): string[] => [
    `mmsh://${HOST}:${relay.port('http')}/${key}`,
    `http://${HOST}:${relay.port('http')}/${key}.asf`,
    `https://${HOST}:${relay.port('https')}/${key}.asf`,
  ],
};

/** A relay under soak, with a config file of its own. */
export class SoakedRelay implements AsyncDisposable {
  readonly name: string;
  readonly workers: number;
  readonly server: ServerProcess;
  readonly #configFile: string;
  #config: Readonly<Record<string, unknown>>;

  private constructor(
    name: string,
    server: ServerProcess,
    configFile: string,
    config: Readonly<Record<string, unknown>>,
  ) {
    this.name = name;
    this.server = server;
    this.workers = Number(config['workers']);
    this.#configFile = configFile;
    this.#config = config;
  }

  /** @param config - as in a config file, with all listeners */
  static async start(
    name: string,
    configFile: string,
    config: Readonly<Record<string, unknown>>,
    logFile: string | undefined,
  ): Promise<SoakedRelay> {
    await writeFile(configFile, JSON.stringify(config));
    const server = await ServerProcess.start(name, ['relay', '--config', configFile], LISTENERS, logFile);
    return new SoakedRelay(name, server, configFile, config);
  }

  port(listener: string): number {
    return this.server.port(listener);
  }

  /** Key of a stream that is published here: in a fleet each is at one relay. */
  key(app: string, name: string): string {
    return `${app}/${this.name}-${name}`;
  }

  /** URLs of a stream, one for each way to play it. */
  waysTo(key: string, family: keyof typeof waysOf): readonly string[] {
    return waysOf[family](this, key);
  }

  /** Text of a page of the admin listener. */
  async page(path: string): Promise<string> {
    return await (
      await fetch(`http://${HOST}:${this.port('admin')}${path}`, { headers: { connection: 'close' } })
    ).text();
  }

  /** Changes its config, and has it read. Resolves when it has been. */
  async reload(change: Readonly<Record<string, unknown>>): Promise<void> {
    this.#config = { ...this.#config, ...change };
    await writeFile(this.#configFile, JSON.stringify(this.#config));
    const count = this.server.count('configured') + 1;
    this.server.signal('SIGHUP');
    await this.server.counted('configured', count, 20_000);
  }

  /** The value of a metric, the sum over its labels; where there is none, 0. @param names - as in `streampump_streams` or `NAME{reason="stall"` */
  async metrics(...names: readonly string[]): Promise<readonly number[]> {
    const lines = (await this.page('/metrics')).split('\n');
    return names.map((name) =>
      lines
        .filter((line) => line.startsWith(name) && '{ },'.includes(line.charAt(name.length)))
        .reduce((total, line) => total + Number(line.slice(line.lastIndexOf(' '))), 0),
    );
  }

  async standing(): Promise<Standing> {
    const [sessions = 0, streams = 0] = await this.metrics('streampump_sessions', 'streampump_streams');
    return { sessions, streams };
  }

  /** All sessions and streams, as its API tells them. */
  async inventory(): Promise<unknown> {
    const pages = ['/api/v1/sessions', '/api/v1/streams'].map((path) => this.page(path));
    return (await Promise.all(pages)).map((text) => JSON.parse(text) as unknown);
  }

  /** Waits until it serves no more than that. @returns what it serves then, or when the time is over */
  async settled(expected: Standing, withinMs: number): Promise<Standing> {
    const deadline = performance.now() + withinMs;
    for (;;) {
      const now = await this.standing();
      const isSettled = now.sessions === expected.sessions && now.streams === expected.streams;
      if (isSettled || performance.now() > deadline) return now;
      await sleep(LOOK_MS);
    }
  }

  holdings(): Promise<InspectionAnswer> {
    return this.server.ask({ ask: 'holdings' });
  }

  /** Ends a worker at once; resolves when another has taken its place. */
  async killWorker(worker: number): Promise<void> {
    const count = this.server.count('worker') + 2; // that it died, and that another one runs
    await this.server.ask({ ask: 'kill', worker });
    await this.server.counted('worker', count, 30_000);
  }

  /** Open file descriptors. Linux only. */
  get openFiles(): number {
    return readdirSync(`/proc/${this.server.pid}/fd`).length;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.server[Symbol.asyncDispose]();
  }
}
