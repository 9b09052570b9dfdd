import { afterAll, beforeAll, expect, test } from 'vitest';
import { publishLoop, TestBrowser } from '../support/browser.ts';
import { freePort } from '../support/free-port.ts';
import { startRelay, type TestRelay } from '../support/start-relay.ts';

let browser: TestBrowser;
beforeAll(async () => {
  browser = await TestBrowser.launch();
});
afterAll(() => browser[Symbol.asyncDispose]());

function watchUrl(relay: TestRelay, key: string): string {
  return `http://127.0.0.1:${relay.port('http')}/watch/${key}`;
}

test('the page waits for a stream, and starts it when it comes', async () => {
  await using relay = await startRelay();
  await using shown = await browser.page();
  await shown.page.goto(watchUrl(relay, 'live/later'));
  await shown.state('waiting');
  expect(await shown.text('sentence')).toBe(
    'live/later is not live yet, or its next keyframe is still to come. It will play here by itself.',
  );
  await using _publisher = publishLoop(relay.rtmpUrl('live/later'));
  await shown.state('live');
  await shown.plays();
  expect(await shown.page.locator('#sentence').isVisible()).toBe(false);
  expect(shown.problems).toEqual([]);
});

test('the page goes on asking when nothing came in the time that the server waits', async () => {
  await using relay = await startRelay({ play: { waitMs: 300 } });
  await using shown = await browser.page();
  await shown.page.goto(watchUrl(relay, 'live/later'));
  await relay.log.waitFor('play-end', { stream: 'live/later', reason: 'not-found' }, { count: 3 });
  await using _publisher = publishLoop(relay.rtmpUrl('live/later'));
  await shown.state('live');
  await shown.plays();
});

test('a publisher that dies and comes back is seen again on the same connection', async () => {
  await using relay = await startRelay();
  await using shown = await browser.page();
  await using first = publishLoop(relay.rtmpUrl('live/cam1'));
  await shown.page.goto(watchUrl(relay, 'live/cam1'));
  await shown.state('live');
  await first.stop('SIGKILL');
  await shown.state('interrupted');
  expect(await shown.text('sentence')).toMatch(/^The stream was interrupted\./);
  await using _second = publishLoop(relay.rtmpUrl('live/cam1'));
  await shown.state('live');
  await shown.plays(50, 2);
  await shown.page.locator('#buffer', { hasText: /^[01]\.\d s$/ }).waitFor();
  expect(shown.requests.filter((url) => url.startsWith('ws:'))).toHaveLength(1);
  expect(shown.problems).toEqual([]);
});

test('a stream that has ended is seen again when it begins anew', async () => {
  await using relay = await startRelay();
  await using shown = await browser.page();
  await using first = publishLoop(relay.rtmpUrl('live/cam1'));
  await shown.page.goto(watchUrl(relay, 'live/cam1'));
  await shown.state('live');
  await first.stop('SIGTERM');
  await shown.state('ended');
  expect(await shown.text('sentence')).toBe('The stream has ended. If it starts again, it will play here.');
  await using _second = publishLoop(relay.rtmpUrl('live/cam1'));
  await shown.state('live');
  await shown.plays(50, 2);
  expect(shown.problems).toEqual([]);
});

test('a relay that comes back is found again', async () => {
  await using shown = await browser.page();
  const listen = { http: { host: '127.0.0.1', port: await freePort() } }; // which nobody else gets meanwhile
  {
    await using first = await startRelay({ listen });
    await using _publisher = publishLoop(first.rtmpUrl('live/cam1'));
    await shown.page.goto(watchUrl(first, 'live/cam1'));
    await shown.state('live');
  }
  await shown.state('lost');
  expect(await shown.page.getByRole('button', { name: 'Try now' }).isVisible()).toBe(true);
  await using second = await startRelay({ listen });
  await using _publisher = publishLoop(second.rtmpUrl('live/cam1'));
  await shown.state('live');
  await shown.plays();
});
