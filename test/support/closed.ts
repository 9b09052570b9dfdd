import type { Socket } from 'node:net';

/**
 * Resolves when a connection is over, in whatever way; what comes until then is not looked at. `once(socket, 'close')` rejects where
 * a reset comes first, and one does whenever the relay closes with bytes unread: what a client sees that still writes depends on who
 * was faster.
 */
export function closed(socket: Socket): Promise<void> {
  if (socket.closed) return Promise.resolve();
  return new Promise((resolve) =>
    socket
      .on('error', () => {})
      .once('close', () => resolve())
      .resume(),
  );
}
