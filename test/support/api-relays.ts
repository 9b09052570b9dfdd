import { type RelaySettings, relaySettings } from '../../src/config/relay-settings.ts';
import type { RelayControl } from '../../src/service/admin/relay-control.ts';
import { Relay } from '../../src/service/relay/relay.ts';
import { Cluster } from '../../src/service/relay/workers/cluster.ts';
import { media } from './fake-media.ts';
import { RecordingLog } from './recording-log.ts';
import { TestPlayer } from './test-player.ts';
import { TestPublisher } from './test-publisher.ts';

const local = { host: '127.0.0.1', port: 0 };

/** A relay with an admin listener on a free port, be it one thread or several. */
export class ApiRelay implements AsyncDisposable {
  readonly control: RelayControl;
  readonly log: RecordingLog;

  private constructor(control: RelayControl, log: RecordingLog) {
    this.control = control;
    this.log = log;
  }

  /** @param config - as in a config file; `workers` says how many threads serve */
  static async start(config: Record<string, unknown> = {}): Promise<ApiRelay> {
    const log = new RecordingLog();
    const settings = ApiRelay.settings(config);
    const start = settings.workers === 1 ? Relay.start : Cluster.start;
    return new ApiRelay(await start(settings, log), log);
  }

  /** What a relay of this config goes by. */
  static settings({ listen, ...config }: Record<string, unknown>): RelaySettings {
    return relaySettings.parse({
      admin: { socket: null },
      ...config,
      listen: { rtmp: local, http: local, admin: local, ...(listen as object) },
    });
  }

  port(protocol: string): number {
    return this.control.listeners.find((listener) => listener.protocol === protocol)?.address.port ?? 0;
  }

  /** URL on the admin listener. */
  url(path: string): string {
    return `http://127.0.0.1:${this.port('admin')}${path}`;
  }

  /** The JSON at a path of the API. */
  async get<T>(path: string): Promise<T> {
    const response = await fetch(this.url(`/api/v1/${path}`));
    if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }

  /** Publishes a keyframe, and waits until it plays. */
  async publish(key: string): Promise<TestPublisher> {
    const publisher = await TestPublisher.start(this.port('rtmp'), key);
    publisher.sendMedia(...media('VH1@0 K1@0'));
    await using player = TestPlayer.play(this.port('rtmp'), key);
    await player.waitFor(({ timestamp }) => timestamp === 0);
    return publisher;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.control.close();
  }
}
