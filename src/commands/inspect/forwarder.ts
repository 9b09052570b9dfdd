import { connect, type Socket } from 'node:net';
import type { OpenFlow } from '../../inspect/capture-source.ts';
import type { Inspection } from '../../inspect/inspection.ts';
import type { Endpoint } from '../inspect-command.ts';
import { type LiveConnection, type LiveOutput, nameOf, read } from './live-listener.ts';

/** Passes both directions of connections on to a server and back, and inspects them as they happen. */
export function forwarding(
  source: string,
  to: Endpoint,
  inspection: Inspection,
  output: LiveOutput,
): LiveConnection {
  return (client, sockets) => {
    const upstream = connect({ ...to, allowHalfOpen: true, noDelay: true });
    sockets.add(upstream);
    upstream.on('close', () => sockets.delete(upstream));
    const names = [nameOf(client.remoteAddress, client.remotePort), nameOf(to.host, to.port)] as const;
    const { toServer, toClient } = inspection.connection(source, ...names, true);
    pass(client, upstream, toServer, output);
    pass(upstream, client, toClient, output);
  };
}

/** What one side says goes to the other as it is; what cannot be passed on is not waited for. */
function pass(from: Socket, target: Socket, flow: OpenFlow, output: LiveOutput): void {
  from.on('data', (chunk: Buffer) => {
    if (!target.write(Buffer.from(chunk))) {
      from.pause();
      target.once('drain', () => from.resume());
    }
    read(flow, chunk);
    void output.flush();
  });
  from.on('end', () => target.end());
  from.on('error', () => target.destroy()); // the other side is told by the end of its connection
  from.on('close', () => {
    target.destroySoon();
    flow.reader.end();
    void output.flush();
  });
}
