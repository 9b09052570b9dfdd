import { connect as connectTcp, isIP, type LookupFunction, type Socket } from 'node:net';
import { nodeTls } from '../../built-in.ts';
import { NetworkList } from '../../config/networks.ts';
import type { ProxySettings } from '../../config/proxy-settings.ts';
import { parseMediaUrl } from '../../media-url.ts';
import { type Clock, systemClock } from '../../stream/clock.ts';
import { basicAuthorization } from './basic-authorization.ts';
import { type ClientTrust, clientTlsOptions } from './client-tls.ts';
import { askForTunnel } from './proxy-tunnel.ts';

/** A connection that is not ready within this time, proxy and TLS included, is given up, milliseconds. */
const CONNECT_MS = 10_000;

/** Where a connection leads. */
export interface ServerAddress {
  /** Host name or address, IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
  readonly isTls: boolean;
  /** Goes before everything else, TLS included; only where there is no proxy on the way. */
  readonly preface?: Uint8Array;
}

/** Told once how it went, never before the call has returned that asked for it: an error's message says it all. */
export type OnConnected = (connected: Socket | Error) => void;

/**
 * Opens a connection. `onDone` is called once and never before the call returns: with a socket that bytes can be written to,
 * or with an error whose message says it all.
 * @returns gives up; `onDone` is not called any more. Harmless once it was
 */
export type Connect = (to: ServerAddress, onDone: OnConnected) => () => void;

/** A proxy, as it is spoken to. */
export interface Proxy {
  readonly host: string;
  readonly port: number;
  /** Value of Proxy-Authorization, if there are credentials. */
  readonly authorization: string | undefined;
}

/** What a connector goes by. */
export interface ConnectorSettings {
  readonly proxy: ProxySettings;
  readonly trust?: ClientTrust | undefined;
}

interface Route {
  readonly proxyUrl: string | null;
  readonly proxy: Proxy | undefined;
  readonly names: readonly string[];
  readonly networks: NetworkList;
  readonly trust: ClientTrust | undefined;
}

/** Opens every connection of the relay to another server, straight or through the proxy; nothing else knows of it. */
export class ServerConnector {
  /** The clock that connections are timed by. */
  readonly clock: Clock;
  #settings: ConnectorSettings;
  #route: Route;

  constructor(clock: Clock, settings: ConnectorSettings) {
    this.clock = clock;
    this.#settings = settings;
    this.#route = routeOf(settings);
  }

  /** Takes new settings over, for connections to come. */
  configure(settings: ConnectorSettings): void {
    this.#settings = settings;
    this.#route = routeOf(settings);
  }

  /** What it goes by now. */
  get settings(): ConnectorSettings {
    return this.#settings;
  }

  /** URLs whose secrets may be in what servers say, besides those of the servers themselves: that of the proxy. */
  readonly secretUrls = (): readonly string[] => {
    const { proxyUrl } = this.#route;
    return proxyUrl === null ? [] : [proxyUrl];
  };

  /** The proxy on the way to a host; undefined when there is none. */
  proxyFor(host: string): Proxy | undefined {
    const { proxy, names, networks } = this.#route;
    const name = host.toLowerCase();
    const isBypassed =
      isIP(name) === 0
        ? names.some((entry) => name === entry || (entry.startsWith('.') && name.endsWith(entry)))
        : networks.contains(name);
    return isBypassed ? undefined : proxy;
  }

  /** Connects with a server, through a tunnel where there is a proxy. */
  readonly connect: Connect = (to, onDone) => this.#open(to, this.proxyFor(to.host), onDone);

  /** The same, with the server's addresses as `lookup` finds them, where there is no proxy that does. */
  connectBy(to: ServerAddress, lookup: LookupFunction, onDone: OnConnected): () => void {
    return this.#open(to, this.proxyFor(to.host), onDone, lookup);
  }

  /** Connects with a proxy itself, in order to ask it for what a server has. */
  connectProxy({ host, port }: Proxy, _to: ServerAddress, onDone: OnConnected): () => void {
    return this.#open({ host, port, isTls: false }, undefined, onDone);
  }

