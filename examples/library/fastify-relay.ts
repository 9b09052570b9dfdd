// A relay inside a web application: the application decides who publishes, and shows what is live.
//   node fastify-relay.ts [WEB_PORT] [RTMP_PORT]
import Fastify from 'fastify';
import { startRelay } from 'streampump/relay';

async function main([webPort = '3000', rtmpPort = '1935']: readonly string[]): Promise<void> {
  const keys = new Map([['cam1', 'secret']]);
  const app = Fastify();

  const relay = await startRelay(
    { listen: { rtmp: { port: Number(rtmpPort) }, http: null, admin: null } },
    {
      hooks: [
        {
          events: ['publish'],
          ask: ({ stream, query }) => {
            const name = stream?.split('/').at(-1) ?? '';
            const isRight = keys.get(name) === new URLSearchParams(query).get('key');
            return isRight || { allow: false, message: `the key of ${name} is another one` };
          },
        },
        {
          events: ['streamUp', 'streamDown'],
          tell: ({ event, stream }) => console.log(`${stream}: ${event}`),
        },
      ],
    },
  );

  app.get('/streams', async () =>
    (await relay.streams()).map(({ stream, state, players }) => ({ stream, state, players })),
  );
  app.addHook('onClose', () => relay.close());

  const web = new URL(await app.listen({ port: Number(webPort) }));
  const rtmp = relay.addresses.find(({ listener }) => listener === 'rtmp');
  console.log(`web on port ${web.port}, rtmp on port ${rtmp?.port}`);
  process.once('SIGTERM', () => void app.close());
}

main(process.argv.slice(2)).catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
