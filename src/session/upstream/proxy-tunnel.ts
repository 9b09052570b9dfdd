import { isIPv6, type Socket } from 'node:net';
import { nodeHttp } from '../../built-in.ts';

/** What a proxy's answer says in its head, names and values, is at most this long, bytes. */
const MAX_HEAD_BYTES = 16 * 1024;

/**
 * Asks an HTTP proxy for a tunnel to a server.
 * @param socket - connected to the proxy; all that is sent and received on it afterwards is between client and server
 * @param authorization - value of Proxy-Authorization, if the proxy wants one
 * @param onDone - called once, with what the proxy said when it was no yes, its credentials perhaps among it; not called when
 *   the connection ends before
 * @see RFC 9110 section 9.3.6
 */
export function askForTunnel(
  socket: Socket,
  { host, port }: { readonly host: string; readonly port: number },
  authorization: string | undefined,
  onDone: (refusal?: string) => void,
): void {
  const authority = `${isIPv6(host) ? `[${host}]` : host}:${port}`;
  const asking = nodeHttp.request({
    method: 'CONNECT',
    path: authority,
    headers: {
      Host: authority,
      ...(authorization === undefined ? {} : { 'Proxy-Authorization': authorization }),
    },
    maxHeaderSize: MAX_HEAD_BYTES,
    createConnection: () => socket,
  });
  asking.removeHeader('Connection'); // node would ask for its end
  asking.on('connect', ({ statusCode = 0, statusMessage = '' }, _, more: Buffer) => {
    if (statusCode < 200 || statusCode > 299) onDone(printable(`${statusCode} ${statusMessage}`.trimEnd()));
    else if (more.length > 0)
      onDone('it sent more than its answer'); // no server speaks first
    else onDone();
  });
  asking.on('error', ({ code }: NodeJS.ErrnoException) => {
    if (code === 'HPE_HEADER_OVERFLOW') onDone('its answer is too long');
    else if (code?.startsWith('HPE_')) onDone('its answer is not HTTP');
  });
  asking.end();
}

function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?');
}
