import type { Socket } from 'node:net';
import type { SocketSurroundings } from '../../config/admin/admin-socket.ts';
import { type ListenSettings, tlsListeners } from '../../config/listen-settings.ts';
import { normalizeAddress } from '../../config/networks.ts';
import type { Log } from '../../log.ts';
import type { HttpSite } from '../../session/http/http-activity.ts';
import { DirectSocket } from '../../session/reading/direct-socket.ts';
import type { Clock } from '../../stream/clock.ts';
import { AdminListeners } from '../admin/admin-listeners.ts';
import type { ReplacedSocket } from '../admin/admin-socket.ts';
import type { OperationLoader } from '../admin/api/operation.ts';
import type { ServiceControl } from '../admin/service-control.ts';
import type { Arrival, Door } from '../listen/door.ts';
import { createHttpServer, type HttpDoor } from '../listen/http-listener.ts';
import { announce, endpoint, type Listener, listen } from '../listen/listener.ts';
import type { OnArrived, ProxyEntrance } from '../listen/proxy-entrance.ts';
import { HandshakeQueue } from '../listen/tls/handshake-queue.ts';
import { SecureDoor } from '../listen/tls/secure-door.ts';
import { TicketKey } from '../listen/tls/ticket-key.ts';
import { listenTls, type TlsListener } from '../listen/tls/tls-listener.ts';
import type { BeginRtmp } from './tunnel-route.ts';

/** What a service's listeners need. */
export interface ListenersParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly door: Door;
  readonly entrance: ProxyEntrance;
  readonly site: HttpSite;
  /** Seals the session tickets of all threads; undefined where there is one. */
  readonly ticketKey?: TicketKey | undefined;
  readonly beginRtmp: BeginRtmp;
}

/** Whom the admin listeners serve. */
export interface ServedControl<C extends ServiceControl> {
  readonly service: C;
  /** What it can be asked for beyond metrics and health. */
  readonly operations: OperationLoader<C>;
  /** Path of the Unix socket of the admin API, as in `admin.socket`. */
  readonly socket: string | null;
  /** The admin socket of the service whose place this one takes. */
  readonly replaces?: ReplacedSocket | undefined;
  /** Where the socket is with `auto`; without it where that of a relay is. */
  readonly surroundings?: SocketSurroundings;
}

type TlsProtocol = (typeof tlsListeners)[number];

/** All listeners of a service. */
export class Listeners {
  readonly #parts: ListenersParts;
  /** Those that are for the public. */
  readonly #open: Listener[] = [];
  readonly #secure: Record<TlsProtocol, TlsListener[]> = { rtmps: [], https: [] };
  readonly #admin = new AdminListeners();
  readonly #handshakes: HandshakeQueue;
  /** Where no other thread has it; undefined until it is needed. */
  #ownTicketKey: TicketKey | undefined;
  /** Connections that have come too early, each with what takes it; undefined where none is. */
  #early: (() => void)[] | undefined;

  constructor(parts: ListenersParts) {
    this.#parts = parts;
    this.#handshakes = new HandshakeQueue(parts.clock);
  }

  /** Where the admin socket is; undefined while there is none. */
  get adminSocket(): string | undefined {
    return this.#admin.socketPath;
  }

