import { mkdir, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { CertificateFolder, connectTls, shownBy } from '../support/certificates.ts';
import { type RunningTool, runTool } from '../support/run-tool.ts';
import { startRelay } from '../support/start-relay.ts';
import { TestPlayer } from '../support/test-player.ts';
import { TestPublisher } from '../support/test-publisher.ts';

const cliPath = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));

/** The `index`-th frame of a stream, each a keyframe. */
function frame(index: number) {
  return { type: 9, timestamp: index * 40, payload: Buffer.from('1701000000aa', 'hex') } as const;
}

test('a certificate is replaced under load: no player is lost, and new connections see the new one', async () => {
  await using folder = await CertificateFolder.make();
  const old = await folder.certificate('old');
  const place = await folder.certificate('place');
  const renewed = await folder.certificate('renewed');
  await folder.replace(place, old);
  const { certFile, keyFile } = place;
  await using relay = await startRelay({
    listen: { rtmps: { host: '127.0.0.1', port: 0, certFile, keyFile } },
    fanOut: { maxDelayMs: 5 },
  });
  const port = relay.port('rtmps');
  await using publisher = new TestPublisher(port, 'publish', 'live/a', connectTls(port));
  await publisher.started;
  await using players = new AsyncDisposableStack();
  const crowd = Array.from({ length: 50 }, () =>
    players.use(new TestPlayer(port, 'play', 'live/a', connectTls(port))),
  );
  let sent = 0;
  const sendToAll = async (): Promise<void> => {
    publisher.sendMedia(frame(sent++));
    await Promise.all(crowd.map((player) => player.mediaOf(sent)));
  };
  for (let i = 0; i < 20; i++) await sendToAll();
  expect(await shownBy(port)).toBe(old.fingerprint);

  let isReplaced = false;
  const replaced = relay.log.waitFor('certificate', { listener: 'rtmps' }).then(() => {
    isReplaced = true;
  });
  await folder.replace(place, renewed);
  while (!isReplaced) await sendToAll();
  await replaced;
  expect(await shownBy(port)).toBe(renewed.fingerprint);
  for (let i = 0; i < 20; i++) await sendToAll();
  for (const player of crowd) {
    const times = player.media.map(({ timestamp }) => timestamp);
    expect(times).toEqual(Array.from({ length: sent }, (_, index) => index * 40));
  }
  expect(await relay.metric('streampump_sessions{role="player",protocol="rtmp"}')).toBe(50);
});

test('a pair that does not match is refused with the reason, and taken once it does', async () => {
  await using folder = await CertificateFolder.make();
  const place = await folder.certificate('place');
  const renewed = await folder.certificate('renewed');
  const { certFile, keyFile } = place;
  const listener = { host: '127.0.0.1', port: 0, certFile, keyFile };
  await using relay = await startRelay({ listen: { rtmps: listener, https: listener } });
  await folder.replace({ certFile, keyFile: folder.file('elsewhere') }, renewed);
  for (const protocol of ['rtmps', 'https']) {
    const { level, text } = await relay.log.waitFor('certificate', { listener: protocol });
    expect([level, text]).toEqual([
      'error',
      `keeping the old certificate: the key in ${keyFile} does not belong to the certificate in ${certFile}`,
    ]);
    expect(await shownBy(relay.port(protocol))).toBe(place.fingerprint);
  }
  await folder.replace(place, renewed);
  for (const protocol of ['rtmps', 'https']) {
    const { text } = await relay.log.waitFor('certificate', { listener: protocol }, { count: 2 });
    expect(text).toMatch(/^new connections now get the certificate CN=renewed, valid until \d{4}-\d\d-\d\d$/);
    expect(await shownBy(relay.port(protocol))).toBe(renewed.fingerprint);
  }
});

/** Runs a relay from a config file. */
function streampump(config: string): RunningTool {
  return runTool(process.execPath, [cliPath, 'relay', '-c', config], { timeLimitMs: 120_000 });
}

function configWith(certificate: string, workers: number): string {
  const local = { host: '127.0.0.1', port: 0 };
  const files = { certFile: `tls/${certificate}.crt`, keyFile: `tls/${certificate}.key` };
  const listen = { rtmp: null, rtmps: { ...local, ...files }, http: null, admin: null };
  return JSON.stringify({ listen, workers, log: { format: 'json' } });
}

test.for([1, 2])(
  'SIGHUP takes the certificate that the config names now, with %i workers',
  async (workers) => {
    await using folder = await CertificateFolder.make();
    await mkdir(folder.file('tls')); // beside the config file: the names in it are relative to that
    const old = await folder.certificate('tls/old');
    const renewed = await folder.certificate('tls/renewed');
    const config = folder.file('relay.config.json');
    await writeFile(config, configWith('old', workers));
    await using relay = streampump(config);
    const [, text] = await relay.waitForStdout(/"event":"listening","listener":"rtmps"[^\n]*"port":(\d+)/);
    const port = Number(text);
    expect(await shownBy(port)).toBe(old.fingerprint);
    const publisher = new TestPublisher(port, 'publish', 'live/a', connectTls(port));
    await using _publisher = publisher;
    await publisher.started;
    await using player = new TestPlayer(port, 'play', 'live/a', connectTls(port));
    publisher.sendMedia(frame(0));
    await player.mediaOf(1);

    await writeFile(config, configWith('renewed', workers));
    relay.kill('SIGHUP');
    const lines = Array.from({ length: workers }, () => '"event":"certificate"[^\\n]*CN=');
    await relay.waitForStdout(new RegExp(lines.join('[\\s\\S]*')));
    for (let i = 0; i < 8; i++) expect(await shownBy(port)).toBe(renewed.fingerprint);

    await writeFile(folder.file('tls/broken.crt'), 'no certificate');
    await writeFile(folder.file('tls/broken.key'), 'no key');
    await writeFile(config, configWith('broken', workers));
    relay.kill('SIGHUP');
    await relay.waitForStdout(
      /the old configuration stays: [^\n]*tls\/broken\.crt holds no certificate in PEM form/,
    );
    expect(await shownBy(port)).toBe(renewed.fingerprint);
    publisher.sendMedia(frame(1));
    await player.mediaOf(2);
  },
);

test.for([1, 2])(
  'a certificate that cannot be used: exits with 1 and says which, with %i workers',
  async (workers) => {
    await using folder = await CertificateFolder.make();
    await mkdir(folder.file('tls'));
    const config = folder.file('relay.config.json');
    await writeFile(config, configWith('a', workers));
    const fails = async (...sentences: readonly string[]): Promise<void> => {
      await using relay = streampump(config);
      expect(await relay.exited).toEqual({ code: 1, signal: null });
      const lines = relay.stderr.trimEnd().split('\n');
      const told = lines.map((line) => (JSON.parse(line) as { msg: string }).msg); // the config asks for JSON
      expect(told).toEqual(sentences.map((sentence) => `listen.rtmps: ${sentence}`));
    };
    const [cert, key] = [folder.file('tls/a.crt'), folder.file('tls/a.key')];
    const missing = 'cannot be read: no such file or directory';
    await fails(`${cert} ${missing}`, `${key} ${missing}`);
    await folder.certificate('tls/a');
    await folder.certificate('tls/b');
    await rm(key);
    await fails(`${key} ${missing}`);
    await folder.replace(
      { certFile: folder.file('spare'), keyFile: key },
      {
        certFile: cert,
        keyFile: folder.file('tls/b.key'),
      },
    );
    await fails(`the key in ${key} does not belong to the certificate in ${cert}`);
  },
);
