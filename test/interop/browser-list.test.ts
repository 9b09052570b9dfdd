import { afterAll, beforeAll, expect, test } from 'vitest';
import { publishLoop, TestBrowser } from '../support/browser.ts';
import { startRelay } from '../support/start-relay.ts';

let browser: TestBrowser;
beforeAll(async () => {
  browser = await TestBrowser.launch();
});
afterAll(() => browser[Symbol.asyncDispose]());

const nastyKey = `live/<img src=x onerror="document.title='run'">&'%25`;

test('the list shows what is live as it comes and goes, its names as text, and leads to the stream', async () => {
  await using relay = await startRelay({ name: 'ottawa <b>', http: { listStreams: true } });
  await using shown = await browser.page();
  const { page } = shown;
  await page.goto(`http://127.0.0.1:${relay.port('http')}/`);
  await page.getByText('Nothing is live right now.').waitFor();
  expect(await shown.text('server')).toBe('ottawa <b>');
  {
    await using _plain = publishLoop(relay.rtmpUrl('live/cam1'));
    await using _nasty = publishLoop(relay.flvUrl(nastyKey.split('/').map(encodeURIComponent).join('/')));
    await page.getByText('2 live streams').waitFor();
    expect(await page.locator('#streams .name').allInnerTexts()).toEqual([nastyKey, 'live/cam1']);
    expect(await page.title()).toBe('Live streams');
    await page.locator('#streams a').first().click();
    await shown.state('live');
    await shown.plays();
    expect(await shown.text('name')).toBe(nastyKey);
    expect(await page.title()).toBe(nastyKey);
    await page.goBack();
    await page.getByText('2 live streams').waitFor();
  }
  await page.getByText('Nothing is live right now.').waitFor();
  expect(shown.hosts).toEqual([`127.0.0.1:${relay.port('http')}`]);
  expect(shown.problems).toEqual([]);
});

test('streams are not listed unless that is allowed', async () => {
  await using relay = await startRelay();
  await using _publisher = publishLoop(relay.rtmpUrl('live/secret'));
  await relay.published('live/secret');
  await using shown = await browser.page();
  await shown.page.goto(`http://127.0.0.1:${relay.port('http')}/watch`);
  await shown.page.getByText('This server does not list its streams.').waitFor();
  expect(await shown.page.content()).not.toContain('secret');
});

test('who may watch nothing of what is live is told so', async () => {
  await using relay = await startRelay({ http: { listStreams: true }, access: { play: ['10.0.0.0/8'] } });
  await using _publisher = publishLoop(relay.rtmpUrl('live/secret'));
  await relay.published('live/secret');
  await using shown = await browser.page();
  await shown.page.goto(`http://127.0.0.1:${relay.port('http')}/watch`);
  await shown.page.getByText('There are live streams, but you may not watch any of them.').waitFor();
  expect(await shown.page.content()).not.toContain('secret');
});
