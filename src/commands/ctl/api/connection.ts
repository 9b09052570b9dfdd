import { once } from 'node:events';
import { type IncomingMessage, type OutgoingHttpHeaders, type RequestOptions, request } from 'node:http';
import { request as requestSecurely } from 'node:https';
import { socketFault } from '../../../config/admin/socket-fault.ts';
import { NotReached } from './not-reached.ts';
import type { RelayPlace } from './relay-place.ts';

/** A request to the admin listener. */
export interface AdminRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** With its query. */
  readonly path: string;
  readonly headers: OutgoingHttpHeaders;
  readonly body?: string | undefined;
  /** The connection is given up when nothing moves for so long, milliseconds. */
  readonly idleMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** Nobody listens at such a socket; another one may be the right one. */
const nobodyThere = ['ENOENT', 'ENOTDIR', 'ECONNREFUSED', 'ENOTSOCK', 'EACCES'];

/**
 * Sends a request to wherever the relay answers. @returns the head of the answer, its body still to come
 * @throws NotReached
 */
export async function send(place: RelayPlace, asked: AdminRequest): Promise<IncomingMessage> {
  if (place.by === 'url') {
    const { url, token, tls } = place;
    const options = {
      ...tls,
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: url.port,
      path: url.pathname.replace(/\/$/, '') + asked.path,
      headers: { host: url.host, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
    };
    try {
      return await exchange(options, asked, url.protocol === 'https:');
    } catch (error) {
      throw NotReached.atUrl(url, error);
    }
  }
  const failures: { readonly path: string; readonly error: unknown }[] = [];
  for (const socketPath of place.paths) {
    try {
      const fault = socketFault(socketPath);
      if (fault !== undefined) throw fault;
      return await exchange({ socketPath, path: asked.path, headers: { host: 'localhost' } }, asked, false);
    } catch (error) {
      failures.push({ path: socketPath, error });
      const { code = '' } = error as NodeJS.ErrnoException;
      if (!nobodyThere.includes(code)) break;
    }
  }
  throw NotReached.atSockets(failures);
}

async function exchange(
  options: RequestOptions & { readonly headers: OutgoingHttpHeaders },
  { method, headers, body, idleMs, signal }: AdminRequest,
  isSecure: boolean,
): Promise<IncomingMessage> {
  const ask = isSecure ? requestSecurely : request;
  const outgoing = ask({
    ...options,
    method,
    headers: {
      ...options.headers,
      ...headers,
      ...(body === undefined
        ? {}
        : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
    },
    agent: false,
    timeout: idleMs,
    ...(signal === undefined ? {} : { signal }),
  });
  outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer within ${idleMs / 1000} s`)));
  outgoing.on('error', () => {}); // told to whoever waits, or reads the body
  outgoing.end(body);
  const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
  return answer;
}