  /** Says what is open. */
  announce(): void {
    announce(this.all, this.#parts.log);
    this.#admin.announceSocket();
  }

  /** Those that are open. */
  get all(): readonly Listener[] {
    return [...this.#open, ...this.#admin.all];
  }

  /** Opens them in turn. @throws ListenError, CertificateError; those that are open already stay until they are closed */
  async open<C extends ServiceControl>(
    { rtmp, rtmps, http, https, admin }: ListenSettings,
    { socket, replaces, surroundings, ...served }: ServedControl<C>,
  ): Promise<void> {
    const { clock, log, door, site } = this.#parts;
    const onRtmp = this.#entering((socket, arrival) => this.#onRtmpSocket(socket, door, arrival));
    for (const settings of rtmp) {
      const onSocket = (socket: Socket): void => onRtmp(DirectSocket.of(socket));
      this.#open.push(await listen('rtmp', settings, onSocket, this.#onError('rtmp')));
    }
    for (const settings of rtmps) {
      const secureDoor = this.#secureDoor('rtmps', 'rtmp');
      await this.#listenTls('rtmps', settings, secureDoor, (socket) =>
        this.#onRtmpSocket(socket, secureDoor),
      );
    }
    for (const settings of http) {
      const server = createHttpServer(door, site); // never listens: its connections are brought to it
      const onArrived: OnArrived = (socket, arrival) => server.emit('connection', socket, arrival);
      const onSocket = this.#entering(this.#onHttp(onArrived));
      this.#open.push(await listen('http', settings, onSocket, this.#onError('http'), true));
    }
    for (const settings of https) {
      const secureDoor = this.#secureDoor('https', 'http-flv');
      const server = createHttpServer(secureDoor, site);
      const onSocket = (socket: Socket): boolean => server.emit('connection', socket);
      await this.#listenTls('https', settings, secureDoor, onSocket, ['http/1.1']);
    }
    await this.#admin.open(admin, { clock, log, ...served });
    await this.#admin.openSocket(socket, { clock, log, ...served }, replaces, surroundings);
  }

  /** Lets connections wait that come from now on. */
  hold(): void {
    this.#early = [];
  }

  /** Takes those that wait, and whoever comes. */
  begin(): void {
    const early = this.#early ?? [];
    this.#early = undefined;
    for (const take of early) take();
  }

  /** Reads the certificates again, from the files that the settings name now; which ports are open stays. */
  configure(settings: ListenSettings): void {
    for (const protocol of tlsListeners) {
      for (const [index, listener] of this.#secure[protocol].entries())
        listener.renew(settings[protocol][index]);
    }
    this.#admin.renew(settings.admin);
  }

  /** Leaves all ports to a successor, who listens there already. */
  async leave(): Promise<void> {
    await Promise.all([this.#admin.leave(), ...this.#open.map(({ leave }) => leave())]);
  }

  /** Closes those that are for the public. */
  closePublic(): void {
    for (const { close } of this.#open) close();
  }

  close(): void {
    this.#parts.entrance.close();
    this.#admin.close();
    this.#ownTicketKey?.close();
    for (const { close } of this.#open) close();
  }

  async #listenTls(
    protocol: TlsProtocol,
    settings: ListenSettings['rtmps'][number],
    door: SecureDoor,
    onSocket: (socket: Socket) => void,
    applications: readonly string[] = [],
  ): Promise<void> {
    const { clock, log } = this.#parts;
    const entering = (onArrived: OnArrived) =>
      this.#entering(protocol === 'https' ? this.#onHttp(onArrived) : onArrived);
    const listener = await listenTls(protocol, settings, {
      ...{ clock, log, door, entering, applications, onSocket, onError: this.#onError(protocol) },
      ...{ handshakes: this.#handshakes, ticketKey: this.#ticketKey() },
    });
    this.#secure[protocol].push(listener);
    this.#open.push(listener);
  }

  #ticketKey(): TicketKey {
    const { clock, ticketKey } = this.#parts;
    if (ticketKey !== undefined) return ticketKey;
    this.#ownTicketKey ??= TicketKey.rotating(clock);
    return this.#ownTicketKey;
  }

  /** @param sessions - what sessions behind it are called in metrics */
  #secureDoor(listener: string, sessions: string): SecureDoor {
    const { clock, door, log } = this.#parts;
    return new SecureDoor({ clock, door, log: log.with({ listener }), protocol: sessions });
  }

  #onRtmpSocket(socket: Socket, door: HttpDoor, arrival?: Arrival): void {
    door.admit(socket, (context) => this.#parts.beginRtmp(socket, context), arrival);
  }

  /** What takes every connection that a listener has accepted. @param onArrived - goes on with it */
  #entering(onArrived: OnArrived): (socket: Socket) => void {
    const take = (socket: Socket): void => this.#parts.entrance.receive(socket, onArrived);
    return (socket) => {
      if (this.#early === undefined) return take(socket);
      socket.on('error', () => {}); // it is destroyed then
      this.#early.push(() => {
        if (!socket.destroyed) take(socket);
      });
    };
  }

  /** A proxy that asks for others says in each request for whom: its own address limits nothing. */
  #onHttp(onArrived: OnArrived): OnArrived {
    const { forwarded } = this.#parts.site;
    return (socket, arrival) => {
      const { remoteAddress = '', remotePort = 0 } = socket;
      if (!forwarded.trusts(arrival?.address ?? remoteAddress)) {
        onArrived(socket, arrival);
        return;
      }
      const address = normalizeAddress(remoteAddress);
      onArrived(socket, { address, peer: endpoint(address, remotePort), ...arrival, isProxy: true });
    };
  }

  #onError(protocol: string): (error: Error) => void {
    const { log } = this.#parts;
    return ({ message }) =>
      log.error('accept', `could not accept a connection: ${message}`, { listener: protocol });
  }
}
