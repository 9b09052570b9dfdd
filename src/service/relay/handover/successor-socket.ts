import { once } from 'node:events';
import { chmod } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';

/** More connections of a successor than this are closed at once: it has one for each stream that somebody plays there. */
const MAX_CONNECTIONS = 10_000;

/** A Unix socket where a relay that is about to leave gives its streams to its successor. */
export interface SuccessorSocket {
  readonly path: string;
  close(): void;
}

/** The one for streams that RTMP cannot carry, by HTTP. @param path - of that for RTMP */
export function httpSocketBeside(path: string): string {
  return `${path}.http`;
}

/**
 * Opens it. @param path - in a folder that only the relay's own user can enter
 * @throws Error where it cannot be had
 */
export async function openSuccessorSocket(
  path: string,
  onSocket: (socket: Socket) => void,
): Promise<SuccessorSocket> {
  const server = createServer(onSocket);
  server.maxConnections = MAX_CONNECTIONS;
  server.listen(path);
  await once(server, 'listening');
  server.on('error', () => {}); // of one connection
  await chmod(path, 0o600);
  return { path, close: () => server.close() };
}
