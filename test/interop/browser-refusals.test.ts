import { afterAll, beforeAll, expect, test } from 'vitest';
import { FlvMessageType } from '../../src/family/flv/flv-family.ts';
import { publishLoop, TestBrowser } from '../support/browser.ts';
import { bbbPath } from '../support/media.ts';
import { type RunningTool, runTool } from '../support/run-tool.ts';
import { startRelay, type TestRelay } from '../support/start-relay.ts';
import { TestPublisher } from '../support/test-publisher.ts';

let browser: TestBrowser;
beforeAll(async () => {
  browser = await TestBrowser.launch();
});
afterAll(() => browser[Symbol.asyncDispose]());

function watchUrl(relay: TestRelay, key: string): string {
  return `http://127.0.0.1:${relay.port('http')}/watch/${key}`;
}

const looped = ['-hide_banner', '-nostdin', '-v', 'error', '-re', '-stream_loop', '-1', '-i', bbbPath];

/** Publishes the test media in other codecs. */
function publishAs(url: string, ...codecs: string[]): RunningTool {
  return runTool('ffmpeg', [...looped, ...codecs, '-f', 'flv', url]);
}

test('a video codec that browsers do not have is named, and the next publisher is seen', async () => {
  await using relay = await startRelay();
  await using shown = await browser.page();
  const first = publishAs(relay.rtmpUrl('live/old'), '-c:v', 'flv1', '-c:a', 'copy');
  {
    await using _first = first;
    await shown.page.goto(watchUrl(relay, 'live/old'));
    await shown.state('unplayable');
    expect(await shown.text('sentence')).toBe(
      'This browser cannot play this stream: its video codec, Sorenson H.263, is not supported.',
    );
    expect(await shown.text('state')).toBe('Not supported');
  }
  await using _second = publishLoop(relay.rtmpUrl('live/old'));
  await relay.published('live/old', 2);
  await shown.page.getByRole('button', { name: 'Try again' }).click();
  await shown.state('live');
  await shown.plays();
  expect(shown.problems).toEqual([]);
});

test.each([
  { form: 'legacy', header: '1c00000000', keyframe: '1c01000000' },
  { form: 'enhanced', header: '9068766331', keyframe: '9168766331000000' },
])('H.265 in $form tags is named', async ({ header, keyframe }) => {
  await using relay = await startRelay();
  await using publisher = await TestPublisher.start(relay.port('rtmp'), 'live/hevc');
  const payloads = [header, keyframe].map((hex) =>
    Buffer.concat([Buffer.from(hex, 'hex'), Buffer.alloc(64)]),
  );
  publisher.sendMedia(...payloads.map((payload) => ({ type: FlvMessageType.video, timestamp: 0, payload })));
  await using shown = await browser.page();
  await shown.page.goto(watchUrl(relay, 'live/hevc'));
  await shown.state('unplayable');
  expect(await shown.text('sentence')).toMatch(/: its video codec, H\.265 \(HEVC\), is not supported\.$/);
  expect(shown.problems).toEqual([]);
});

test('what no browser plays is offered to players, by addresses that can be copied', async () => {
  await using relay = await startRelay();
  const asf = ['-c:v', 'wmv2', '-c:a', 'wmav2', '-f', 'asf', '-method', 'PUT'];
  const place = `http://127.0.0.1:${relay.port('http')}/live/cam%201.asf`;
  await using _publisher = runTool('ffmpeg', [...looped, ...asf, place]);
  await relay.published('live/cam 1');
  const host = `127.0.0.1:${relay.port('http')}`;
  const addresses = [
    `mmsh://${host}/live/cam%201.asf?uid=7`,
    `http://${host}/live/cam%201.asf?uid=7`,
    `http://${host}/live/cam%201.asx?uid=7`,
  ];
  for (const script of ['', 'delete globalThis.WebSocket; delete Navigator.prototype.clipboard;']) {
    await using shown = await browser.page({ permissions: ['clipboard-read', 'clipboard-write'] });
    const { page } = shown;
    await page.addInitScript(script);
    await page.goto(watchUrl(relay, 'live/cam%201?uid=7'));
    await shown.state('elsewhere');
    expect(await shown.text('sentence')).toMatch(/^Browsers cannot play live\/cam 1: .*\(ASF\)/);
    const list = page.getByRole('list', { name: 'Addresses for players' });
    await list.getByRole('listitem').nth(2).waitFor();
    expect(await list.locator('code').allInnerTexts()).toEqual(addresses);
    expect(await page.title()).toBe('live/cam 1 – Not for browsers');
    for (const address of addresses) {
      await page.getByRole('button', { name: `Copy ${address}` }).click();
      await page
        .getByRole('status')
        .filter({ hasText: `Copied: ${address}` })
        .waitFor({ state: 'attached' });
      if (script === '') expect(await page.evaluate('navigator.clipboard.readText()')).toBe(address);
    }
    expect(shown.hosts).toEqual([host]);
    expect(shown.problems.filter((problem) => !problem.includes('406'))).toEqual([]); // of fetch, which Chromium notes
  }
});

test('a stream whose sound alone cannot be played is shown without it', async () => {
  await using relay = await startRelay();
  await using _publisher = publishAs(
    relay.rtmpUrl('live/speex'),
    ...['-c:v', 'copy', '-c:a', 'libspeex', '-ar', '16000', '-ac', '1'],
  );
  await using shown = await browser.page();
  await shown.page.goto(watchUrl(relay, 'live/speex'));
  await shown.state('live');
  await shown.plays();
  expect(await shown.text('codecs')).toBe('H.264, Speex (no sound: this browser does not support it)');
  expect(await shown.page.getByRole('button', { name: 'Unmute' }).count()).toBe(0);
  expect(shown.problems).toEqual([]);
});

test('a refusal is told in the words of the server, over WebSocket and over HTTP', async () => {
  await using relay = await startRelay({ access: { play: ['10.0.0.0/8'] } });
  for (const script of ['', 'delete globalThis.WebSocket;']) {
    await using shown = await browser.page();
    await shown.page.addInitScript(script);
    await shown.page.goto(watchUrl(relay, 'live/cam1'));
    await shown.state('refused');
    expect(await shown.text('sentence')).toMatch(
      /^You cannot watch this stream: playing is not allowed from 127\.0\.0\.1: .*access\.play/,
    );
  }
});

test('no address makes the page ask another host', async () => {
  await using relay = await startRelay();
  const host = `127.0.0.1:${relay.port('http')}`;
  for (const path of ['/watch//other.example/live', '/watch/%2F%2Fother.example/a', '/watch/..%2f..%2fx']) {
    await using shown = await browser.page();
    await shown.page.goto(`http://${host}${path}`);
    await relay.log.waitFor('play', { stream: 'other.example/live' });
    await shown.page.locator('body:not([data-state="connecting"])').waitFor();
    expect(shown.hosts).toEqual([host]);
  }
});
