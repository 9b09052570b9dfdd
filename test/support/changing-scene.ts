import { type RelaySettings, relaySettings } from '../../src/config/relay-settings.ts';
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
  readonly #clients: AsyncDisposable[] = [];

  private constructor(control: RelayControl, log: RecordingLog, settings: RelaySettings) {
    this.control = control;
    this.log = log;
    this.#settings = settings;
  }

  /** @param config - as in a config file; listeners are on free ports of 127.0.0.1 */
  static async start(workers: number, config: Record<string, unknown> = {}): Promise<ChangingScene> {
    const listen = { rtmp: local, http: local, admin: null };
    const quiet = workers === 1 ? {} : { log: { level: 'info' } };
    const settings = relaySettings.parse({ workers, play: { waitMs: 60_000 }, ...quiet, ...config, listen });
    const log = new RecordingLog();
    const start = workers === 1 ? Relay.start : Cluster.start;
    return new ChangingScene(await start(settings, log), log, settings);
  }

  port(protocol: string): number {
    return this.control.listeners.find((one) => one.protocol === protocol)?.address.port ?? 0;
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
  }
}
