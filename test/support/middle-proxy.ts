import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** Stands between clients and a server. */
export interface MiddleProxy extends AsyncDisposable {
  readonly port: number;
}

/** One whose connections can be broken. */
export interface BreakableProxy extends MiddleProxy {
  cut(): void;
}

/** Starts a proxy that hands on what clients send as it is. @param handBack - hands what a server sends to its client */
export async function startMiddleProxy(
  serverPort: number,
  handBack: (server: Socket, client: Socket) => void,
): Promise<BreakableProxy> {
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
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (proxy.address() as AddressInfo).port,
    cut,
    async [Symbol.asyncDispose]() {
      const closed = once(proxy, 'close');
      proxy.close();
      cut();
      await closed;
    },
  };
}
