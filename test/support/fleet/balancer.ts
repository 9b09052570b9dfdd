import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** One address in front of several servers, as a load balancer for TCP is. */
export interface Balancer extends AsyncDisposable {
  readonly port: number;
  /** Connections go to these ports in turn from now on; a server that is gone is passed over. */
  share(...ports: readonly number[]): void;
}

/** Starts one that has no server yet: it ends every connection. */
export async function startBalancer(): Promise<Balancer> {
  const sockets = new Set<Socket>();
  let servers: readonly number[] = [];
  let turn = 0;
  const keep = (socket: Socket): Socket => {
    sockets.add(socket);
    return socket.on('close', () => sockets.delete(socket)).on('error', () => {}); // 'close' follows
  };
  const reach = async (): Promise<Socket | undefined> => {
    for (const _ of servers) {
      const server = keep(connect(servers[turn++ % servers.length] as number, '127.0.0.1'));
      const isThere = await once(server, 'connect').then(
        () => true,
        () => false,
      );
      if (isThere) return server;
    }
    return undefined;
  };
  const balancer = createServer({ allowHalfOpen: true, pauseOnConnect: true }, async (client) => {
    keep(client);
    const server = await reach();
    if (server === undefined) {
      client.destroy();
      return;
    }
    client.pipe(server).pipe(client);
    client.on('close', () => server.destroy());
    server.on('close', () => client.destroy());
  }).listen(0, '127.0.0.1');
  await once(balancer, 'listening');
  return {
    port: (balancer.address() as AddressInfo).port,
    share(...ports) {
      servers = ports;
    },
    async [Symbol.asyncDispose]() {
      const closed = once(balancer, 'close');
      balancer.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
