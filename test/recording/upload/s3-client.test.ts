import { readFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { S3Client, type S3ClientHost, type S3Request } from '../../../src/recording/upload/s3-client.ts';
import { connectStraight, ServerConnector } from '../../../src/session/upstream/server-connector.ts';
import { systemClock } from '../../../src/stream/clock.ts';
import { CertificateFolder } from '../../support/certificates.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { freePort } from '../../support/free-port.ts';
import { RawServer } from '../../support/raw-server.ts';

const accessKey = { id: 'AKIDEXAMPLE', secret: 'a-secret-of-the-storage', sessionToken: undefined };

function clientOf(
  endpoint: string,
  host: Partial<S3ClientHost> = {},
  forcePathStyle = true,
): S3Client & AsyncDisposable {
  const client = new S3Client(
    { endpoint, region: 'eu-central-1', bucket: 'bucket', forcePathStyle },
    { clock: systemClock, connect: connectStraight, accessKey: () => accessKey, ...host },
  );
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.close() });
}

const get: S3Request = { method: 'GET', key: 'a/b.flv', statuses: [200], maxAnswerBytes: 1000 };

function answer(status: string, body: string, head = ''): string {
  return `HTTP/1.1 ${status}\r\n${head}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

function says(text: string): (socket: Socket) => void {
  return (socket) => socket.write(text);
}

test('signs every request for its region, and what goes up with its hash', async () => {
  await using server = await RawServer.start(says(answer('200 OK', '')));
  await using client = clientOf(`http://127.0.0.1:${server.port}`, {
    accessKey: () => ({ ...accessKey, sessionToken: 'of-some-hours' }),
  });
  await client.send({ method: 'PUT', key: 'a b/c+d.flv', body: Buffer.from('abc'), statuses: [200] });
  const { heard } = await server.connection();
  expect(heard).toMatch(/^PUT \/bucket\/a%20b\/c%2Bd\.flv HTTP\/1\.1\r\n/);
  expect(heard).toContain('content-length: 3\r\n');
  expect(heard).toContain(
    'x-amz-content-sha256: ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\r\n',
  );
  expect(heard).toContain('x-amz-security-token: of-some-hours\r\n');
  expect(heard).toMatch(
    /authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-central-1\/s3\/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-security-token, Signature=[0-9a-f]{64}\r\n/,
  );
  expect(heard).not.toContain(accessKey.secret);
});

test('names the bucket in the host where that is wished', async () => {
  await using server = await RawServer.start(says(answer('200 OK', '')));
  await using client = clientOf(
    `http://s3.example:${server.port}`,
    {
      connect: (to, onDone) => {
        expect(to.host).toBe('bucket.s3.example');
        return connectStraight({ ...to, host: '127.0.0.1' }, onDone);
      },
    },
    false,
  );
  await client.send(get);
  const { heard } = await server.connection();
  expect(heard).toMatch(/^GET \/a\/b\.flv HTTP\/1\.1\r\n/);
  expect(heard).toContain(`host: bucket.s3.example:${server.port}\r\n`);
});

test('reads the access key again after a refusal, and not before', async () => {
  const answers = [answer('200 OK', ''), answer('403 Forbidden', ''), answer('200 OK', '')];
  await using server = await RawServer.start((socket) =>
    socket.end((answers.shift() ?? '').replace('\r\n', '\r\nConnection: close\r\n')),
  );
  const ids = ['first', 'second'];
  await using client = clientOf(`http://127.0.0.1:${server.port}`, {
    accessKey: () => ({ ...accessKey, id: ids.shift() ?? '' }),
  });
  await client.send(get);
  await expect(client.send(get)).rejects.toMatchObject({ fault: 'refused' });
  await client.send(get);
  expect(server.connections.map(({ heard }) => /Credential=(\w+)/.exec(heard)?.[1])).toEqual([
    'first',
    'first',
    'second',
  ]);
});

