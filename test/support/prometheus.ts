import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { prometheusFolder, readYaml } from './deployment.ts';
import { freePort } from './free-port.ts';
import { root } from './markdown.ts';
import { type TemporaryFolder, temporaryFolder } from './packages.ts';
import { type RunningTool, runTool } from './run-tool.ts';

/** How often it scrapes, seconds: as fast as it can be told to, that a test need not wait. */
const SCRAPE_SECONDS = 1;

/** Between two looks at what it has, milliseconds. */
const LOOK_MS = 100;

/** The `prometheus.yml` of `deploy/`, as far as it concerns us. */
interface Config {
  readonly global: object;
  readonly scrape_configs: readonly [{ readonly static_configs: object }];
}

/** Labels of a series and its value. */
export interface PromSample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A Prometheus with the configuration and alerts of `deploy/`, that scrapes what a test has. */
export class TestPrometheus implements AsyncDisposable {
  readonly #tool: RunningTool;
  readonly #folder: TemporaryFolder;
  readonly #url: string;

  private constructor(tool: RunningTool, folder: TemporaryFolder, url: string) {
    this.#tool = tool;
    this.#folder = folder;
    this.#url = url;
  }

  /** @param targets - host and port of an admin listener each */
  static async start(...targets: readonly string[]): Promise<TestPrometheus> {
    const folder = await temporaryFolder();
    const [config] = readYaml(`${prometheusFolder}/prometheus.yml`) as [Config];
    const [job] = config.scrape_configs;
    const interval = `${SCRAPE_SECONDS}s`;
    const here = {
      ...config,
      global: { ...config.global, scrape_interval: interval, evaluation_interval: interval },
      scrape_configs: [{ ...job, static_configs: [{ targets }] }],
    };
    await writeFile(join(folder.path, 'prometheus.yml'), JSON.stringify(here)); // YAML, too
    await copyFile(join(root, prometheusFolder, 'alerts.yml'), join(folder.path, 'alerts.yml'));
    const listen = `127.0.0.1:${await freePort()}`;
    const files = ['--config.file=prometheus.yml', `--storage.tsdb.path=${join(folder.path, 'data')}`];
    const tool = runTool('prometheus', [...files, `--web.listen-address=${listen}`], { cwd: folder.path });
    await tool.waitForStderr('Server is ready to receive web requests');
    return new TestPrometheus(tool, folder, `http://${listen}`);
  }

  /** The series that an expression has now. @throws Error where Prometheus does not take it */
  async query(expression: string): Promise<readonly PromSample[]> {
    const response = await fetch(`${this.#url}/api/v1/query?query=${encodeURIComponent(expression)}`);
    const { data, error } = (await response.json()) as {
      readonly data?: {
        readonly result: readonly { metric: PromSample['metric']; value: [number, string] }[];
      };
      readonly error?: string;
    };
    if (data === undefined) throw new Error(`${expression}: ${error}`);
    return data.result.map(({ metric, value: [, value] }) => ({ metric, value: Number(value) }));
  }

  /** The sum of all series of an expression; 0 where there are none. */
  async sum(expression: string): Promise<number> {
    return (await this.query(expression)).reduce((sum, { value }) => sum + value, 0);
  }

  /** Resolves when it has scraped each target so many times more. */
  async scraped(times: number): Promise<void> {
    const count = () => this.#least('count_over_time(up[1h])');
    const until = (await count()) + times;
    while ((await count()) < until) await sleep(LOOK_MS);
  }

  /** The smallest value of an expression; 0 where it has none. */
  async #least(expression: string): Promise<number> {
    const values = (await this.query(expression)).map(({ value }) => value);
    return values.length === 0 ? 0 : Math.min(...values);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tool.stop();
    await this.#folder[Symbol.asyncDispose]();
  }
}
