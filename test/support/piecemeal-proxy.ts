import type { Socket } from 'node:net';
import { type MiddleProxy, startMiddleProxy } from './middle-proxy.ts';

/** Starts a proxy that hands on what a server sends in small pieces. @param pieceBytes - the most that comes at a time */
export function startPiecemealProxy(serverPort: number, pieceBytes: number): Promise<MiddleProxy> {
  return startMiddleProxy(serverPort, (server, client) => {
    client.setNoDelay(true);
    handOn(server, client, pieceBytes).then(
      () => client.end(),
      () => client.destroy(),
    );
  });
}

async function handOn(from: Socket, to: Socket, pieceBytes: number): Promise<void> {
  for await (const bytes of from as AsyncIterable<Buffer>) {
    for (let at = 0; at < bytes.length; at += pieceBytes) {
      to.write(bytes.subarray(at, at + pieceBytes));
      await new Promise((resolve) => setImmediate(resolve)); // else they would come together
    }
  }
}
