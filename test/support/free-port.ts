import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';

/** Below those that the kernel gives to whoever asks for any port: between the look and the use, nobody gets one of these by chance. */
const FROM_PORT = 10_240;
const END_PORT = 32_768;

/** A port that nobody listens on just now: for programs that cannot find one by themselves. */
export async function freePort(): Promise<number> {
  const [port = 0] = await freePorts(1);
  return port;
}

/** Several of them, each another one. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const held = await Promise.all(Array.from({ length: count }, holdPort));
  for (const { server } of held) server.close();
  await Promise.all(held.map(({ server }) => once(server, 'close')));
  return held.map(({ port }) => port);
}

async function holdPort(): Promise<{ readonly server: Server; readonly port: number }> {
  for (;;) {
    const port = randomInt(FROM_PORT, END_PORT);
    const server = createServer().listen(port, '127.0.0.1');
    try {
      await once(server, 'listening');
      return { server, port };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    }
  }
}
