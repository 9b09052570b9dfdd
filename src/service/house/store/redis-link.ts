import type { RedisClientOptions } from '@redis/client';
import type { RedisPlace } from '../../../config/house/redis-url.ts';
import { bugText } from '../../../errors.ts';
import type { Log } from '../../../log.ts';
import { type ClientTrust, clientTlsOptions } from '../../../session/upstream/client-tls.ts';
import type { Clock } from '../../../stream/clock.ts';
import { Backoff, STEADY_MS } from '../../listen/backoff.ts';
import { StoreError } from './house-store.ts';

/** How long Redis may take for an answer, and for a connection with all that belongs to it, milliseconds. */
const ANSWER_MS = 3000;
const CONNECT_MS = 10_000;

/** How often Redis is asked whether it is there, milliseconds. */
const LOOK_MS = 2000;

/** So much may be on its way to Redis that tells other houses something; what is more is lost. */
const MAX_UNSENT = { messages: 5000, bytes: 32 * 2 ** 20 } as const;

/** Waits between two tries are at most so long, milliseconds. */
const RETRY_MS = { first: 250, most: 5000 } as const;

/** What a link to Redis needs. */
export interface RedisLinkHost {
  readonly place: RedisPlace;
  /** Whom to believe, and with what certificate to come, over TLS. */
  readonly tls: ClientTrust;
  readonly clock: Clock;
  readonly log: Log;
  /** Heard by all houses. */
  readonly channel: string;
  onMessage(text: string): void;
  /** Brings both sides up to date: when Redis has come, and again and again while it is there. What it throws ends the connection. */
  synchronize(): Promise<void>;
  /** Redis is there, and both sides are up to date. */
  onThere(): void;
}

/** Who does not answer is believed to be gone. */
class NoAnswer extends Error {}

/** The commands of Redis that are used. */
interface RedisClient {
  connect(): Promise<unknown>;
  destroy(): void;
  on(event: 'error', listener: (error: Error) => void): unknown;
  sendCommand(args: readonly string[]): Promise<unknown>;
  subscribe(channel: string, listener: (message: string) => void): Promise<void>;
}

type State =
  | { readonly at: 'away'; cancel(): void }
  | {
      readonly at: 'coming' | 'there';
      readonly client: RedisClient;
      readonly since: number;
      stopLooking(): void;
    }
  | { readonly at: 'closed' };

/** A connection to Redis that comes back by itself. */
export class RedisLink {
  readonly #host: RedisLinkHost;
  readonly #backoff = new Backoff(RETRY_MS.first, RETRY_MS.most);
  #state: State = { at: 'away', cancel: () => {} };
  /** The outage that the log has told of began then; undefined while there is none. */
  #awaySince: number | undefined;
  #unsent: { messages: number; bytes: number } = { messages: 0, bytes: 0 };

  constructor(host: RedisLinkHost) {
    this.#host = host;
  }

  /** Resolves after the first try, however it has ended. */
  async open(): Promise<void> {
    await this.#connect();
  }

  get isThere(): boolean {
    return this.#state.at === 'there';
  }

  /** @throws StoreError while Redis is away */
  mustBeThere(): void {
    if (!this.isThere) throw this.#awayError();
  }

  /** Asks Redis something. @throws StoreError where it is away, or does not answer in time, or refuses */
  async ask(...command: readonly string[]): Promise<unknown> {
    const state = this.#state;
    if (state.at !== 'there' && state.at !== 'coming') throw this.#awayError();
    try {
      return await this.#inTime(state.client.sendCommand(command), ANSWER_MS);
    } catch (error) {
      if (error instanceof NoAnswer) this.#lose(state.client, error);
      throw new StoreError(`Redis at ${this.#host.place.shown} fails: ${reasonOf(error)}`);
    }
  }

  /** Tells all houses, if that can be. */
  publish(text: string): void {
    const state = this.#state;
    if (state.at !== 'there') return;
    const bytes = text.length;
    const unsent = this.#unsent;
    if (unsent.messages >= MAX_UNSENT.messages || unsent.bytes + bytes > MAX_UNSENT.bytes) return;
    unsent.messages++;
    unsent.bytes += bytes;
    const sent = (): void => {
      unsent.messages--;
      unsent.bytes -= bytes;
    };
    state.client.sendCommand(['PUBLISH', this.#host.channel, text]).then(sent, (error: unknown) => {
      sent();
      this.#lose(state.client, error);
    });
  }

  close(): void {
    const state = this.#state;
    this.#state = { at: 'closed' };
    if (state.at === 'away') state.cancel();
    if (state.at === 'coming' || state.at === 'there') {
      state.stopLooking();
      destroy(state.client);
    }
  }

