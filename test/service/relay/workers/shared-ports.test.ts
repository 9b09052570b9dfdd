import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { bind } from '../../../../src/service/listen/listener.ts';
import { reservePorts } from '../../../../src/service/relay/workers/shared-ports.ts';

const host = '127.0.0.1';
const none = { rtmps: [], http: [], https: [], admin: [] };

/** Whether the port can be had in this way, for a moment. */
async function canListen(port: number, isShared: boolean): Promise<boolean> {
  const server = createServer();
  const isFree = await bind(server, 'test', { host, port, sharing: isShared ? 'now' : 'none' }).then(
    () => true,
    () => false,
  );
  server.close();
  return isFree;
}

test('a port of the choice of the system is nobody else’s until the workers have it', async () => {
  const { listen, release } = await reservePorts({ ...none, rtmp: [{ host, port: 0 }] });
  const [{ port = 0 } = {}] = listen.rtmp;
  expect(await canListen(port, false)).toBe(false);
  expect(await canListen(port, true)).toBe(true);
  release();
  expect(await canListen(port, false)).toBe(true);
});

test('a port that was asked for is let go at once, as players come to it', async () => {
  const { listen, release } = await reservePorts({ ...none, rtmp: [{ host, port: 0 }] });
  release();
  const [{ port = 0 } = {}] = listen.rtmp;
  await reservePorts({ ...none, rtmp: [{ host, port }] });
  expect(await canListen(port, false)).toBe(true);
});

test('a port that is taken is a fault, and what was held is let go', async () => {
  const taken = createServer();
  const { port } = await bind(taken, 'test', { host, port: 0 });
  const reserving = reservePorts({ ...none, rtmp: [{ host, port: 0 }], http: [{ host, port }] });
  await expect(reserving).rejects.toThrow('already uses this port');
  taken.close();
});

test('a port that is shared from the start is bound by nobody but the workers', async () => {
  const taken = createServer();
  const { port } = await bind(taken, 'test', { host, port: 0, sharing: 'now' });
  const { listen, listeners } = await reservePorts({ ...none, rtmp: [{ host, port }] }, 'now');
  expect(listen.rtmp).toEqual([{ host, port, sharing: 'now' }]);
  expect(listeners.map(({ address }) => address)).toEqual([{ address: host, family: 'IPv4', port }]);
  taken.close();
});
