import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** Stands between clients and a server, and hands on what that sends in small pieces. */
export interface PiecemealProxy extends AsyncDisposable {
  readonly port: number;
}

/** Starts a proxy. @param pieceBytes - the most that comes at a time */
export async function startPiecemealProxy(serverPort: number, pieceBytes: number): Promise<PiecemealProxy> {
  const sockets = new Set<Socket>();
  const keep = (socket: Socket): Socket => {
    sockets.add(socket);
    return socket.on('close', () => sockets.delete(socket)).on('error', () => {}); // 'close' follows
  };
  const proxy = createServer((client) => {
    const server = connect(serverPort, '127.0.0.1');
    keep(client).setNoDelay(true).pipe(keep(server));
    client.on('close', () => server.destroy());
    handOn(server, client, pieceBytes).then(
      () => client.end(),
      () => client.destroy(),
    );
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  return {
    port: (proxy.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      const closed = once(proxy, 'close');
      proxy.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

async function handOn(from: Socket, to: Socket, pieceBytes: number): Promise<void> {
  for await (const bytes of from as AsyncIterable<Buffer>) {
    for (let at = 0; at < bytes.length; at += pieceBytes) {
      to.write(bytes.subarray(at, at + pieceBytes));
      await new Promise((resolve) => setImmediate(resolve)); // else they would come together
    }
  }
}
