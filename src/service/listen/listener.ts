import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { ListenerSettings } from '../../config/listen-settings.ts';
import type { Log } from '../../log.ts';

/** How many connections the kernel keeps ready for us to accept: thousands of players come back at once. */
const LISTEN_BACKLOG = 4096;

/** Where to listen, and whether other threads do so too: the kernel then spreads connections over them. */
export type ListenAddress = ListenerSettings & { readonly reusePort?: boolean };

/** How connections are accepted, whatever they speak. */
const socketOptions = { noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000 } as const;

/** A socket that listens. */
export interface Listener {
  readonly protocol: string;
  readonly address: AddressInfo;
  /** Takes no more connections; those that are open stay. */
  close(): void;
}

/** A listener could not be opened: what it was to be, and why not. */
export class ListenError extends Error {
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
  return { protocol, address, close: () => server.close() };
}

/** Binds a server. @throws ListenError */
export async function bind(
  server: Server,
  protocol: string,
  { host, port, reusePort = false }: ListenAddress,
): Promise<AddressInfo> {
  const listenOn = (address: string): Promise<unknown> => {
    const listening = once(server, 'listening'); // rejects on 'error'
    server.listen({ host: address, port, backlog: LISTEN_BACKLOG, reusePort });
    return listening;
  };
  try {
    await listenOn(host);
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    // a machine without IPv6 has no `::`, which otherwise stands for both families
    if (code !== 'EAFNOSUPPORT' || host !== '::')
      throw new ListenError(
        `cannot listen on ${protocol} ${endpoint(host, port)}: ${reasons.get(code) ?? message}`,
      );
    await listenOn('0.0.0.0');
  }
  return server.address() as AddressInfo;
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