  #open(
    to: ServerAddress,
    proxy: Proxy | undefined,
    onDone: OnConnected,
    lookup?: LookupFunction,
  ): () => void {
    const { trust } = this.#route;
    const { host, port } = proxy ?? to;
    const nextStop = proxy === undefined ? `${host} port ${port}` : `the proxy ${host} port ${port}`;
    const finding = lookup === undefined || proxy !== undefined ? {} : { lookup };
    const raw = connectTcp({ host, port, noDelay: true, ...finding });
    let socket: Socket = raw;
    let isOver = false;
    const giveUp = (): void => {
      isOver = true;
      stopWaiting();
      socket.destroy();
      raw.destroy();
    };
    const finish = (connected: Socket | Error): void => {
      if (isOver) return;
      if (connected instanceof Error) giveUp();
      isOver = true;
      stopWaiting();
      onDone(connected);
    };
    const fail = (problem: string, cause?: unknown): void => finish(new Error(problem, { cause }));
    let stage = `cannot reach ${nextStop}`;
    const onFault = (error?: unknown): void =>
      fail(`${stage}: ${error instanceof Error ? causeOf(error) : 'it closed the connection'}`, error);
    const watch = (each: Socket): void => {
      each.on('error', onFault); // for good: there is always somebody who listens
      each.once('close', onFault);
    };
    const stopWaiting = this.clock.after(CONNECT_MS, () => fail(`${stage}: no answer for ${CONNECT_MS} ms`));
    const secure = (): void => {
      if (!to.isTls) {
        finish(raw);
        return;
      }
      stage = `TLS with ${to.host} port ${to.port} failed`;
      socket = nodeTls().connect({ ...clientTlsOptions(to.host, trust), socket: raw });
      watch(socket);
      socket.once('secureConnect', () => finish(socket));
    };
    watch(raw);
    raw.once('connect', () => {
      if (proxy === undefined) {
        if (to.preface !== undefined) raw.write(to.preface);
        secure();
        return;
      }
      stage = `the proxy ${host} port ${port} does not connect to ${to.host} port ${to.port}`;
      askForTunnel(raw, to, proxy.authorization, (refusal) => {
        if (isOver) return;
        if (refusal === undefined) secure();
        else fail(`${stage}: ${refusal}`);
      });
    });
    return () => {
      if (!isOver) giveUp();
    };
  }
}

/** What opening an upstream takes of a connector. */
export type UpstreamConnector = Pick<ServerConnector, 'clock' | 'proxyFor' | 'connect' | 'connectProxy'>;

/** What it means that there is no connection: a machine that is there may refuse them, else it is as if one was lost. */
export function connectFailure({ cause }: Error): 'lost' | 'refused' {
  return (cause as NodeJS.ErrnoException | undefined)?.code === 'ECONNREFUSED' ? 'refused' : 'lost';
}

/** Connects with a server without any proxy. */
export const connectStraight: Connect = new ServerConnector(systemClock, { proxy: { url: null, bypass: [] } })
  .connect;

function routeOf({ proxy: { url, bypass }, trust }: ConnectorSettings): Route {
  const isName = (entry: string): boolean => !/^[\d.]+(?:\/.*)?$/.test(entry) && !/[:/]/.test(entry);
  return {
    proxyUrl: url,
    proxy: url === null ? undefined : proxyOf(url),
    names: bypass.filter(isName).map((name) => name.toLowerCase()),
    networks: new NetworkList(bypass.filter((entry) => !isName(entry))),
    trust,
  };
}

/** @throws TypeError when the URL is none of HTTP */
function proxyOf(url: string): Proxy {
  const read = parseMediaUrl(url);
  if (read?.protocol !== 'http') throw new TypeError('no URL of a proxy');
  return { host: read.host, port: read.port, authorization: basicAuthorization(read) };
}

function causeOf(error: NodeJS.ErrnoException & { readonly errors?: readonly Error[] }): string {
  return error.message || error.errors?.map(({ message }) => message).join(', ') || (error.code ?? 'failed');
}
