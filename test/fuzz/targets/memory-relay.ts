import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Server, Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { relaySettings } from '../../../src/config/relay-settings.ts';
import { Relay } from '../../../src/service/relay/relay.ts';
import { LoopClock } from '../../support/loop-clock.ts';
import { MemorySocket } from '../../support/memory-socket.ts';
import { RecordingLog } from '../../support/recording-log.ts';
import { FuzzFault } from '../engine/fuzz-target.ts';

/** Where node:net says which servers have begun to listen. */
const LISTENING = 'tracing:net.server.listen:asyncEnd';

/** Deadlines so short that little time has to pass until nobody has any reason to stay. */
const second = 1000;
const config = {
  access: { publish: ['0.0.0.0/0'], relays: ['192.0.2.0/24'], failures: { attempts: 1_000_000, delayMs: 0 } },
  deadlines: {
    ...{
      handshakeMs: second,
      idleMs: second,
      pendingMs: 2 * second,
      firstMediaMs: second,
      silenceMs: second,
    },
    ...{ pushSilenceMs: second, pushGapMs: second, pingMs: second },
  },
  publish: { graceMs: 200 },
  play: { waitMs: 500 },
  fanOut: { stallTimeoutMs: second },
  limits: { messageBytes: 2 ** 20, partialBytesPerSession: 2 ** 21 },
  admin: { socket: null },
};

/** Everybody has left when so much time has passed, milliseconds, and in what steps it does. */
const ALL_GONE_MS = 12_000;
const STEP_MS = 250;

/** Timers of the relay itself vary by so many. */
const TIMER_SLACK = 4;

/** More log for one input is a flood, lines. */
const MAX_LOG_LINES = 120;
/** Longer lines are none that a peer's words may make, characters. */
const MAX_LINE_LENGTH = 4096;

/** Errors that the relay may log about a peer. */
const isFaulty = (event: string): boolean => event === 'bug';

/** A whole relay on a clock driven by hand, to which connections in memory are brought. */
export class MemoryRelay {
  readonly clock: LoopClock = new LoopClock(1000);
  readonly log: RecordingLog = new RecordingLog();
  readonly #relay: Relay;
  readonly #servers: ReadonlyMap<string, Server>;
  #timersAtRest = 0;

  private constructor(
    relay: Relay,
    servers: ReadonlyMap<string, Server>,
    clock: LoopClock,
    log: RecordingLog,
  ) {
    this.#relay = relay;
    this.#servers = servers;
    this.clock = clock;
    this.log = log;
  }

  static async start(more: Readonly<Record<string, unknown>> = {}): Promise<MemoryRelay> {
    const local = { host: '127.0.0.1', port: 0 };
    const settings = relaySettings.parse({
      ...config,
      ...more,
      listen: { rtmp: local, http: local, admin: local },
    });
    const clock = new LoopClock(1000);
    const log = new RecordingLog();
    const listening: Server[] = [];
    const note = (message: unknown): void => {
      listening.push((message as { readonly server: Server }).server);
    };
    subscribe(LISTENING, note);
    const relay = await Relay.start(settings, log, clock);
    unsubscribe(LISTENING, note);
    const servers = new Map(
      relay.listeners.flatMap(({ protocol, address }) => {
        const server = listening.find(
          (one) => (one.address() as { port?: number } | null)?.port === address.port,
        );
        return server === undefined ? [] : [[protocol, server] as const];
      }),
    );
    const made = new MemoryRelay(relay, servers, clock, log);
    await made.pass(ALL_GONE_MS);
    made.#timersAtRest = clock.pending;
    return made;
  }

  /** A connection of a peer, which reads whatever comes. */
  connect(listener: 'rtmp' | 'http'): MemoryPeer {
    const [near, far] = MemorySocket.pair(listener === 'http');
    this.#servers.get(listener)?.emit('connection', near);
    return new MemoryPeer(near, far);
  }

  /** Lets time pass, and whoever has something to do then do it. */
  async pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += STEP_MS) {
      this.clock.advance(Math.min(STEP_MS, ms - passed));
      await turn();
      await turn();
    }
  }

  /** Lets what has come be read. */
  async settle(turns = 3): Promise<void> {
    for (let i = 0; i < turns; i++) {
      this.clock.advance(1);
      await turn();
    }
  }

  /** Waits until everybody has gone. @throws FuzzFault where something stays behind, or the log says more than it may */
  async expectEmpty(peers: readonly MemoryPeer[]): Promise<void> {
    let left = await this.#left(peers);
    for (let passed = 0; left !== '' && passed < ALL_GONE_MS; passed += STEP_MS) {
      await this.pass(STEP_MS);
      left = await this.#left(peers);
    }
    const lines = this.log.lines.splice(0);
    const bug = lines.find(({ event }) => isFaulty(event));
    if (bug !== undefined) throw new FuzzFault(`bug ${placeOf(bug.text)}`, bug.text);
    if (left !== '') throw new FuzzFault('left', `${left}\n${textOf(lines)}`);
    if (lines.length > MAX_LOG_LINES)
      throw new FuzzFault('log', `${lines.length} lines\n${textOf(lines.slice(0, 20))}`);
    const long = lines.find(({ text }) => text.length > MAX_LINE_LENGTH || text.includes('\n'));
    if (long !== undefined) throw new FuzzFault('line', long.text.slice(0, 2 * MAX_LINE_LENGTH));
  }

  async close(): Promise<void> {
    const closed = this.#relay.close();
    for (let i = 0; i < 40; i++) await this.pass(STEP_MS);
    await closed;
  }

  async #left(peers: readonly MemoryPeer[]): Promise<string> {
    const open = peers.filter(({ isClosed }) => !isClosed).length;
    const { load } = await this.#relay.threadStatus();
    const { sessions, publishers, players, waitingPlayers, pendingSessions, cacheBytes, backlogBytes } = load;
    const held = { sessions, publishers, players, waitingPlayers, pendingSessions, cacheBytes, backlogBytes };
    const more = {
      ...{ open, streams: (await this.#relay.liveStreams()).length },
      timers: Math.max(0, this.clock.pending - this.#timersAtRest - TIMER_SLACK),
    };
    return Object.entries({ ...held, ...more })
      .filter(([, count]) => count !== 0)
      .map(([what, count]) => `${what}: ${count}`)
      .join(', ');
  }
}

/** The far end of a connection in memory. */
export class MemoryPeer {
  readonly #near: Socket;
  readonly #far: Socket;
  /** What was received. */
  received = 0;
  /** The piece that came last. */
  last: Buffer = Buffer.alloc(0);

  constructor(near: Socket, far: Socket) {
    this.#near = near;
    this.#far = far;
    far.on('error', () => {}); // the relay may be gone
    far.on('data', (bytes: Buffer) => {
      this.received += bytes.length;
      this.last = bytes;
    });
  }

  send(bytes: Buffer | string): void {
    if (this.#far.writable) this.#far.write(bytes);
  }

  end(): void {
    this.#far.end();
  }

  cut(): void {
    this.#far.destroy();
  }

  get isClosed(): boolean {
    return this.#near.destroyed;
  }
}

function textOf(lines: RecordingLog['lines']): string {
  return lines.map(({ event, text }) => `  ${event}: ${text}`).join('\n');
}

/** Where a bug was thrown. */
function placeOf(text: string): string {
  return /(src\/[^):]+:\d+)/.exec(text)?.[1] ?? '';
}
