import { afterAll, beforeAll, expect, test } from 'vitest';
import { publishLoop } from '../support/browser.ts';
import { CertificateFolder } from '../support/certificates.ts';
import { TestFirefox } from '../support/firefox.ts';
import { startRelay } from '../support/start-relay.ts';

let firefox: TestFirefox;
beforeAll(async () => {
  firefox = await TestFirefox.launch();
});
afterAll(() => firefox[Symbol.asyncDispose]());

test.each([
  { transport: 'WebSocket', protocol: 'ws-flv', script: '' },
  { transport: 'HTTP', protocol: 'http-flv', script: 'delete globalThis.WebSocket;' },
])('Firefox plays the page over $transport', async ({ transport, protocol, script }) => {
  await using relay = await startRelay();
  await using _publisher = publishLoop(relay.rtmpUrl('live/cam1'));
  await relay.published('live/cam1');
  const host = `127.0.0.1:${relay.port('http')}`;
  await using shown = await firefox.page(script);
  await shown.open(`http://${host}/watch/live/cam1`);
  await shown.state('live');
  const firstFrameMs = await shown.firstFrameMs();
  await shown.plays(50, 2);
  expect(await shown.transport()).toBe(transport);
  expect(await relay.metric(`streampump_stream_players{stream="live/cam1",protocol="${protocol}"}`)).toBe(1);
  expect(await shown.video()).toMatchObject({ width: 640, muted: true, paused: false });
  expect(await shown.text('resolution')).toBe('640 × 360');
  expect(await shown.text('codecs')).toBe('H.264, AAC');
  const delay = await shown.text('delay', /^[01]\.\d s$/); // the burst at the beginning is caught up
  console.log(`first picture after ${Math.round(firstFrameMs)} ms, then a delay of ${delay}`);
  expect(shown.hosts).toEqual([host]);
  expect(shown.problems).toEqual([]);
});

test('Firefox plays the page over TLS', async () => {
  await using folder = await CertificateFolder.make();
  const { certFile, keyFile } = await folder.certificate('relay');
  const https = { host: '127.0.0.1', port: 0, certFile, keyFile };
  await using relay = await startRelay({ listen: { https } });
  await using _publisher = publishLoop(relay.rtmpUrl('live/cam1'));
  await relay.published('live/cam1');
  await using shown = await firefox.page();
  await shown.open(`https://127.0.0.1:${relay.port('https')}/watch/live/cam1`);
  await shown.state('live');
  await shown.plays();
  expect(shown.problems).toEqual([]);
});

test('Firefox shows a publisher that dies and comes back', async () => {
  await using relay = await startRelay();
  await using shown = await firefox.page();
  await using first = publishLoop(relay.rtmpUrl('live/cam1'));
  await shown.open(`http://127.0.0.1:${relay.port('http')}/watch/live/cam1`);
  await shown.state('live');
  await first.stop('SIGKILL');
  await shown.state('interrupted');
  await using _second = publishLoop(relay.rtmpUrl('live/cam1'));
  await shown.state('live');
  await shown.plays(50, 2);
  expect(shown.problems).toEqual([]);
});
