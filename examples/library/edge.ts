// An edge with a rule of its own: pulls streams from an origin while somebody plays them, and lets subscribers in.
//   node edge.ts ORIGIN [RTMP_PORT] [HTTP_PORT]
import { startRelay } from 'streampump/relay';

const subscribers = new Set(['ann', 'bob']);

async function main([origin = '', rtmpPort = '1935', httpPort = '8080']: readonly string[]): Promise<void> {
  const listen = { rtmp: { port: Number(rtmpPort) }, http: { port: Number(httpPort) }, admin: null };
  const streams = [{ match: '**', source: { type: 'pull', urls: [`${origin}/{key}`] } }];
  const rule = ({ query }: { readonly query: string }) => {
    const identity = new URLSearchParams(query).get('visitor') ?? '';
    return subscribers.has(identity)
      ? { allow: true, identity }
      : { allow: false, message: 'this is for subscribers' };
  };
  const relay = await startRelay({ listen, streams }, { hooks: [{ events: ['play'], ask: rule }] });
  console.log(relay.addresses.map(({ listener, port }) => `${listener} on port ${port}`).join(', '));
}

main(process.argv.slice(2)).catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
