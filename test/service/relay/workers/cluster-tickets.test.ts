import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { pipeline } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CertificateFolder, type TestCertificate } from '../../../support/certificates.ts';
import { runTool } from '../../../support/run-tool.ts';
import { TestCluster } from '../../../support/start-cluster.ts';

let folder: CertificateFolder;
let certificate: TestCertificate;

beforeAll(async () => {
  folder = await CertificateFolder.make();
  certificate = await folder.certificate('relay');
});
afterAll(() => folder[Symbol.asyncDispose]());

function start(): Promise<TestCluster> {
  const { certFile, keyFile } = certificate;
  return TestCluster.start({ listen: { https: { host: '127.0.0.1', port: 0, certFile, keyFile } } });
}

/** What openssl says of a request over HTTPS to one worker: `New` or `Reused`, the TLS version, and the answer's status. */
async function ask(relay: TestCluster, worker: number, ...options: string[]): Promise<string> {
  const way = createServer(async (client) => {
    const server = await relay.connect(worker, 'https');
    pipeline(client, server, client, () => {});
  }).listen(0, '127.0.0.1');
  try {
    await once(way, 'listening');
    const { port } = way.address() as AddressInfo;
    const input = 'GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n';
    const args = ['s_client', '-connect', `127.0.0.1:${port}`, '-ign_eof', ...options];
    await using openssl = runTool('openssl', args, { input });
    await openssl.waitForStdout(/HTTP\/1.1 \d+/); // tickets come before it
    const said = String(openssl.stdoutBuffer);
    return [/^(?:New|Reused), TLSv[\d.]+/m, /HTTP\/1.1 \d+/]
      .map((wanted) => wanted.exec(said)?.[0])
      .join(', ');
  } finally {
    way.close();
  }
}

describe.each(['1_3', '1_2'])('a session ticket of TLS %s', (version) => {
  const name = `TLSv${version.replace('_', '.')}`;
  const file = (): string => folder.file(`session-${version}`);

  test('is good at another worker', async () => {
    await using relay = await start();
    expect(await ask(relay, 0, `-tls${version}`, '-sess_out', file())).toBe(`New, ${name}, HTTP/1.1 404`);
    expect(await ask(relay, 1, `-tls${version}`, '-sess_in', file())).toBe(`Reused, ${name}, HTTP/1.1 404`);
  });

  test('that another key has sealed costs a whole handshake, and no error', async () => {
    await using relay = await start();
    await ask(relay, 0, `-tls${version}`, '-sess_out', file());
    const bytes = randomBytes(48);
    for (const worker of relay.cluster.workers.values()) worker.tell({ say: 'ticket-key', bytes });
    const said = await ask(relay, 1, `-tls${version}`, '-sess_in', file(), '-sess_out', file());
    expect(said).toBe(`New, ${name}, HTTP/1.1 404`);
    expect(await ask(relay, 0, `-tls${version}`, '-sess_in', file())).toBe(`Reused, ${name}, HTTP/1.1 404`);
  });
});
