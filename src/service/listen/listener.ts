import { once } from 'node:events';
import { type AddressInfo, type BoundSocket, createServer, type Server, type Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import type { ListenerSettings } from '../../config/listen-settings.ts';
import { PlainError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import type { Certificate } from './tls/certificate.ts';

/** How many connections the kernel keeps ready for us to accept: thousands of players come back at once. */
const LISTEN_BACKLOG = 4096;

/**
 * Who else may listen on a port, so that the kernel spreads connections over them. `none`: nobody, now or later; `later`: nobody now,
 * but who comes after us; `now`: whoever does already, such as the other threads.
 */
export type PortSharing = 'none' | 'later' | 'now';

/** Where to listen, and with whom; with the socket that is bound there already, if one is. */
export type ListenAddress = ListenerSettings & {
  readonly sharing?: PortSharing;
  readonly socket?: BoundSocket | undefined;
};

/** A listener takes what comes for so long when it leaves, milliseconds: somebody may connect again and again. */
const LEAVE_MS = 500;

/** How connections are accepted, whatever they speak. */
const socketOptions = { noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000 } as const;

/** A socket that listens. */
export interface Listener {
  readonly protocol: string;
  readonly address: AddressInfo;
  /** Which certificate new connections get; undefined where they get none. */
  certificate?(): Pick<Certificate, 'subject' | 'validTo'>;
  /** Takes no more connections; those that are open stay. */
  close(): void;
  /**
   * The same for a port that others share: takes first what the kernel has for it, which would be lost, since whoever connects goes to them
   * only from then on. Resolves when it is closed.
   */
  leave(): Promise<void>;
}

/** A listener could not be opened: what it was to be, and why not. */
export class ListenError extends PlainError {
  override readonly name = 'ListenError';
}

/**
 * Opens a listener that hands every connection over.
 * @param onError - told when the kernel could not give a connection (no descriptors, no memory); the listener goes on
 * @param allowHalfOpen - whether whoever has a connection closes it, when the peer has said its last
 * @throws ListenError when the port cannot be had
 */
export async function listen(
  protocol: string,
  settings: ListenAddress,
  onSocket: (socket: Socket) => void,
  onError: (error: Error) => void,
  allowHalfOpen = false,
): Promise<Listener> {
  const server = createServer({ ...socketOptions, allowHalfOpen }, onSocket);
  const address = await bind(server, protocol, settings);
  server.on('error', onError);
  return { protocol, address, close: () => server.close(), leave: leaving(server) };
}

/** What {@link Listener.leave} does. A turn of the loop accepts one connection: after one that has none, none wait. */
export function leaving(server: Server): () => Promise<void> {
  let accepted = 0;
  server.on('connection', () => accepted++);
  return async () => {
    const until = performance.now() + LEAVE_MS;
    for (let before = -1; before !== accepted && performance.now() < until; ) {
      before = accepted;
      await setImmediate();
    }
    server.close();
  };
}

/** Binds a server. @throws ListenError */
export async function bind(
  server: Server,
  protocol: string,
  { host, port, sharing = 'none', socket }: ListenAddress,
): Promise<AddressInfo> {
  if (socket !== undefined) return adopt(server, protocol, { host, port }, socket);
  const reusePort = sharing !== 'none';
  if (sharing === 'later' && port !== 0) await look(protocol, { host, port }); // port 0 is nobody else's
  const listenOn = (address: string): Promise<unknown> => {
    const listening = once(server, 'listening'); // rejects on 'error'
    server.listen({ host: address, port, backlog: LISTEN_BACKLOG, reusePort });
    return listening;
  };
  try {
    await listenOn(host);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // a machine without IPv6 has no `::`, which otherwise stands for both families
    if (code !== 'EAFNOSUPPORT' || host !== '::') throw cannotListen(protocol, { host, port }, error);
    await listenOn('0.0.0.0');
  }
  return server.address() as AddressInfo;
}

/** Listens on a socket that is bound. @throws ListenError */
async function adopt(
  server: Server,
  protocol: string,
  place: ListenerSettings,
  socket: BoundSocket,
): Promise<AddressInfo> {
  try {
    const listening = once(server, 'listening');
    server.listen(socket, LISTEN_BACKLOG);
    await listening;
    return server.address() as AddressInfo;
  } catch (error) {
    throw cannotListen(protocol, place, error);
  }
}

/** Why a port cannot be had. */
export function cannotListen(
  protocol: string,
  { host, port }: ListenerSettings,
  error: unknown,
): ListenError {
  const { code = '', message } = error as NodeJS.ErrnoException;
  return new ListenError(
    `cannot listen on ${protocol} ${endpoint(host, port)}: ${reasons.get(code) ?? message}`,
  );
}

/** Finds out whether anybody has a port already, with whom it could be shared by mistake. @throws ListenError */
async function look(protocol: string, place: ListenerSettings): Promise<void> {
  const server = createServer();
  await bind(server, protocol, place);
  await new Promise((resolve) => server.close(resolve));
}

/** Whether the platform lets several listen on one port. */
export async function canSharePorts(): Promise<boolean> {
  const server = createServer();
  try {
    await bind(server, 'probe', { host: '127.0.0.1', port: 0, sharing: 'now' });
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}

const reasons: ReadonlyMap<string, string> = new Map([
  ['EADDRINUSE', 'another program already uses this port'],
  ['EACCES', 'this user is not allowed to use this port'],
  ['EADDRNOTAVAIL', 'this machine does not have this address'],
]);

/** Says where a relay listens, a line for each listener. */
export function announce(listeners: readonly Listener[], log: Log): void {
  for (const { protocol, address } of listeners) {
    const text = `listening ${protocol} ${endpoint(address.address, address.port)}`;
    log.info('listening', text, { listener: protocol, host: address.address, port: address.port });
  }
}

/** What tells an open connection of a listener from its others, be it the socket or the one that node:tls puts around it. */
export function endsOf({ remoteAddress, remotePort, localAddress }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress}`;
}

/** An address and port as people write them. */
export function endpoint(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
