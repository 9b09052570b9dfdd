import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CertificateFolder, connectTls, type TestCertificate } from '../support/certificates.ts';
import { RawClient } from '../support/raw-client.ts';
import { startRelay, type TestRelay } from '../support/start-relay.ts';
import { TestPublisher } from '../support/test-publisher.ts';
import { webSocketHead } from '../support/ws-client.ts';

let folder: CertificateFolder;
let certificate: TestCertificate;
beforeAll(async () => {
  folder = await CertificateFolder.make();
  certificate = await folder.certificate('relay');
});
afterAll(() => folder[Symbol.asyncDispose]());

/** A relay that lets much wait and has little patience with who takes nothing. */
async function patientRelay(stallTimeoutMs: number): Promise<TestRelay> {
  const { certFile, keyFile } = certificate;
  const place = { host: '127.0.0.1', port: 0, certFile, keyFile };
  return startRelay({
    listen: { rtmps: place, https: place },
    fanOut: { maxBacklogBytes: 2 ** 27, maxBacklogMs: 120_000, stallTimeoutMs },
    deadlines: { pingMs: stallTimeoutMs },
  });
}

async function plain(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  return socket;
}

const secure = async (port: number): Promise<Socket> => connectTls(port);

async function playRtmp(socket: Socket): Promise<void> {
  const client = RawClient.over(socket);
  client.connect('live');
  client.command('createStream', 2, null);
  await client.heard('_result', 2);
  client.commandOn(1, 'play', 3, null, 'cam');
}

const askHttp = (socket: Socket): void => void socket.write('GET /live/cam.flv HTTP/1.1\r\nHost: x\r\n\r\n');
const askWs = (socket: Socket): void =>
  void socket.write(`${webSocketHead('/live/cam.flv')}\n`.replaceAll('\n', '\r\n'));

/** Reads so little every 10 ms and no more. @returns how much it has read, once that is so much */
async function sip(socket: Socket, bytes: number, little: number): Promise<number> {
  let read = 0;
  let wanted = 0;
  const sipping = setInterval(() => {
    wanted += little;
    if (read < wanted) socket.resume();
  }, 10);
  try {
    return await new Promise((resolve) => {
      socket.once('close', () => resolve(read));
      socket.on('data', (part) => {
        read += part.length;
        if (read >= wanted) socket.pause();
        if (read >= bytes) resolve(read);
      });
    });
  } finally {
    clearInterval(sipping);
  }
}

interface Way {
  readonly listener: string;
  open(port: number): Promise<Socket>;
  play(socket: Socket): unknown;
}

/** Lets one that reads slowly play what is there at once. @returns how much it has got, and why not all of it */
async function playSlowly(
  { listener, open, play }: Way,
  {
    stallTimeoutMs,
    megabytes,
    bytes,
    little,
  }: Record<'stallTimeoutMs' | 'megabytes' | 'bytes' | 'little', number>,
): Promise<{ read: number; faults: unknown[] }> {
  await using relay = await patientRelay(stallTimeoutMs);
  await using publisher = await TestPublisher.start(relay.port('rtmp'), 'live/cam');
  publisher.sendMedia({ type: 9, timestamp: 0, payload: Buffer.from('1701000000', 'hex') });
  const socket = await open(relay.port(listener));
  socket.on('error', () => {});
  try {
    await play(socket);
    await relay.log.waitFor('play', { stream: 'live/cam' });
    socket.pause();
    const payload = Buffer.concat([Buffer.from('2701000000', 'hex'), Buffer.alloc(1_000_000)]);
    for (let i = 1; i <= megabytes; i++) publisher.sendMedia({ type: 9, timestamp: i * 40, payload });
    const read = await sip(socket, bytes, little);
    return { read, faults: [...relay.log.find('stalled'), ...relay.log.find('deadline')] };
  } finally {
    socket.destroy();
  }
}

test.concurrent.each([
  // they wait more than they work
  { way: 'RTMP', listener: 'rtmp', open: plain, play: playRtmp },
  { way: 'RTMP over TLS', listener: 'rtmps', open: secure, play: playRtmp },
  { way: 'HTTP', listener: 'http', open: plain, play: askHttp },
  { way: 'WebSocket over TLS', listener: 'https', open: secure, play: askWs },
])(
  'who reads steadily stays, though what waits for it takes longer than the stall timeout: $way',
  async (way) => {
    const six = { stallTimeoutMs: 1500, megabytes: 24, bytes: 24_000_000, little: 64 * 1024 };
    const { read, faults } = await playSlowly(way, six);
    expect(faults).toEqual([]);
    expect(read).toBeGreaterThanOrEqual(24_000_000);
  },
  30_000,
);

test.runIf(process.platform === 'linux').concurrent(
  'and though it takes the kernel longer to take anything more from the relay',
  async () => {
    const way = { listener: 'http', open: plain, play: askHttp };
    const quarter = { stallTimeoutMs: 3000, megabytes: 12, bytes: 2_500_000, little: 2500 };
    const { read, faults } = await playSlowly(way, quarter);
    expect(faults).toEqual([]);
    expect(read).toBeGreaterThanOrEqual(2_500_000);
  },
  30_000,
);
