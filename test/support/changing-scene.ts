import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RelaySettings, relaySettings } from '../../src/config/relay-settings.ts';
import type { ProcessControl } from '../../src/service/admin/process-control.ts';
import type { RelayControl } from '../../src/service/admin/relay-control.ts';
import { Relay } from '../../src/service/relay/relay.ts';
import { Cluster } from '../../src/service/relay/workers/cluster.ts';
import { RecordingLog } from './recording-log.ts';
import { TestPlayer } from './test-player.ts';
import { TestPublisher } from './test-publisher.ts';

const local = { host: '127.0.0.1', port: 0 };

/** A relay of one thread or several in this process, and clients of it that go with it. */
export class ChangingScene implements AsyncDisposable {
  readonly control: RelayControl;
  readonly log: RecordingLog;
  readonly #settings: RelaySettings;
  readonly #folder: string;
  readonly #clients: AsyncDisposable[] = [];

  private constructor(control: RelayControl, log: RecordingLog, settings: RelaySettings, folder: string) {
    this.control = control;
    this.log = log;
    this.#settings = settings;
    this.#folder = folder;
  }

  /**
   * @param config - as in a config file; listeners are on free ports of 127.0.0.1
   * @param hosts - to which pulls and forwards may lead that are added
   */
  static async start(
    workers: number,
    config: Record<string, unknown> = {},
    { hosts = [], process }: { readonly hosts?: readonly string[]; readonly process?: ProcessControl } = {},
  ): Promise<ChangingScene> {
    const folder = mkdtempSync(join(tmpdir(), 'streampump-changing-'));
    const tokens = (['read', 'operate'] as const).map((role) => {
      const file = join(folder, role);
      writeFileSync(file, `${role}-token`);
      return { name: `${role}er`, role, file };
    });
    const admin = { socket: null, tokens, hosts };
    const listen = { rtmp: local, http: local, admin: local };
    const quiet = workers === 1 ? {} : { log: { level: 'info' } };
    const settings = relaySettings.parse({
      ...{ workers, play: { waitMs: 60_000 }, admin },
      ...{ ...quiet, ...config, listen },
    });
    const log = new RecordingLog();
    const start = workers === 1 ? Relay.start : Cluster.start;
    return new ChangingScene(await start(settings, log, undefined, { process }), log, settings, folder);
  }

  port(protocol: string): number {
    return this.control.listeners.find((one) => one.protocol === protocol)?.address.port ?? 0;
  }

  /** A request of the API. @param as - whose token goes along */
  api(
    request: string,
    body?: unknown,
    as: 'nobody' | 'read' | 'operate' = 'operate',
    headers: Record<string, string> = {},
  ): Promise<Response> {
    const [method = '', path = ''] = request.split(' ');
    return fetch(`http://127.0.0.1:${this.port('admin')}/api/v1/${path}`, {
      method,
      headers: {
        ...(as === 'nobody' ? {} : { authorization: `Bearer ${as}-token` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }

  /** Status and JSON of its answer; null where there is none. */
  async answer(...request: Parameters<ChangingScene['api']>): Promise<readonly [number, unknown]> {
    const response = await this.api(...request);
    const text = await response.text();
    return [response.status, text === '' ? null : JSON.parse(text)];
  }

  /** Reads the configuration again as it is, but for this. */
  reload(changes: Partial<RelaySettings> = {}): Promise<readonly string[]> {
    return this.control.configure({ ...this.#settings, ...changes });
  }

  /** Asks to play a stream over RTMP; resolves when the relay has taken it up. */
  async play(key: string): Promise<TestPlayer> {
    const player = this.player(key);
    const [stream] = key.split('?', 1);
    const { length } = this.log.find('play', { stream });
    await this.log.waitFor('play', { stream }, { count: length + 1 });
    return player;
  }

  /** Asks to play a stream over RTMP, whatever comes of it. */
  player(key: string): TestPlayer {
    const player = TestPlayer.play(this.port('rtmp'), key);
    this.#clients.push(player);
    return player;
  }

  /** Why somebody may not play. */
  async refusal(key: string): Promise<string> {
    return (await this.player(key).refused).description;
  }

  async publish(key: string): Promise<TestPublisher> {
    const publisher = await TestPublisher.start(this.port('rtmp'), key);
    this.#clients.push(publisher);
    return publisher;
  }

  /** The value of a metric; 0 when it is not there. */
  async metric(name: string): Promise<number> {
    const { text } = await this.control.metrics();
    const line = text.split('\n').find((candidate) => candidate.startsWith(`${name} `));
    return line === undefined ? 0 : Number(line.slice(name.length + 1));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#clients.map((client) => client[Symbol.asyncDispose]()));
    await this.control.close();
    rmSync(this.#folder, { recursive: true });
  }
}
