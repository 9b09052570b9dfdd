import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Report } from '../../load-tester/report/report.ts';
import { CertificateFolder, type TestCertificate } from '../support/certificates.ts';
import { bbbPath } from '../support/media.ts';
import { runTool } from '../support/run-tool.ts';
import { startRelay } from '../support/start-relay.ts';

const cliPath = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));

let folder: CertificateFolder;
let certificate: TestCertificate;

beforeAll(async () => {
  folder = await CertificateFolder.make();
  certificate = await folder.certificate('relay');
});
afterAll(() => folder[Symbol.asyncDispose]());

test.concurrent.each([
  { scheme: 'rtmps', listener: 'rtmps', path: 'live/a' },
  { scheme: 'https', listener: 'https', path: 'live/a.flv' },
  { scheme: 'wss', listener: 'https', path: 'live/a.flv' },
])('plays over $scheme', async ({ scheme, listener, path }) => {
  const { certFile, keyFile } = certificate;
  const place = { host: '127.0.0.1', port: 0, certFile, keyFile };
  await using relay = await startRelay({ listen: { rtmps: place, https: place } });
  const url = `${scheme}://127.0.0.1:${relay.port(listener)}/${path}`;
  const publish = ['--publish', bbbPath, '--publish-to', relay.rtmpUrl('live/a')];
  const brief = ['--players', '4', '--probes', '2', '--warm-up', '0', '--duration', '2', '--json'];
  await using load = runTool(process.execPath, [cliPath, 'load', url, ...publish, ...brief], {
    env: { NODE_EXTRA_CA_CERTS: certFile },
  });
  const report = JSON.parse(await load.output) as Report;
  expect(report.failures).toEqual([]);
  expect(report.counts).toMatchObject({ opened: 4, played: 4, missingMessages: 0 });
});