describe('a storage that', () => {
  test('is not there is told with the reason', async () => {
    const port = await freePort();
    await using client = clientOf(`http://127.0.0.1:${port}`);
    await expect(client.send(get)).rejects.toMatchObject({
      fault: 'unreachable',
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });

  test('leads elsewhere is not followed', async () => {
    await using other = await RawServer.start();
    await using server = await RawServer.start(
      says(answer('307 Temporary Redirect', '', `Location: http://127.0.0.1:${other.port}/\r\n`)),
    );
    await using client = clientOf(`http://127.0.0.1:${server.port}`);
    await expect(client.send(get)).rejects.toMatchObject({
      fault: 'answer',
      message: `http://127.0.0.1:${server.port}/bucket: its answer is 307: redirections are not followed, check endpoint and region`,
    });
    expect(other.connections).toEqual([]);
  });

  test('refuses, and repeats what it was told, is shown by its code alone', async () => {
    const xml = `<Error><Code>SignatureDoesNotMatch</Code><AWSAccessKeyId>AKIDEXAMPLE</AWSAccessKeyId><StringToSign>AWS4 a-secret-of-the-storage</StringToSign></Error>`;
    await using server = await RawServer.start(says(answer('403 Forbidden', xml)));
    await using client = clientOf(`http://127.0.0.1:${server.port}`);
    await expect(client.send(get)).rejects.toMatchObject({
      fault: 'refused',
      message: `http://127.0.0.1:${server.port}/bucket: its answer is 403 SignatureDoesNotMatch`,
    });
  });

  test.each([
    {
      what: 'cuts its answer',
      text: 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf',
      fault: 'unreachable',
    },
    {
      what: 'answers with more than was asked for',
      text: answer('200 OK', 'x'.repeat(1001)),
      fault: 'answer',
    },
    { what: 'says nothing of HTTP', text: 'SSH-2.0-OpenSSH_9.2\r\n\r\n', fault: 'unreachable' },
    { what: 'cannot now', text: answer('503 Slow Down', ''), fault: 'unreachable' },
    { what: 'does not understand', text: answer('400 Bad Request', ''), fault: 'answer' },
    {
      what: 'finds the token too old',
      text: answer('400 Bad Request', '<Error><Code>ExpiredToken</Code></Error>'),
      fault: 'refused',
    },
    {
      what: 'has a flood of an error',
      text: answer('500 Oh', 'x'.repeat(100_000)),
      fault: 'answer',
    },
  ])('$what', async ({ text, fault }) => {
    await using server = await RawServer.start((socket) => socket.end(text));
    await using client = clientOf(`http://127.0.0.1:${server.port}`);
    await expect(client.send(get)).rejects.toMatchObject({ name: 'ObjectStorageError', fault });
  });

  test('never answers is given up after 30 seconds', async () => {
    const clock = new FakeClock();
    await using server = await RawServer.start();
    await using client = clientOf(`http://127.0.0.1:${server.port}`, { clock });
    const sent = client.send(get).catch((error: Error) => error);
    const { closed } = await server.connection();
    clock.advance(29_999);
    clock.advance(1);
    expect(await sent).toMatchObject({
      fault: 'unreachable',
      message: expect.stringMatching(/no whole answer within 30000 ms$/),
    });
    await closed;
  });

  test('drips its answer is given up, too', async () => {
    const clock = new FakeClock();
    await using server = await RawServer.start((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n');
      const drip = setInterval(() => {
        socket.write('x');
        clock.advance(5000);
      }, 5);
      socket.on('close', () => clearInterval(drip));
    });
    await using client = clientOf(`http://127.0.0.1:${server.port}`, { clock });
    await expect(client.send(get)).rejects.toMatchObject({ fault: 'unreachable' });
  });

  test('takes nothing of a large body is given up', async () => {
    const clock = new FakeClock();
    await using server = await RawServer.start((socket) => {
      socket.pause();
      setTimeout(() => clock.advance(30_000), 50); // whatever the kernel takes is taken by then
    });
    await using client = clientOf(`http://127.0.0.1:${server.port}`, { clock });
    const body = Buffer.alloc(64 * 2 ** 20);
    await expect(client.send({ method: 'PUT', key: 'a', body, statuses: [200] })).rejects.toMatchObject({
      fault: 'unreachable',
    });
  });
});

test('an upload that nobody wants any more is cut, and says why', async () => {
  await using server = await RawServer.start();
  await using client = clientOf(`http://127.0.0.1:${server.port}`);
  const giveUp = new AbortController();
  const sent = client.send({ ...get, signal: giveUp.signal }).catch((error: Error) => error);
  const { closed } = await server.connection();
  giveUp.abort(new Error('the store ends'));
  expect(await sent).toMatchObject({ message: 'the store ends' });
  await closed;
});

test('certificates are checked by the authorities that the relay trusts', async () => {
  await using folder = await CertificateFolder.make();
  const { certFile, keyFile } = await folder.certificate('storage');
  const [cert, key] = await Promise.all([readFile(certFile, 'utf8'), readFile(keyFile, 'utf8')]);
  const server = createServer({ cert, key }, (_request, response) => response.end());
  await using _server = { [Symbol.asyncDispose]: async () => void server.close() };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `https://localhost:${(server.address() as AddressInfo).port}`;
  await using strange = clientOf(endpoint);
  await expect(strange.send(get)).rejects.toMatchObject({
    fault: 'unreachable',
    message: expect.stringContaining('self-signed certificate'),
  });
  const connector = new ServerConnector(systemClock, {
    proxy: { url: null, bypass: [] },
    trust: { ca: [cert] },
  });
  await using trusted = clientOf(endpoint, { connect: connector.connect });
  expect((await trusted.send(get)).status).toBe(200);
});

test.each(['.', '..', 'a//b', 'a/../b', '/a', 'a/'])('%j is no key of an object', async (key) => {
  await using client = clientOf('http://127.0.0.1:1');
  await expect(client.send({ ...get, key })).rejects.toThrow('no key of an object');
});
