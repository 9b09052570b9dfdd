import type { Socket } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import { parseRtmpUrl } from '../protocol/rtmp/rtmp-url.ts';
import { ClientSession, type ClientSessionOptions } from './client-session.ts';
import { SessionTimeoutError } from './session-error.ts';
import { deadlinesOf } from './session-options.ts';

/** How a client session connects to a URL. */
export interface ConnectRtmpOptions extends Omit<ClientSessionOptions, 'app' | 'tcUrl'> {
  /** For `rtmps`, what `tls.connect` takes, such as `ca`. */
  readonly tls?: Pick<ConnectionOptions, 'ca' | 'cert' | 'key' | 'rejectUnauthorized' | 'servername'>;
}

/**
 * Connects to an application over RTMP or RTMPS. For Node.js alone.
 *
 * ```ts
 * await using client = await connectRtmp('rtmp://localhost/live');
 * const publication = await client.publish('cam1');
 * ```
 *
 * @param url - such as `rtmp://localhost/live`, of which the first segment of the path is the application; what stands behind it names a
 *   stream, and is left to `play` and `publish`
 * @returns the session once the server has accepted. Whatever is in the way rejects the promise, and leaves nothing open
 */
export async function connectRtmp(url: string, options: ConnectRtmpOptions = {}): Promise<ClientSession> {
  const target = parseRtmpUrl(url);
  if (target === undefined || target.isTunnelled) throw new TypeError(`${url} is no URL of rtmp or rtmps`);
  const { host, port, isTls, app, tcUrl } = target;
  const { signal } = options;
  signal?.throwIfAborted();
  const socket = isTls ? connectTls(host, port, options) : builtIn('node:net').connect({ host, port });
  await opened(socket, isTls ? 'secureConnect' : 'connect', deadlinesOf(options).connectMs, signal);
  const { tls: _, ...rest } = options;
  const session = new ClientSession(socket, { ...rest, app, tcUrl });
  await session.connect();
  return session;
}

function connectTls(host: string, port: number, { tls }: ConnectRtmpOptions): Socket {
  const { isIP } = builtIn('node:net');
  const name = isIP(host) === 0 ? { servername: host } : {};
  return builtIn('node:tls').connect({ host, port, ...name, ...tls });
}

/** @param event - after which it is open */
function opened(
  socket: Socket,
  event: 'connect' | 'secureConnect',
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const onAbort = (): void => reject(signal?.reason);
  const timer = setTimeout(
    () => reject(new SessionTimeoutError('connection', timeoutMs)),
    Math.min(timeoutMs, 2 ** 31 - 1),
  );
  socket.once(event, resolve);
  socket.once('error', reject);
  signal?.addEventListener('abort', onAbort);
  return promise
    .catch((error: unknown) => {
      socket.on('error', () => {});
      socket.destroy();
      throw error;
    })
    .finally(() => {
      clearTimeout(timer);
      socket.off(event, resolve).off('error', reject);
      signal?.removeEventListener('abort', onAbort);
    });
}

/** Takes a module of Node's without an import, so that bundles for browsers have no hole where it would be. */
function builtIn<Id extends 'node:net' | 'node:tls'>(
  id: Id,
): Id extends 'node:net' ? typeof import('node:net') : typeof import('node:tls') {
  return globalThis.process.getBuiltinModule(id) as ReturnType<typeof builtIn<Id>>;
}
