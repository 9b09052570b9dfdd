import type { Server, Socket } from 'node:net';

const connections = new WeakSet<Socket>();

/** From now on {@link isByUnixSocket} knows the connections of a server that listens on a Unix socket. */
export function noteUnixConnections(server: Server): void {
  server.on('connection', (socket: Socket) => connections.add(socket));
}

/** Whether a connection came by a Unix socket: one over TCP that is gone has no address any more either. */
export function isByUnixSocket(socket: Socket): boolean {
  return connections.has(socket);
}
