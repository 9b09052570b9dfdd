import { afterAll, beforeAll, expect, test } from 'vitest';
import { relaySettings } from '../../src/config/relay-settings.ts';
import { publishLoop, TestBrowser, type TestPage } from '../support/browser.ts';
import { startRelay, type TestRelay } from '../support/start-relay.ts';

let browser: TestBrowser;
beforeAll(async () => {
  browser = await TestBrowser.launch();
});
afterAll(() => browser[Symbol.asyncDispose]());

const KEY = 'viewer-5e0d17';
const withKey = {
  access: { rules: [{ match: 'vip/**', verbs: ['play'], require: [{ type: 'key', values: [KEY] }] }] },
};

function watchUrl(relay: TestRelay, path: string): string {
  return `http://127.0.0.1:${relay.port('http')}/watch${path}`;
}

/** Notes every Referer that the page sends. */
function refererOf({ page }: TestPage): string[] {
  const seen: string[] = [];
  page.on('request', async (request) => seen.push((await request.allHeaders())['referer'] ?? ''));
  return seen;
}

test.each([
  { over: 'WebSocket', script: '' },
  { over: 'HTTP', script: 'delete globalThis.WebSocket;' },
])(
  'what the address of the page holds opens the stream over $over, and goes nowhere else',
  async ({ script }) => {
    await using relay = await startRelay(withKey);
    await using _publisher = publishLoop(relay.rtmpUrl('vip/cam1'));
    await relay.published('vip/cam1');
    await using shown = await browser.page();
    await shown.page.addInitScript(script);
    const referers = refererOf(shown);
    await shown.page.goto(watchUrl(relay, `/vip/cam1?key=${KEY}`));
    await shown.state('live');
    await shown.plays();
    const told = shown.requests.filter((url) => url.includes(KEY)).map((url) => new URL(url).pathname);
    expect(new Set(told)).toEqual(new Set(['/watch/vip/cam1', '/vip/cam1.flv']));
    expect(new Set(referers)).toEqual(new Set(['']));
    expect(`${await shown.page.title()} ${await shown.page.content()}`).not.toContain(KEY);
    expect(relay.log.lines.map(({ text, fields }) => text + JSON.stringify(fields)).join()).not.toContain(
      KEY,
    );
    expect(shown.problems).toEqual([]);
  },
);

test.each([
  { what: 'nothing', query: '', sentence: 'this needs a key (?key=...)' },
  { what: 'a wrong key', query: '?key=guess', sentence: 'this key is not known here' },
  {
    what: 'a key twice',
    query: `?key=${KEY}&key=${KEY}`,
    sentence: 'the parameter key stands in the URL more than once',
  },
])('whoever shows $what is told so, and asked again only by hand', async ({ query, sentence }) => {
  await using relay = await startRelay(withKey);
  await using shown = await browser.page();
  await shown.page.goto(watchUrl(relay, `/vip/cam1${query}`));
  await shown.state('refused');
  expect(await shown.text('sentence')).toBe(`You cannot watch this stream: ${sentence}.`);
  await shown.page.evaluate(
    "document.dispatchEvent(new Event('visibilitychange')); dispatchEvent(new Event('online'))",
  );
  await shown.page.getByRole('button', { name: 'Try again' }).click();
  await relay.log.waitFor('refused', { reason: 'credentials' }, { count: 2 });
  await shown.state('refused');
  expect(relay.log.find('refused')).toHaveLength(2);
});

test('whoever may watch no longer is told so, and sees the rest of what was received', async () => {
  await using relay = await startRelay(withKey);
  await using _publisher = publishLoop(relay.rtmpUrl('vip/cam1'));
  await relay.published('vip/cam1');
  await using shown = await browser.page();
  await shown.page.goto(watchUrl(relay, `/vip/cam1?key=${KEY}`));
  await shown.state('live');
  await relay.relay.configure(relaySettings.parse({ access: { play: [] } }));
  await shown.state('over');
  expect(await shown.text('sentence')).toMatch(/^You cannot watch this stream any longer: .*access\.play/);
  expect(await shown.text('state')).toBe('Over');
});

test('the list shows what the visitor may play, and takes what he has shown along, but not in its links', async () => {
  await using relay = await startRelay({ ...withKey, http: { listStreams: true } });
  await using _vip = publishLoop(relay.rtmpUrl('vip/cam1'));
  await using _open = publishLoop(relay.rtmpUrl('open/cam1'));
  await Promise.all([relay.published('vip/cam1'), relay.published('open/cam1')]);
  await using stranger = await browser.page();
  await stranger.page.goto(watchUrl(relay, ''));
  await stranger.page.getByText('1 live stream').waitFor();
  expect(await stranger.page.locator('#streams .name').allInnerTexts()).toEqual(['open/cam1']);
  await using shown = await browser.page();
  await shown.page.goto(watchUrl(relay, `?key=${KEY}`));
  await shown.page.getByText('2 live streams').waitFor();
  expect(await shown.page.content()).not.toContain(KEY);
  await shown.page.getByText('vip/cam1').click();
  await shown.state('live');
  expect(shown.page.url()).toBe(watchUrl(relay, `/vip/cam1?key=${KEY}`));
});
