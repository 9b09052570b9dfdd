import type { Server, Socket } from 'node:net';
import { type ListenSettings, tlsListeners } from '../../config/listen-settings.ts';
import type { Log } from '../../log.ts';
import type { ChunkReaderLimits } from '../../protocol/rtmp/chunk/chunk-reader.ts';
import type { HttpSite } from '../../session/http/http-activity.ts';
import { RtmpServerSession } from '../../session/rtmp/rtmp-server-session.ts';
import type { Clock } from '../../stream/clock.ts';
import { createAdminServer } from '../admin/admin.ts';
import type { RelayControl } from '../admin/relay-control.ts';
import type { Door } from '../listen/door.ts';
import { createHttpServer, type HttpDoor } from '../listen/http-listener.ts';
import { bind, type ListenAddress, type Listener, listen } from '../listen/listener.ts';
import { SecureDoor } from '../listen/secure-door.ts';
import { listenTls, type TlsListener } from '../listen/tls-listener.ts';

/** What a relay's listeners need. */
export interface ListenersParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly door: Door;
  readonly chunkLimits: ChunkReaderLimits;
  readonly site: HttpSite;
}

type TlsProtocol = (typeof tlsListeners)[number];

/** All listeners of a relay. */
export class Listeners {
  readonly #parts: ListenersParts;
  readonly #open: Listener[] = [];
  readonly #secure: Record<TlsProtocol, TlsListener[]> = { rtmps: [], https: [] };

  constructor(parts: ListenersParts) {
    this.#parts = parts;
  }

  /** Those that are open. */
  get all(): readonly Listener[] {
    return this.#open;
  }

  /** Opens them in turn. @throws ListenError, CertificateError; those that are open already stay until they are closed */
  async open({ rtmp, rtmps, http, https, admin }: ListenSettings, relay: RelayControl): Promise<void> {
    const { door, site } = this.#parts;
    for (const settings of rtmp) {
      const onSocket = (socket: Socket): void => this.#onRtmpSocket(socket, door);
      this.#open.push(await listen('rtmp', settings, onSocket, this.#onError('rtmp')));
    }
    for (const settings of rtmps) {
      const secureDoor = this.#secureDoor('rtmps', 'rtmp');
      await this.#listenTls('rtmps', settings, secureDoor, (socket) =>
        this.#onRtmpSocket(socket, secureDoor),
      );
    }
    for (const settings of http) {
      const server = createHttpServer(door, site);
      await this.#bind('http', settings, server, () => server.close());
    }
    for (const settings of https) {
      const secureDoor = this.#secureDoor('https', 'http-flv');
      const server = createHttpServer(secureDoor, site); // never listens: its connections are brought to it
      const onSocket = (socket: Socket): boolean => server.emit('connection', socket);
      await this.#listenTls('https', settings, secureDoor, onSocket, ['http/1.1']);
    }
    for (const settings of admin) {
      const server = createAdminServer(relay, settings.names);
      await this.#bind('admin', settings, server, () => server.close() && server.closeAllConnections());
    }
  }

  /** Reads the certificates again, from the files that the settings name now; which ports are open stays. */
  configure(settings: ListenSettings): void {
    for (const protocol of tlsListeners) {
      for (const [index, listener] of this.#secure[protocol].entries())
        listener.renew(settings[protocol][index]);
    }
  }

  /** Closes those that are for the public. */
  closePublic(): void {
    for (const { protocol, close } of this.#open) if (protocol !== 'admin') close();
  }

  close(): void {
    for (const { close } of this.#open) close();
  }

  async #bind(protocol: string, place: ListenAddress, server: Server, close: () => unknown): Promise<void> {
    const address = await bind(server, protocol, place);
    server.on('error', this.#onError(protocol));
    this.#open.push({ protocol, address, close });
  }

  async #listenTls(
    protocol: TlsProtocol,
    settings: ListenSettings['rtmps'][number],
    door: SecureDoor,
    onSocket: (socket: Socket) => void,
    applications: readonly string[] = [],
  ): Promise<void> {
    const { clock, log } = this.#parts;
    const parts = { clock, log, door, applications, onSocket, onError: this.#onError(protocol) };
    const listener = await listenTls(protocol, settings, parts);
    this.#secure[protocol].push(listener);
    this.#open.push(listener);
  }

  /** @param sessions - what sessions behind it are called in metrics */
  #secureDoor(listener: string, sessions: string): SecureDoor {
    const { clock, door, log } = this.#parts;
    return new SecureDoor({ clock, door, log: log.with({ listener }), protocol: sessions });
  }

  #onRtmpSocket(socket: Socket, door: HttpDoor): void {
    door.admit(socket, (context) => new RtmpServerSession(socket, context, this.#parts.chunkLimits));
  }

  #onError(protocol: string): (error: Error) => void {
    const { log } = this.#parts;
    return ({ message }) =>
      log.error('accept', `could not accept a connection: ${message}`, { listener: protocol });
  }
}
