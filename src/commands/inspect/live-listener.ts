import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { fileReason, PlainError } from '../../errors.ts';
import type { OpenFlow } from '../../inspect/capture-source.ts';
import type { Endpoint } from '../inspect-command.ts';

/** More connections at a time are turned away. */
const MAX_CONNECTIONS = 256;

/** Who writes what is found. */
export interface LiveOutput {
  note(text: string): void;
  flush(): Promise<void>;
}

/** What becomes of a connection; it is destroyed when the listener is stopped, and so are the sockets that are added to the set. */
export type LiveConnection = (client: Socket, sockets: Set<Socket>) => void;

/**
 * Takes connections until it is stopped.
 * @param purpose - what it does with them, for people
 * @throws PlainError where it cannot listen
 */
export async function listenUntilStopped(
  listen: Endpoint,
  purpose: string,
  output: LiveOutput,
  stopped: AbortSignal,
  onConnection: LiveConnection,
): Promise<void> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    sockets.add(client);
    client.on('close', () => sockets.delete(client));
    onConnection(client, sockets);
  });
  server.maxConnections = MAX_CONNECTIONS;
  server.listen(listen.port, listen.host);
  try {
    await once(server, 'listening');
  } catch (error) {
    throw new PlainError(`cannot listen on ${nameOf(listen.host, listen.port)}: ${fileReason(error)}`);
  }
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : listen.port;
  output.note(`listening ${nameOf(listen.host, port)}, ${purpose}`);
  if (!stopped.aborted) await once(stopped, 'abort');
  server.close();
  for (const socket of sockets) socket.destroy();
  await once(server, 'close');
  await output.flush();
}

/** Reads bytes that have come, or were sent, just now. */
export function read({ reader }: OpenFlow, bytes: Buffer): void {
  reader.push(bytes, performance.timeOrigin + performance.now());
}

/** An address and a port, for people. */
export function nameOf(host = '?', port = 0): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
