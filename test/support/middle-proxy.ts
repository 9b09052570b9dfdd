import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** Stands between clients and a server. */
export interface MiddleProxy extends AsyncDisposable {
  readonly port: number;
}

/** Starts a proxy that hands on what clients send as it is. @param handBack - hands what a server sends to its client */
export async function startMiddleProxy(
  serverPort: number,
  handBack: (server: Socket, client: Socket) => void,
): Promise<MiddleProxy> {
  const sockets = new Set<Socket>();
  const keep = (socket: Socket): Socket => {
    sockets.add(socket);
    return socket.on('close', () => sockets.delete(socket)).on('error', () => {}); // 'close' follows
  };
  const proxy = createServer((client) => {
    const server = connect(serverPort, '127.0.0.1');
    keep(client).pipe(keep(server));
    client.on('close', () => server.destroy());
    handBack(server, client);
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
