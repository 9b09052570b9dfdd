import { readFile } from 'node:fs/promises';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CertificateFolder, shownBy, type TestCertificate } from '../support/certificates.ts';
import { curl } from '../support/http-client.ts';
import { bbbPath } from '../support/media.ts';
import { contentOf, framesFrom, hashFile, hashFlv } from '../support/probe.ts';
import { playWithFfmpeg, publishWithFfmpeg } from '../support/real-clients.ts';
import { type RunningTool, runTool } from '../support/run-tool.ts';
import { startRelay, type TestRelay } from '../support/start-relay.ts';
import { publishPattern } from '../support/test-pattern.ts';
import { WsClient } from '../support/ws-client.ts';

let folder: CertificateFolder;
let authority: TestCertificate;
let certificate: TestCertificate;

beforeAll(async () => {
  folder = await CertificateFolder.make();
  authority = await folder.certificate('authority');
  certificate = await folder.certificate('relay', { issuer: authority });
});
afterAll(() => folder[Symbol.asyncDispose]());

/** A relay with TLS on free ports. */
function startTlsRelay(config: Record<string, unknown> = {}): Promise<TestRelay> {
  const { certFile, keyFile } = certificate;
  const place = { host: '127.0.0.1', port: 0, certFile, keyFile };
  return startRelay({ listen: { rtmps: place, https: place }, ...config });
}

function rtmpsUrl(relay: TestRelay, key: string): string {
  return `rtmps://127.0.0.1:${relay.port('rtmps')}/${key}`;
}

test('ffmpeg publishes and plays over RTMPS, and believes the certificate: no frame is lost', async () => {
  await using relay = await startTlsRelay();
  const checked = ['-tls_verify', '1', '-ca_file', authority.certFile];
  await using publisher = publishWithFfmpeg(rtmpsUrl(relay, 'live/a'), { protocolOptions: checked });
  await relay.published('live/a');
  await using player = playWithFfmpeg(rtmpsUrl(relay, 'live/a'), ...checked);
  await publisher.output;
  await player.output;
  const source = await hashFile(bbbPath);
  const played = await hashFlv(player.stdoutBuffer);
  expect(played.video.length).toBeGreaterThan(0);
  expect(contentOf(played.video)).toEqual(contentOf(framesFrom(played.video[0], source.video)));
}, 60_000);

test('ffmpeg does not believe a certificate of another authority', async () => {
  await using relay = await startTlsRelay();
  const stranger = await folder.certificate('stranger');
  await using player = playWithFfmpeg(
    rtmpsUrl(relay, 'live/a'),
    '-tls_verify',
    '1',
    '-ca_file',
    stranger.certFile,
  );
  expect((await player.exited).code).not.toBe(0);
  expect(player.stderr).toContain('Peer certificate failed verification');
});

test('curl plays HTTP-FLV over HTTPS', async () => {
  await using relay = await startTlsRelay();
  await using publisher = publishPattern(rtmpsUrl(relay, 'live/a'));
  await relay.published('live/a');
  const url = `https://127.0.0.1:${relay.port('https')}/live/a.flv`;
  await using player = curl('--cacert', authority.certFile, url);
  await player.waitForStdout(/^FLV[\s\S]{200000}/);
  await publisher.stop();
  await player.output;
  const played = await hashFlv(player.stdoutBuffer);
  expect(played.video.length).toBeGreaterThan(25);
  expect(played.audio.length).toBeGreaterThan(25);
}, 60_000);

test("Node's WebSocket plays over WSS, and believes the certificate", async () => {
  await using relay = await startTlsRelay();
  await using publisher = publishPattern(rtmpsUrl(relay, 'live/a'));
  await relay.published('live/a');
  const url = `wss://127.0.0.1:${relay.port('https')}/live/a.flv`;
  await expect(WsClient.open(url)).rejects.toThrow('cannot open');
  const believed = getCACertificates('default');
  setDefaultCACertificates([await readFile(authority.certFile, 'utf8')]);
  try {
    await using player = await WsClient.open(url);
    await player.messageOf(60);
    await publisher.stop();
    expect((await player.closed).code).toBe(1000);
    const played = await hashFlv(Buffer.concat(player.messages));
    expect(played.video.length).toBeGreaterThan(10);
  } finally {
    setDefaultCACertificates(believed);
  }
}, 60_000);

function sClient(relay: TestRelay, listener: string, ...args: string[]): RunningTool {
  const place = ['-connect', `127.0.0.1:${relay.port(listener)}`, '-CAfile', authority.certFile];
  return runTool('openssl', ['s_client', ...place, ...args]);
}

test.for(['rtmps', 'https'])(
  'openssl speaks TLS 1.3 and 1.2 with %s, and nothing older',
  async (listener) => {
    await using relay = await startTlsRelay();
    await using newest = sClient(relay, listener);
    await newest.waitForStdout(/TLSv1\.3[\s\S]*Verify return code: 0 \(ok\)/);
    await using older = sClient(relay, listener, '-tls1_2');
    await older.waitForStdout(/TLSv1\.2[\s\S]*Verify return code: 0 \(ok\)/);
    await using oldest = sClient(relay, listener, '-tls1_1', '-cipher', 'ALL:@SECLEVEL=0');
    expect((await oldest.exited).code).not.toBe(0);
    expect(oldest.stderr).toContain('alert protocol version');
    expect(await shownBy(relay.port(listener))).toBe(certificate.fingerprint);
  },
);

test('browsers and others that offer HTTP/2 as well get HTTP/1.1', async () => {
  await using relay = await startTlsRelay();
  await using openssl = sClient(relay, 'https', '-alpn', 'h2,http/1.1');
  await openssl.waitForStdout('ALPN protocol: http/1.1');
});
