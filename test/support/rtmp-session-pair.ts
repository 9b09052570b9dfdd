import { duplexPair } from 'node:stream';
import { ClientSession, type ClientSessionOptions } from '../../src/rtmp-session/client-session.ts';
import type { ClientPlay, ClientPublication } from '../../src/rtmp-session/client-stream.ts';
import type { PlayEvent, PublishEvent, ServerSessionEvent } from '../../src/rtmp-session/server-event.ts';
import { ServerSession } from '../../src/rtmp-session/server-session.ts';
import type { ServerPlay, ServerPublication } from '../../src/rtmp-session/server-stream.ts';
import type { RtmpSessionOptions } from '../../src/rtmp-session/session-options.ts';
import type { NodeDuplex, WebDuplex } from '../../src/rtmp-session/transport.ts';

/** Both ends of a connection in memory, as Node.js or as the web has them. */
export const duplexPairs: Readonly<Record<'node' | 'web', () => readonly [Ends, Ends]>> = {
  node: () => duplexPair(),
  web: () => {
    const up = new TransformStream<Uint8Array, Uint8Array>();
    const down = new TransformStream<Uint8Array, Uint8Array>();
    return [
      { readable: down.readable, writable: up.writable },
      { readable: up.readable, writable: down.writable },
    ];
  },
};

type Ends = NodeDuplex | WebDuplex;

export interface PairOptions {
  readonly over?: keyof typeof duplexPairs;
  readonly client?: Partial<ClientSessionOptions>;
  readonly server?: RtmpSessionOptions;
}

/** A client and a server session that are connected with each other in memory. */
export class RtmpSessionPair implements AsyncDisposable {
  readonly client: ClientSession;
  readonly server: ServerSession;
  readonly #events: AsyncIterator<ServerSessionEvent, undefined>;

  constructor({ over = 'node', client, server }: PairOptions = {}) {
    const [left, right] = duplexPairs[over]();
    this.server = new ServerSession(right, server);
    this.client = new ClientSession(left, { app: 'live', ...client });
    this.#events = this.server[Symbol.asyncIterator]();
  }

  /** A pair whose client is connected. */
  static async connected(options?: PairOptions): Promise<RtmpSessionPair> {
    const pair = new RtmpSessionPair(options);
    const connected = pair.client.connect();
    (await pair.event('connect')).accept();
    await connected;
    return pair;
  }

  /** The next event of the server, which has to be of this type. */
  async event<Type extends ServerSessionEvent['type']>(
    type: Type,
  ): Promise<Extract<ServerSessionEvent, { readonly type: Type }>> {
    const { value } = await this.#events.next();
    if (value?.type !== type) throw new Error(`${value?.type ?? 'the end'} in place of ${type}`);
    return value as Extract<ServerSessionEvent, { readonly type: Type }>;
  }

  /** Publishes a stream from the client to the server. */
  async publish(streamName = 'a'): Promise<{
    readonly event: PublishEvent;
    readonly received: ServerPublication;
    readonly publication: ClientPublication;
  }> {
    const publication = this.client.publish(streamName);
    const event: PublishEvent = await this.event('publish');
    const received = event.accept();
    return { event, received, publication: await publication };
  }

  /** Has the client play a stream of the server. */
  async play(streamName = 'a'): Promise<{
    readonly event: PlayEvent;
    readonly play: ServerPlay;
    readonly played: ClientPlay;
  }> {
    const played = this.client.play(streamName);
    const event: PlayEvent = await this.event('play');
    const play = event.accept();
    return { event, play, played: await played };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client.destroy();
    this.server.destroy();
    await Promise.all([this.client.closed, this.server.closed]);
  }
}

/** So many values of an iteration, which goes on. */
export async function take<T>(source: AsyncIterable<T>, count: number): Promise<T[]> {
  const iterator = source[Symbol.asyncIterator]();
  const values: T[] = [];
  while (values.length < count) {
    const { done, value } = await iterator.next();
    if (done) throw new Error(`the end after ${values.length} of ${count}`);
    values.push(value);
  }
  return values;
}

/** All that is left of an iteration. */
export async function rest<T>(source: AsyncIterable<T>): Promise<T[]> {
  const values: T[] = [];
  for await (const value of source) values.push(value);
  return values;
}
