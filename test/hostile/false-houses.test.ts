import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CertificateFolder, type TestCertificate } from '../support/certificates.ts';
import { HouseLinkScene } from '../support/house-link-scene.ts';
import { ScriptedHouse } from '../support/scripted-house.ts';

let folder: CertificateFolder;
let authority: TestCertificate;
let good: TestCertificate;
let otherName: TestCertificate;
let unknown: TestCertificate;

beforeAll(async () => {
  folder = await CertificateFolder.make();
  authority = await folder.certificate('authority', { names: 'DNS:authority' });
  good = await folder.certificate('house', { issuer: authority });
  otherName = await folder.certificate('other', {
    issuer: authority,
    names: 'DNS:other.example,IP:192.0.2.1',
  });
  unknown = await folder.certificate('unknown');
});
afterAll(() => folder[Symbol.asyncDispose]());

/** A server on a free port that goes with its scope. */
class Listening implements AsyncDisposable {
  readonly port: number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
    server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => {}).on('close', () => this.#sockets.delete(socket));
    });
  }

  static async of(server: Server): Promise<Listening> {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new Listening(server);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}

/** What was caught on its way. */
interface Capture {
  /** Every byte that came over TCP. */
  readonly raw: Buffer[];
  /** Every byte that came inside of TLS. */
  readonly plain: Buffer[];
}

/** Whoever has the certificate in the place of the house: takes whatever is sent, and says nothing. */
async function startCapture(certificate: TestCertificate): Promise<Capture & Listening> {
  const capture: Capture = { raw: [], plain: [] };
  const [cert, key] = [readFileSync(certificate.certFile), readFileSync(certificate.keyFile)];
  const tls = await Listening.of(
    createTlsServer({ cert, key }, (socket) => {
      socket.on('error', () => {}).on('data', (bytes: Buffer) => capture.plain.push(bytes));
    }).on('tlsClientError', () => {}),
  );
  const front = await Listening.of(
    createServer((client) => {
      const inner = connect(tls.port, '127.0.0.1');
      client.on('data', (bytes: Buffer) => capture.raw.push(bytes)).on('close', () => inner.destroy());
      inner.on('error', () => client.destroy());
      client.pipe(inner).pipe(client);
    }),
  );
  return Object.assign(front, capture, {
    async [Symbol.asyncDispose]() {
      await Listening.prototype[Symbol.asyncDispose].call(front);
      await tls[Symbol.asyncDispose]();
    },
  });
}

/** That nothing of the key is in what was caught, as it is or encoded. */
function expectNoKey(key: string, caught: readonly Buffer[]): void {
  const bytes = Buffer.concat(caught).toString('latin1');
  const basic = Buffer.from(`relay-1:${key}`).toString('base64');
  for (const secret of [key, basic, basic.slice(12, 24), 'uthorization', 'Basic'])
    expect(bytes.includes(secret), secret).toBe(false);
}

