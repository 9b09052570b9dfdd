import { type RawData, WebSocket } from 'ws';
import type { HouseMessage } from '../../../src/service/fleet-link/house-message.ts';
import { LINK_PATH, LINK_PROTOCOL } from '../../../src/service/fleet-link/link-limits.ts';
import type { PlayerReport, StreamReport, Telemetry } from '../../../src/service/fleet-link/relay-message.ts';

/** How a client shows who it is. */
export interface LinkClientWish {
  readonly authorization?: string;
  readonly protocol?: string;
  readonly instance?: string;
  readonly revision?: string | null;
  /** TLS, for a house that has it. */
  readonly tls?: { readonly ca?: Buffer; readonly cert?: Buffer; readonly key?: Buffer };
  /** Acknowledges nothing by itself. */
  readonly isMute?: boolean;
}

/** The value of the header Authorization for a relay. */
export function basic(id: string, key = `key-of-the-relay-${id}`): string {
  return `Basic ${Buffer.from(`${id}:${key}`).toString('base64')}`;
}

/** A house has answered no to a request for a link. */
export class RefusedLink extends Error {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;

  constructor(status: number, headers: NodeJS.Dict<string | string[]>, body: string) {
    super(body);
    this.status = status;
    this.headers = headers;
  }
}

/** A relay's side of a link, which says what a test wants it to say. */
export class LinkClient implements AsyncDisposable {
  readonly webSocket: WebSocket;
  /** All that the house has said. */
  readonly heard: HouseMessage[] = [];
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  readonly #waiting = new Set<() => void>();

  private constructor(webSocket: WebSocket, isMute: boolean) {
    this.webSocket = webSocket;
    webSocket.on('message', (data: RawData) => {
      const message = JSON.parse(String(data)) as HouseMessage;
      this.heard.push(message);
      if (!isMute && message.type !== 'welcome') this.say({ type: 'ack', id: message.id, problem: null });
      for (const wake of [...this.#waiting]) wake();
    });
    this.closed = new Promise((resolve) =>
      webSocket.on('close', (code, reason) => {
        resolve({ code, reason: reason.toString() });
        for (const wake of [...this.#waiting]) wake();
      }),
    );
    webSocket.on('error', () => {});
  }

  /** Resolves when the house has taken the request; rejects with a {@link RefusedLink} otherwise. @param base - http:// or https:// */
  static async connect(base: string, id: string, wish: LinkClientWish = {}): Promise<LinkClient> {
    const { authorization = basic(id), protocol = LINK_PROTOCOL, tls = {}, isMute = false } = wish;
    const headers = authorization === '' ? {} : { authorization };
    const options = { headers, perMessageDeflate: false, ...tls };
    const webSocket = new WebSocket(`${base.replace(/^http/, 'ws')}${LINK_PATH}`, protocol, options);
    const client = new LinkClient(webSocket, isMute);
    await new Promise<void>((resolve, reject) => {
      webSocket.once('open', resolve);
      webSocket.once('error', reject);
      webSocket.once('unexpected-response', async (_request, response) => {
        let body = '';
        for await (const part of response) body += part;
        reject(new RefusedLink(response.statusCode ?? 0, response.headers, body));
      });
    });
    return client;
  }

  /** The same, having said hello. */
  static async open(base: string, id: string, wish: LinkClientWish = {}): Promise<LinkClient> {
    const client = await LinkClient.connect(base, id, wish);
    const { instance = 'i1', revision = null } = wish;
    client.say({ type: 'hello', version: 1, software: 'test 1.0', instance, revision });
    return client;
  }

  say(message: unknown): void {
    if (this.webSocket.readyState === WebSocket.OPEN) this.webSocket.send(JSON.stringify(message));
  }

  report(given: Partial<Telemetry> = {}): void {
    this.say(telemetry(given));
  }

  /** Resolves with the `count`-th message of a type; rejects when the link is over before. */
  async hears<T extends HouseMessage['type']>(type: T, count = 1): Promise<HouseMessage & { type: T }> {
    for (;;) {
      const found = this.heard.filter((message) => message.type === type)[count - 1];
      if (found !== undefined) return found as HouseMessage & { type: T };
      if (this.webSocket.readyState === WebSocket.CLOSED) throw new Error(`closed before ${type}`);
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          this.#waiting.delete(wake);
          resolve();
        };
        this.#waiting.add(wake);
      });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.webSocket.terminate();
    await this.closed;
  }
}

/** A report with what a test does not care for. */
export function telemetry(given: Partial<Telemetry> = {}): Telemetry {
  return {
    ...{ type: 'telemetry', whole: false, more: false, state: 'ready', players: 0, publishers: 0 },
    ...{ sentBitsPerSecond: 0, receivedBitsPerSecond: 0, streams: [], joined: [], left: [] },
    config: { revision: null, problem: null },
    ...given,
  };
}

/** A stream that is live. */
export function streamReport(key: string, given: Partial<StreamReport> = {}): StreamReport {
  return {
    ...{ key, state: 'live', players: 0, receivedBitsPerSecond: 1000, keyframeAgeSeconds: 1 },
    source: 'pull',
    ...given,
  };
}

/** A player that has come. */
export function playerReport(id: string, given: Partial<PlayerReport> = {}): PlayerReport {
  return {
    ...{ id, uid: null, identity: null, address: '192.0.2.1', protocol: 'rtmp', stream: 'live/a' },
    since: 1_700_000_000_000,
    ...given,
  };
}
