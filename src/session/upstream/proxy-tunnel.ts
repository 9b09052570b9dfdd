import { isIPv6, type Socket } from 'node:net';

/** The head of a proxy's answer is at most this long, bytes. */
const MAX_HEAD_BYTES = 16 * 1024;

/** A proxy's words in an error are at most this long, characters. */
const MAX_STATUS_LENGTH = 200;

/** What a tunnel leads to, and how to ask for it. */
export interface TunnelWish {
  readonly host: string;
  readonly port: number;
  /** Value of Proxy-Authorization, if the proxy wants one. */
  readonly authorization?: string | undefined;
}

/**
 * Asks an HTTP proxy for a tunnel to a server.
 * @param socket - connected to the proxy; all that is sent and received on it afterwards is between client and server
 * @param onDone - called once, with what the proxy said when it was no yes; not called when the connection ends before
 * @see RFC 9110 section 9.3.6
 */
export function askForTunnel(socket: Socket, wish: TunnelWish, onDone: (refusal?: string) => void): void {
  const authority = `${isIPv6(wish.host) ? `[${wish.host}]` : wish.host}:${wish.port}`;
  const authorization =
    wish.authorization === undefined ? '' : `Proxy-Authorization: ${wish.authorization}\r\n`;
  socket.write(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n${authorization}\r\n`);
  let head = '';
  const onData = (bytes: Buffer): void => {
    head += bytes.toString('latin1');
    const end = head.indexOf('\r\n\r\n');
    if (end < 0 && head.length <= MAX_HEAD_BYTES) return;
    socket.off('data', onData);
    const [statusLine = ''] = head.split('\r\n', 1);
    const [, status = ''] = /^HTTP\/1\.[01] (\d{3})(?: |$)/.exec(statusLine) ?? [];
    if (end < 0 || end > MAX_HEAD_BYTES) onDone('its answer has no end');
    else if (status === '') onDone('its answer is no HTTP');
    else if (!status.startsWith('2')) onDone(printable(statusLine.replace(/^\S+ /, '')));
    else if (end + 4 < head.length)
      onDone('it sends more than its answer'); // no server speaks first
    else onDone();
  };
  socket.on('data', onData);
}

function printable(text: string): string {
  return text.slice(0, MAX_STATUS_LENGTH).replace(/[^\x20-\x7e]/g, '?');
}
