import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { fileReason, PlainError } from '../../errors.ts';
import type { OpenFlow } from '../../inspect/capture-source.ts';
import type { Inspection } from '../../inspect/inspection.ts';
import type { Endpoint } from '../inspect-command.ts';

/** More connections at a time are turned away. */
const MAX_CONNECTIONS = 256;

/** Who writes what is found. */
export interface LiveOutput {
  note(text: string): void;
  flush(): Promise<void>;
}

/**
 * Takes connections, passes both directions on to a server and back, and inspects them as they happen, until it is stopped.
 * @throws PlainError where it cannot listen
 */
export async function forwardConnections(
  listen: Endpoint,
  to: Endpoint,
  inspection: Inspection,
  output: LiveOutput,
  stopped: AbortSignal,
): Promise<void> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const upstream = connect({ ...to, allowHalfOpen: true });
    const names = [nameOf(client.remoteAddress, client.remotePort), nameOf(to.host, to.port)] as const;
    const { toServer, toClient } = inspection.connection('live', ...names, true);
    pass(client, upstream, toServer, output, sockets);
    pass(upstream, client, toClient, output, sockets);
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
  output.note(`listening ${nameOf(listen.host, port)}, passing on to ${nameOf(to.host, to.port)}`);
  if (!stopped.aborted) await once(stopped, 'abort');
  server.close();
  for (const socket of sockets) socket.destroy();
  await once(server, 'close');
  await output.flush();
}

/** What one side says goes to the other as it is; what cannot be passed on is not waited for. */
function pass(
  from: Socket,
  target: Socket,
  { reader }: OpenFlow,
  output: LiveOutput,
  sockets: Set<Socket>,
): void {
  sockets.add(from);
  from.setNoDelay(true);
  from.on('data', (chunk: Buffer) => {
    if (!target.write(Buffer.from(chunk))) {
      from.pause();
      target.once('drain', () => from.resume());
    }
    reader.push(chunk, performance.timeOrigin + performance.now());
    void output.flush();
  });
  from.on('end', () => target.end());
  from.on('error', () => target.destroy()); // the other side is told by the end of its connection
  from.on('close', () => {
    sockets.delete(from);
    target.destroySoon();
    reader.end();
    void output.flush();
  });
}

function nameOf(host = '?', port = 0): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
