import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';

/** `node:http`. An import of it would read all that it exports, and so load the client of `fetch`, HTTP/2 and web streams: 10 MB. */
export const nodeHttp: typeof import('node:http') = process.getBuiltinModule('node:http');

/** `node:https`, with TLS loaded when it is first asked for. */
export function nodeHttps(): typeof import('node:https') {
  return process.getBuiltinModule('node:https');
}

/** `node:tls`, loaded when it is first asked for: 5 MB that who speaks no TLS does without. */
export function nodeTls(): typeof import('node:tls') {
  return process.getBuiltinModule('node:tls');
}

/** Whether a connection is encrypted; those that are know it themselves. */
export function isTlsSocket(socket: Duplex): socket is TLSSocket {
  return 'encrypted' in socket;
}
