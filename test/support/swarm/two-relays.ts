import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../free-port.ts';
import { FickleServer } from './fickle-server.ts';
import type { Place } from './guest.ts';
import type { Random } from './random.ts';
import { WatchedRelay } from './watched-relay.ts';

const mib = 2 ** 20;

/** What both relays may use up: little, so that who wants too much of it gets there soon. */
export const budgets: Readonly<Record<string, unknown>> = {
  cache: { maxBytes: 4 * mib, totalBytes: 16 * mib },
  fanOut: { maxBacklogBytes: mib, stallTimeoutMs: 3000 },
  publish: { graceMs: 500 },
  play: { waitMs: 5000 },
  deadlines: { idleMs: 5000 },
  http: { rtmpt: true },
  limits: { sessions: 400, messageBytes: mib, partialBytesPerSession: 2 * mib },
  log: { level: 'info', format: 'json' },
};

/** A relay under test, a neighbour that it pulls from and that pulls from it, and a server that cannot be relied on. */
export class TwoRelays implements AsyncDisposable {
  readonly relay: WatchedRelay;
  readonly neighbour: WatchedRelay;
  readonly server: FickleServer;
  readonly #folder: string;
  readonly #stack: AsyncDisposableStack;

  private constructor(
    stack: AsyncDisposableStack,
    folder: string,
    [relay, neighbour]: readonly [WatchedRelay, WatchedRelay],
    server: FickleServer,
  ) {
    this.#stack = stack;
    this.#folder = folder;
    this.relay = relay;
    this.neighbour = neighbour;
    this.server = server;
  }

  static async start(seed: number, workers: number, timeLimitMs: number): Promise<TwoRelays> {
    await using stack = new AsyncDisposableStack();
    const folder = mkdtempSync(join(tmpdir(), 'streampump-swarm-'));
    stack.defer(() => rmSync(folder, { recursive: true, force: true }));
    const server = stack.use(await FickleServer.start(seed));
    const relayPort = await freePort();
    const neighbour = stack.use(
      await WatchedRelay.start({
        config: {
          ...budgets,
          streams: [pulled('froma/**', [`rtmp://127.0.0.1:${relayPort}/{key}`]), pushed],
        },
        timeLimitMs,
      }),
    );
    const { rtmpPort, httpPort } = neighbour.relay;
    const streams = [
      pulled('fromb/**', [`rtmp://127.0.0.1:${rtmpPort}/{key}`, `http://127.0.0.1:${httpPort}/{key}.flv`]),
      pulled('streams/b*', [`mmsh://127.0.0.1:${httpPort}/{key}`]),
      pulled('up/**', server.urls, 2000),
      pushed,
    ];
    writeConfig(folder, { streams });
    const relay = stack.use(
      await WatchedRelay.start({
        rtmpPort: relayPort,
        config: { ...budgets, workers },
        configFile: join(folder, 'relay.config.json'),
        timeLimitMs,
      }),
    );
    const relays = new TwoRelays(stack.move(), folder, [relay, neighbour], server);
    relays.#streams = streams;
    return relays;
  }

  #streams: readonly unknown[] = [];

  /** Where guests of the relay under test go, and what they find there. */
  get place(): Place {
    const { rtmpPort, httpPort } = this.relay.relay;
    return {
      rtmpPort,
      httpPort,
      ours: ['live/0', 'live/1', 'live/2', 'live/3', 'froma/0', 'streams/0', 'streams/1'],
      others: [
        'live/steady',
        'froma/steady',
        'fromb/steady',
        'fromb/0',
        'fromb/1',
        'up/0',
        'up/1',
        'live/none',
        'up/2',
        'streams/b0',
        'streams/bsteady',
      ],
    };
  }

  get neighbouringPlace(): Place {
    const { rtmpPort, httpPort } = this.neighbour.relay;
    return {
      rtmpPort,
      httpPort,
      ours: ['fromb/0', 'fromb/1', 'streams/b0'],
      others: ['froma/0', 'froma/steady', 'streams/bsteady'],
    };
  }

  /** Has the relay read its config again, which may have faults. @returns how it has changed */
  async reload(random: Random): Promise<string> {
    const how = random.oneOf(['unchanged', 'other access', 'other pages', 'faulty', 'no JSON'] as const);
    const streams = this.#streams;
    const config = {
      unchanged: { streams },
      'other access': { streams, access: { play: ['127.0.0.0/8', `10.${random.between(0, 255)}.0.0/16`] } },
      'other pages': {
        streams,
        http: { listStreams: random.chance(0.5), corsOrigins: ['https://example.com'] },
      },
      faulty: { streams: [pulled('x/**', ['rtmp://10.0.0.256/{key}'])] },
      'no JSON': '{ "streams": ',
    }[how];
    writeConfig(this.#folder, config);
    this.relay.relay.tool.kill('SIGHUP');
    return `the config is read again: ${how}`;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }
}

const pushed = { match: '**', source: { type: 'push' } };

/** @param silenceMs - long for steady streams: what publishes them has pauses on a busy machine */
function pulled(match: string, urls: readonly string[], silenceMs = 60_000): unknown {
  return { match, source: { type: 'pull', urls, lingerMs: 500, silenceMs } };
}

function writeConfig(folder: string, config: unknown): void {
  const text = typeof config === 'string' ? config : JSON.stringify(config);
  writeFileSync(join(folder, 'relay.config.json'), text);
}
