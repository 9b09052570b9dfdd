import type { PermitSettings } from '../../src/config/access/access-settings.ts';
import { type RelaySettings, relaySettings } from '../../src/config/relay-settings.ts';
import { Relay, type RelayExtras } from '../../src/service/relay/relay.ts';
import { RecordingLog } from './recording-log.ts';

/** A relay of its own for one test, on free ports. */
export interface TestRelay extends AsyncDisposable {
  readonly relay: Relay;
  readonly log: RecordingLog;
  /** Port of the first listener of a protocol. */
  port(protocol: string): number;
  rtmpUrl(key: string): string;
  /** URL of a stream as HTTP-FLV. @param key - stream key, perhaps with a query */
  flvUrl(key: string): string;
  /** URL of a stream as FLV over WebSocket. */
  wsUrl(key: string): string;
  /** URL on the admin listener. */
  adminUrl(path: string): string;
  /** Resolves when somebody publishes the stream, for the `count`-th time. */
  published(key: string, count?: number): Promise<void>;
  /** The value of a metric, as in `streampump_streams` or `streampump_rejected_total{reason="access"}`; 0 when it is not there. */
  metric(name: string): Promise<number>;
}

interface TestRelayExtras
  extends Pick<RelayExtras, 'accessLog' | 'calls' | 'formats' | 'recordings' | 'sharing'> {
  readonly permits?: PermitSettings | null;
}

/**
 * Starts a relay in this process.
 * @param config - as in a config file; listeners are on free ports of 127.0.0.1 unless named
 * @param extras - besides, permits that it believes as if a house had said so
 */
export async function startRelay(
  config: Record<string, unknown> = {},
  { permits = null, ...extras }: TestRelayExtras = {},
): Promise<TestRelay> {
  const { listen, ...rest } = config as { listen?: Record<string, unknown> };
  const local = { host: '127.0.0.1', port: 0 };
  const own: RelaySettings = relaySettings.parse({
    admin: { socket: null },
    ...rest,
    listen: { rtmp: local, http: local, admin: local, ...listen },
  });
  const settings = { ...own, access: { ...own.access, permits } };
  const log = new RecordingLog();
  const relay = await Relay.start(settings, log, undefined, extras);
  const port = (protocol: string): number => {
    const listener = relay.listeners.find((candidate) => candidate.protocol === protocol);
    if (listener === undefined) throw new Error(`the relay does not listen for ${protocol}`);
    return listener.address.port;
  };
  return {
    relay,
    log,
    port,
    rtmpUrl: (key) => `rtmp://127.0.0.1:${port('rtmp')}/${key}`,
    flvUrl: (key) => `http://127.0.0.1:${port('http')}/${flvPath(key)}`,
    wsUrl: (key) => `ws://127.0.0.1:${port('http')}/${flvPath(key)}`,
    adminUrl: (path) => `http://127.0.0.1:${port('admin')}${path}`,
    published: async (key, count = 1) => {
      await log.waitFor('publish', { stream: key }, { count });
    },
    metric: async (name) => {
      const text = await (await fetch(`http://127.0.0.1:${port('admin')}/metrics`)).text();
      const line = text.split('\n').find((candidate) => candidate.startsWith(`${name} `));
      return line === undefined ? 0 : Number(line.slice(name.length + 1));
    },
    [Symbol.asyncDispose]: () => relay.close(),
  };
}

/** The path of a stream as FLV. @param key - stream key, perhaps with a query */
export function flvPath(key: string): string {
  return key.replace(/(?=\?|$)/, '.flv');
}
