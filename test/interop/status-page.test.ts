import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { publishLoop, TestBrowser } from '../support/browser.ts';
import { freePort } from '../support/free-port.ts';
import { startRelay } from '../support/start-relay.ts';

let browser: TestBrowser;
beforeAll(async () => {
  browser = await TestBrowser.launch();
});
afterAll(() => browser[Symbol.asyncDispose]());

const nastyKey = `live/<img src=x onerror="document.title='run'">`;

test('the page shows streams and sessions of a relay as they are, sorts and searches them, and asks nobody else', async () => {
  await using relay = await startRelay({ name: 'ottawa <b>' });
  await using _plain = publishLoop(relay.rtmpUrl('live/cam1'));
  await using _nasty = publishLoop(relay.flvUrl(nastyKey.split('/').map(encodeURIComponent).join('/')));
  await Promise.all([relay.published('live/cam1'), relay.published(nastyKey)]);
  await using shown = await browser.page({ viewport: { width: 1280, height: 1400 } });
  const { page } = shown;
  await page.goto(relay.adminUrl('/'));
  await page.getByRole('heading', { name: 'ottawa <b>' }).waitFor();
  expect(await page.title()).toBe('ottawa <b> – streampump');
  expect(await shown.text('readiness')).toBe('Ready');
  const keys = page.locator('#streams .body .key');
  await page.locator('#streams-count').getByText('2 streams').waitFor();
  expect(await keys.allInnerTexts()).toEqual([nastyKey, 'live/cam1']);
  await page.locator('#streams .codecs', { hasText: 'H.264, AAC' }).first().waitFor();
  const player = new AbortController();
  const playing = await fetch(relay.flvUrl('live/cam1'), { signal: player.signal });
  expect(playing.status).toBe(200);
  await page.locator('#streams .players .figure').getByText('1', { exact: true }).waitFor();
  await page.locator('#streams').getByRole('button', { name: 'Players' }).click();
  expect(await keys.allInnerTexts()).toEqual(['live/cam1', nastyKey]);
  const sessions = page.locator('#sessions .body .row');
  await page.evaluate('document.dispatchEvent(new Event("visibilitychange"))'); // who comes back to the page sees at once what is new
  await page.locator('#sessions-count').getByText('3 sessions').waitFor();
  await page.getByRole('searchbox').fill('player live/cam1');
  await page.locator('#sessions-count').getByText('1 of 3').waitFor();
  expect(await sessions.locator('.protocol').allInnerTexts()).toEqual(['http-flv']);
  await page.locator('#streams').getByRole('button', { name: 'Why? How it stands with live/cam1' }).click();
  await page.locator('#why-findings li').first().waitFor();
  expect(await page.title()).toBe('ottawa <b> – streampump');
  expect(shown.hosts).toEqual([`127.0.0.1:${relay.port('admin')}`]);
  expect(shown.problems).toEqual([]);
  player.abort();
});

test('a publisher is ended and kept out by whoever has the token, and the page says what the relay warns of', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'streampump-status-'));
  await using _folder = { [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
  const file = join(folder, 'alice.token');
  await writeFile(file, 'alices-own-token\n', { mode: 0o600 });
  await using relay = await startRelay({
    admin: { socket: null, tokens: [{ name: 'alice', role: 'operate', file }] },
  });
  await using publisher = publishLoop(relay.rtmpUrl('live/cam1'));
  await relay.published('live/cam1');
  await using shown = await browser.page({ viewport: { width: 1280, height: 1400 } });
  const { page } = shown;
  await page.goto(relay.adminUrl('/'));
  await page
    .locator('#sessions')
    .getByRole('button', { name: /^End the session/ })
    .click();
  await page.getByLabel('Keep their addresses out').selectOption('For an hour');
  await page.getByRole('button', { name: 'End', exact: true }).click();
  await page.getByLabel('Token of this relay').fill('alices-own-token');
  await page.keyboard.press('Enter');
  await publisher.exited;
  await page.locator('#bans .value').getByText('127.0.0.1').waitFor();
  await page.getByText('Nobody is connected.').waitFor();
  expect(relay.log.find('audit', { identity: 'alice', outcome: 'done' })).toHaveLength(1);
  await page.locator('#warnings-list li', { hasText: 'audit' }).waitFor(); // that it was tried without the token
  await page.getByRole('button', { name: 'Let in 127.0.0.1 again' }).click();
  await page.locator('#bans').waitFor({ state: 'hidden' });
  expect(shown.requests.filter((url) => url.includes('alices'))).toEqual([]);
});

test('the page says when it has lost the relay, and shows the next one by itself', async () => {
  const listen = { admin: { host: '127.0.0.1', port: await freePort() } }; // which nobody else gets meanwhile
  await using shown = await browser.page();
  const { page } = shown;
  {
    await using first = await startRelay({ name: 'before', listen });
    await page.goto(first.adminUrl('/'));
    await page.getByRole('heading', { name: 'before' }).waitFor();
    expect(await page.locator('#lost').isVisible()).toBe(false);
  }
  await page.locator('#lost').getByText('The relay was lost').waitFor();
  expect(await shown.text('said')).toBe('The relay was lost. The page goes on trying.');
  await using _second = await startRelay({ name: 'after', listen });
  await page.getByRole('heading', { name: 'after' }).waitFor();
  await page.locator('#lost').waitFor({ state: 'hidden' });
  expect(shown.problems.filter((problem) => /polic|trusted/i.test(problem))).toEqual([]);
});