describe('a wrong certificate in the place of the house', () => {
  test.each([
    ['that of another name', () => otherName, true, /does not match certificate's altnames/],
    ['that of an unknown authority', () => unknown, true, /self-signed certificate/],
    [
      'one that no authority of the system has signed',
      () => good,
      false,
      /unable to verify the first certificate/,
    ],
  ])('%s: no key was sent', async (_what, certificate, isPinned, why) => {
    await using capture = await startCapture(certificate());
    const caFile = isPinned ? authority.certFile : null;
    await using scene = await HouseLinkScene.start(`https://localhost:${capture.port}`, { caFile });
    expect(await scene.problem()).toMatch(why);
    await scene.log.waitFor('house', {}, { count: 1 });
    expect(scene.link.status).toMatchObject({ state: 'waiting', name: null });
    expect(Buffer.concat(capture.raw).subarray(0, 2)).toEqual(Buffer.from('1603', 'hex')); // a ClientHello, and so a try
    expect(capture.plain).toEqual([]);
    expectNoKey(scene.folder.key, capture.raw);
  });

  test('the right one: the key is sent, and only inside of TLS', async () => {
    await using capture = await startCapture(good);
    await using scene = await HouseLinkScene.start(`https://localhost:${capture.port}`, {
      caFile: authority.certFile,
    });
    const basic = Buffer.from(`relay-1:${scene.folder.key}`).toString('base64');
    await expect.poll(() => Buffer.concat(capture.plain).toString()).toContain(`Basic ${basic}`);
    expectNoKey(scene.folder.key, capture.raw);
  });
});

test('a server without TLS in the place of the house gets no key', async () => {
  const raw: Buffer[] = [];
  await using server = await Listening.of(
    createServer((socket) => {
      socket.on('data', (bytes: Buffer) => {
        raw.push(bytes);
        socket.write('HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n');
      });
    }),
  );
  await using scene = await HouseLinkScene.start(`https://localhost:${server.port}`);
  expect(await scene.problem()).toMatch(/^TLS with localhost port \d+ failed/);
  expect(raw.length).toBeGreaterThan(0);
  expectNoKey(scene.folder.key, raw);
});

test('nobody is followed elsewhere, and what the house says of itself is no reason to send the key again', async () => {
  await using house = await ScriptedHouse.start({ refuses: 302 });
  await using scene = await HouseLinkScene.start(house.url);
  expect(await scene.problem()).toBe('it answers with status 302: is there a house at this address?');
});

const tooMany = 'it does not look at this relay for a while (429): too many wrong keys came from its address';

test.each([
  [
    403,
    undefined,
    0.3,
    'it does not let this relay in (403): does it wait for its approval, or go without TLS?',
  ],
  [429, '30', 30.3, tooMany],
  [429, '999999999', 60.3, tooMany],
  [429, 'Fri, 31 Dec 1999 23:59:59 GMT', 0.3, tooMany],
  [503, '30', 0.3, 'it is full or stops (503)'],
])(
  'a house that says %i and to wait %s: it is tried again after %d s, and the log says why',
  async (refuses, retryAfter, seconds, why) => {
    await using house = await ScriptedHouse.start({
      refuses,
      ...(retryAfter === undefined ? {} : { retryAfter }),
    });
    await using scene = await HouseLinkScene.start(house.url);
    expect(await scene.problem()).toBe(why);
    expect(scene.log.find('house')[0]?.text).toContain(`next try in ${seconds} s`);
  },
);

test('a client certificate and the key of its own are shown to the house alone', async () => {
  const { certFile, keyFile: certKeyFile } = await folder.certificate('relay-1', { issuer: authority });
  const { certFile: clientCaFile, certFile: caFile } = authority;
  await using house = await ScriptedHouse.start({ certificate: good, clientCaFile });
  await using _scene = await HouseLinkScene.start(house.url, {
    caFile,
    certFile,
    certKeyFile,
    keyFile: null,
  });
  const link = await house.linked();
  expect(link.authorization).toBeUndefined();
  await link.report();
});

describe('a house that lies', () => {
  const welcome = { type: 'welcome', version: 1, name: 'scripted', telemetryIntervalMs: 100 };

  test.each([
    [
      'bytes',
      (link: { sendBytes(bytes: Buffer): void }) => link.sendBytes(Buffer.alloc(10)),
      /sent bytes instead of text/,
    ],
    ['no JSON', (link: { send(text: unknown): void }) => link.send('{"type":'), /no message of a house/],
    [
      'an unknown type',
      (link: { send(text: unknown): void }) => link.send({ type: 'exec', id: '1', run: '/bin/sh' }),
      /no message of a house/,
    ],
    [
      'more than belongs there',
      (link: { send(text: unknown): void }) => link.send({ type: 'resume', id: '1', hooks: [] }),
      /no message of a house/,
    ],
    [
      'a message of two mebibytes',
      (link: { send(text: unknown): void }) => link.send('x'.repeat(2 ** 21)),
      /Max payload size exceeded/,
    ],
    [
      'deep nesting',
      (link: { send(text: unknown): void }) => link.send(`${'['.repeat(100_000)}${']'.repeat(100_000)}`),
      /no message of a house/,
    ],
    [
      'a stream as deep as a message is long',
      (link: { send(text: unknown): void }) => {
        const streams = `[${'['.repeat(400_000)}${']'.repeat(400_000)}]`;
        const limits = '{"players":null,"sentBitsPerSecond":null}';
        const settings = `{"streams":${streams},"limits":${limits},"access":{"permitKeys":{},"houseOnly":false}}`;
        link.send(`{"type":"config","id":"1","revision":"r","settings":${settings}}`);
      },
      /no message of a house/,
    ],
    [
      'too many messages',
      (link: { send(text: unknown): void }) => {
        for (let id = 0; id < 2000; id++) link.send({ type: 'resume', id: `${id}` });
      },
      /it sends too much/,
    ],
  ])('%s: is cut off, and found again', async (_what, lie, why) => {
    await using house = await ScriptedHouse.start();
    await using scene = await HouseLinkScene.start(house.url);
    const link = await house.linked();
    await link.report();
    lie(link);
    expect(await scene.problem(2)).toMatch(why); // the first line says that they are linked
    await link.closed;
    const again = await house.linked(2);
    expect(await again.report()).toMatchObject({ whole: true });
  });

  test('what it says before it has said who it is does not count', async () => {
    await using house = await ScriptedHouse.start({ welcomes: false });
    await using scene = await HouseLinkScene.start(house.url);
    const link = await house.linked();
    link.send({ type: 'resume', id: 'early' });
    link.send(welcome);
    await link.report();
    const { id } = await link.order({ type: 'resume' }, 'late');
    expect(id).toBe('late');
    expect(link.messages.filter(({ type }) => type === 'ack')).toHaveLength(1);
    expect(scene.link.status).toMatchObject({ state: 'linked', name: 'scripted' });
  });
});

test('a house that is away at the start, comes, is started anew and lets nobody in', async () => {
  const gone = await ScriptedHouse.start();
  const { port } = gone;
  await gone[Symbol.asyncDispose]();
  await using scene = await HouseLinkScene.start(gone.url);
  expect(await scene.problem()).toContain('ECONNREFUSED');
  {
    await using house = await ScriptedHouse.start({ port });
    await (await house.linked()).report(({ whole }) => whole);
  }
  await using house = await ScriptedHouse.start({ port, refuses: 401 });
  await expect
    .poll(() => scene.link.status.lastError, { timeout: 10_000 })
    .toMatch(/^it does not let this relay in \(401\)/);
  expect(house.links).toEqual([]);
  const shown = JSON.stringify([scene.log.lines, scene.link.status]);
  expect(shown).not.toContain(scene.folder.key);
  expect(scene.link.sample).toMatchObject({ isUp: false, lost: 1, isConfigGood: true });
}, 30_000);
