import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { Worker } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import { KeptPorts, NoPortsLeftError, withSockets } from '../../../src/service/privileges/kept-ports.ts';
import { freePort } from '../../support/free-port.ts';

const listening = `
  const { parentPort, workerData } = require('node:worker_threads');
  const server = require('node:net').createServer((socket) => socket.end(workerData.name));
  server.listen(workerData.sockets.rtmp[0], 10, () => parentPort.postMessage('up'));
`;

describe.skipIf(!KeptPorts.isPossible)('ports that are kept', () => {
  test('a worker listens on what was bound in another thread, and so does one that comes in its place', async () => {
    const port = await freePort();
    const kept = await KeptPorts.forWorkers({ rtmp: [{ host: '127.0.0.1', port }] }, 1);
    try {
      for (const name of ['first', 'second']) {
        const { sockets, transfer } = kept.take();
        const worker = new Worker(listening, {
          eval: true,
          workerData: { name, sockets },
          transferList: [...transfer],
        });
        await once(worker, 'message');
        const [answer] = await once(connect(port, '127.0.0.1'), 'data');
        expect(String(answer)).toBe(name);
        await worker.terminate();
      }
    } finally {
      kept.close();
    }
  });

  test('there are only so many', async () => {
    const kept = await KeptPorts.forWorkers({ rtmp: [{ host: 'localhost', port: 0 }] }, 2);
    for (let i = 0; i < 18; i++) for (const socket of kept.take().sockets.rtmp ?? []) socket.close();
    expect(() => kept.take()).toThrow(NoPortsLeftError);
  });

  test('a port that somebody has is an error that names it', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    await expect(KeptPorts.once({ http: [{ host: '127.0.0.1', port }] })).rejects.toThrow(
      `cannot listen on http 127.0.0.1:${port}: another program already uses this port`,
    );
    server.close();
  });

  test('places get the sockets of their protocol, in their order', async () => {
    const sockets = await KeptPorts.once({
      rtmp: [
        { host: '127.0.0.1', port: 0 },
        { host: '127.0.0.1', port: 0 },
      ],
    });
    const place = { host: '127.0.0.1', port: 0 };
    const listen = { rtmp: [place, place], rtmps: [], http: [place], https: [], admin: [] };
    const { rtmp, http } = withSockets(listen, sockets);
    expect(rtmp.map((one) => 'socket' in one && one.socket)).toEqual(sockets.rtmp);
    expect(http).toEqual([{ ...place, socket: undefined }]);
    expect(withSockets(listen, undefined)).toBe(listen);
    for (const socket of sockets.rtmp ?? []) socket.close();
  });
});