  #awayError(): StoreError {
    return new StoreError(
      `Redis at ${this.#host.place.shown} is away: nothing can be decided until it is back`,
    );
  }

  async #connect(): Promise<void> {
    const { place, tls, channel, onMessage } = this.#host;
    const { createClient } = await import('@redis/client'); // a house with a file does without
    if (this.#state.at === 'closed') return;
    const client = createClient(clientOptions(place, tls)) as unknown as RedisClient;
    this.#state = { at: 'coming', client, since: this.#host.clock.now(), stopLooking: () => {} };
    client.on('error', (error) => this.#lose(client, error));
    try {
      await this.#inTime(this.#begin(client, channel, onMessage), CONNECT_MS);
    } catch (error) {
      this.#lose(client, error);
    }
  }

  async #begin(client: RedisClient, channel: string, onMessage: (text: string) => void): Promise<void> {
    await client.connect();
    await client.subscribe(channel, (text) => this.#quietly(() => onMessage(text)));
    await this.#host.synchronize();
    if (!this.#isOf(client)) return;
    this.#state = { at: 'there', client, since: this.#host.clock.now(), stopLooking: () => {} };
    this.#unsent = { messages: 0, bytes: 0 };
    this.#tellThere();
    this.#host.onThere();
    this.#lookLater(client);
  }

  #lookLater(client: RedisClient): void {
    const state = this.#state;
    if (state.at !== 'there' || state.client !== client) return;
    const stopLooking = this.#host.clock.after(LOOK_MS, () => {
      this.#host.synchronize().then(
        () => this.#lookLater(client),
        (error: unknown) => this.#lose(client, error),
      );
    });
    this.#state = { ...state, stopLooking };
  }

  #isOf(client: RedisClient): boolean {
    const state = this.#state;
    return (state.at === 'coming' || state.at === 'there') && state.client === client;
  }

  #lose(client: RedisClient, error: unknown): void {
    const state = this.#state;
    if ((state.at !== 'coming' && state.at !== 'there') || state.client !== client) return;
    state.stopLooking();
    destroy(client);
    if (state.at === 'there' && this.#host.clock.now() - state.since >= STEADY_MS) this.#backoff.reset();
    const { clock, log, place } = this.#host;
    const cancel = clock.after(this.#backoff.next(), () => void this.#connect());
    this.#state = { at: 'away', cancel };
    if (this.#awaySince !== undefined) return;
    this.#awaySince = clock.now();
    log.warn(
      'store',
      `Redis at ${place.shown} cannot be used (${reasonOf(error)}): this house goes on with what it knows, and nothing can be decided`,
    );
  }

  #tellThere(): void {
    const { clock, log, place } = this.#host;
    const seconds =
      this.#awaySince === undefined ? undefined : Math.round((clock.now() - this.#awaySince) / 1000);
    this.#awaySince = undefined;
    const text =
      seconds === undefined
        ? `shares with other houses by Redis at ${place.shown}`
        : `Redis at ${place.shown} is back after ${seconds} s`;
    log.info('store', text);
  }

  #quietly(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#host.log.error('bug', bugText(error));
    }
  }

  async #inTime<T>(work: Promise<T>, ms: number): Promise<T> {
    const late = Promise.withResolvers<never>();
    const cancel = this.#host.clock.after(ms, () => late.reject(new NoAnswer('no answer in time')));
    try {
      return await Promise.race([work, late.promise]);
    } finally {
      cancel();
      work.catch(() => {}); // who came too late is told nothing
    }
  }
}

function clientOptions(
  { server, username, password, database }: RedisPlace,
  tls: ClientTrust,
): RedisClientOptions {
  const common = { connectTimeout: CONNECT_MS, reconnectStrategy: false } as const;
  const socket =
    'path' in server
      ? { ...common, tls: false as const, path: server.path }
      : server.isTls
        ? { ...common, ...clientTlsOptions(server.host, tls), tls: true as const, port: server.port }
        : { ...common, host: server.host, port: server.port };
  return {
    socket,
    database,
    ...(username === null ? {} : { username }),
    ...(password === null ? {} : { password }),
    name: 'streampump-house',
    disableOfflineQueue: true,
    disableClientInfo: true, // one command less that its access list has to allow
    maintNotifications: 'disabled',
  };
}

function destroy(client: RedisClient): void {
  try {
    client.destroy();
  } catch {} // was not open
}

/** Without what might be a secret: Redis itself names none. */
function reasonOf(error: unknown): string {
  const { message, code } = error as NodeJS.ErrnoException;
  return message || code || 'no reason given';
}
