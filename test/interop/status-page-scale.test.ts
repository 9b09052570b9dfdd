import axe from 'axe-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestBrowser, type TestPage } from '../support/browser.ts';
import {
  relayStatus,
  type ScriptedAdmin,
  sessionStatus,
  startScriptedAdmin,
  streamStatus,
} from '../support/scripted-admin.ts';
import { longestTaskMs } from '../support/task-times.ts';

let browser: TestBrowser;
beforeAll(async () => {
  browser = await TestBrowser.launch();
});
afterAll(() => browser[Symbol.asyncDispose]());

/** Who comes back to the page sees at once what is new. */
const backToThePage = 'document.dispatchEvent(new Event("visibilitychange"))';

const longKey = `live/${'verylongname'.repeat(18)}`;

/** So many players that nobody could show them all at once, and streams that change. */
function fill(admin: ScriptedAdmin): void {
  admin.sessions = Array.from({ length: 5000 }, (_, index) =>
    sessionStatus(`c${index}`, {
      address: `198.51.${index >> 8}.${index & 255}`,
      stream: index === 3 ? longKey : `live/cam${index % 50}`,
      since: new Date(Date.now() - index * 1000).toISOString(),
      ...(index % 500 === 499 ? { role: 'publisher', client: 'n'.repeat(200) } : {}),
    }),
  );
  const links = [
    {
      id: 'u1',
      stream: 'tv/news',
      url: 'rtmp://origin.test/tv/news',
      state: 'flowing',
      lastError: null,
      reconnects: 0,
      origin: 'config',
    },
    {
      id: 'u2',
      stream: longKey,
      url: `http://${'h'.repeat(220)}/`,
      state: 'waiting',
      lastError: 'refused '.repeat(40),
      reconnects: 7,
      origin: 'api',
    },
  ];
  admin.answers.set('upstreams', { items: links, next: null });
  admin.answers.set('bans', {
    items: [{ id: 'b1', kind: 'address', value: '198.51.100.9', until: '2030-01-01T00:00:00.000Z' }],
    next: null,
  });
}

/** What the relay tells every other second. */
function pulse(admin: ScriptedAdmin, round: number): void {
  const streams = Array.from({ length: 200 }, (_, index) =>
    streamStatus(index === 0 ? longKey : `live/cam${index}`, {
      players: 100 + ((round * 7 + index) % 50),
      receivedBitsPerSecond: 3e6 + 1e4 * ((round * 31 + index * 17) % 50),
    }),
  );
  admin.send('status', { relay: relayStatus(), streams });
}

/** Opens the page of a relay with 5,000 sessions, as high as a screen can be: nothing is spared because nobody would see it. */
async function open(admin: ScriptedAdmin, shown: TestPage): Promise<void> {
  fill(admin);
  await shown.page.goto(admin.url);
  await admin.followed();
  pulse(admin, 0);
  const warning = {
    at: new Date().toISOString(),
    what: 'refused',
    level: 'warn',
    text: `${longKey} <b>`,
    fields: { reason: 'access' },
  };
  admin.send('warning', warning);
  await shown.page.locator('#streams .row', { hasText: 'live/cam1' }).first().waitFor();
}

test('5,000 sessions and 200 streams do not make it slow: only those that can be seen are there, and no task takes 50 ms', async () => {
  await using admin = await startScriptedAdmin();
  await using shown = await browser.page({ viewport: { width: 1280, height: 3600 } });
  const { page } = shown;
  const count = page.locator('#sessions-count');
  await open(admin, shown); // what a browser does to begin is not ours
  await count.getByText('5,000 sessions').waitFor();
  const longest = await longestTaskMs(page, async () => {
    admin.sessions = admin.sessions.toReversed().slice(1);
    await page.evaluate(backToThePage);
    await count.getByText('4,999 sessions').waitFor();
    for (let round = 1; round <= 10; round++) {
      pulse(admin, round);
      await page
        .locator('#streams .figure', { hasText: String(100 + ((round * 7 + 1) % 50)) })
        .first()
        .waitFor();
    }
    for (const head of ['Address', 'Bit rate'])
      await page.locator('#sessions').getByRole('button', { name: head }).click();
    await page.getByRole('searchbox').fill('live/cam7');
    await count.getByText('100 of 4,999').waitFor();
    await page.getByRole('searchbox').fill('');
    await count.getByText('4,999 sessions').waitFor();
  });
  expect(longest).toBeLessThan(50);
  expect(await page.locator('#sessions .body .row').count()).toBeLessThan(40);
  expect(await page.locator('#streams .body .row').count()).toBeLessThan(40);
  expect(shown.problems).toEqual([]);
});

test('axe finds nothing serious: light, dark and on a phone, where nothing is wider than the screen', async () => {
  await using admin = await startScriptedAdmin();
  await using shown = await browser.page({ colorScheme: 'light', bypassCSP: true, reducedMotion: 'reduce' });
  const { page } = shown;
  await open(admin, shown);
  await page.evaluate(axe.source);
  const faults = async (options: axe.RunOptions): Promise<string[]> => {
    const { violations } = await page.evaluate<axe.AxeResults>(`axe.run(${JSON.stringify(options)})`);
    const grave = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
    return grave.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
  };
  const all = { resultTypes: ['violations'] } satisfies axe.RunOptions;
  const colors = { ...all, runOnly: ['color-contrast'] };
  await page.locator('#sessions').scrollIntoViewIfNeeded();
  await page.locator('#sessions-count').getByText('5,000 sessions').waitFor();
  expect(await faults(all)).toEqual([]);
  await page.emulateMedia({ colorScheme: 'dark' });
  expect(await faults(colors)).toEqual([]);
  await page.setViewportSize({ width: 360, height: 740 });
  await page.locator('#sessions .sorting').waitFor();
  expect(await faults(all)).toEqual([]);
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360);
  await page
    .locator('#sessions')
    .getByRole('button', { name: /^End the session/ })
    .first()
    .click();
  expect(await faults(all)).toEqual([]);
});

test('with the keyboard alone: a row is found by arrow keys, keeps the focus over updates, and a token is asked for', async () => {
  await using admin = await startScriptedAdmin();
  admin.token = 'open-sesame';
  await using shown = await browser.page();
  const { page } = shown;
  await open(admin, shown);
  await page.getByRole('searchbox').focus();
  await page.locator('#sessions-count').getByText('5,000 sessions').waitFor();
  const focused = (): Promise<string | null> =>
    page.evaluate('document.activeElement.getAttribute("aria-label")');
  await page.locator('#sessions').getByRole('button', { name: 'End the session c0 of' }).focus();
  for (const key of ['End', 'ArrowUp', 'ArrowUp']) await page.keyboard.press(key);
  expect(await focused()).toBe('End the session c4997 of 198.51.19.133…');
  admin.sessions = admin.sessions.filter(({ id }) => id !== 'c4998' && id !== 'c17');
  await page.evaluate(backToThePage);
  await page.locator('#sessions-count').getByText('4,998 sessions').waitFor();
  expect(await focused()).toBe('End the session c4997 of 198.51.19.133…');
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'End this session?' });
  await dialog.waitFor();
  expect(await page.locator('#kick-who').innerText()).toBe('198.51.19.133');
  for (const key of ['Tab', 'Enter']) await page.keyboard.press(key);
  await page.getByRole('dialog', { name: 'Token' }).getByText('The server says: show a token').waitFor();
  await page.keyboard.type('open-sesame');
  await page.keyboard.press('Enter');
  await page.locator('#sessions-count').getByText('4,997 sessions').waitFor();
  expect(await dialog.isVisible()).toBe(false);
  expect(admin.sessions.some(({ id }) => id === 'c4997')).toBe(false);
  expect(await page.evaluate('[localStorage.length, Object.values(sessionStorage)]')).toEqual([
    0,
    ['open-sesame'],
  ]);
  expect(shown.requests.filter((url) => url.includes('sesame'))).toEqual([]);
});

test('when the relay that comes back brings another page, that is loaded, once nothing is open that somebody reads', async () => {
  await using admin = await startScriptedAdmin();
  admin.edition = '"first"';
  await using shown = await browser.page();
  const { page } = shown;
  const loads = (): number =>
    shown.requests.filter((url) => url === `${admin.url}/assets/status/status.js`).length;
  const looks = (): Promise<unknown> =>
    page.waitForResponse((response) => response.request().method() === 'HEAD' && response.ok());
  await Promise.all([looks(), open(admin, shown)]);
  admin.cut();
  await page.locator('#lost').waitFor();
  await Promise.all([looks(), page.locator('#lost').waitFor({ state: 'hidden' })]);
  expect(loads()).toBe(1);
  await page.getByRole('button', { name: 'Token…' }).click();
  admin.edition = '"second"';
  await Promise.all([looks(), admin.cut()]);
  expect(loads()).toBe(1);
  await Promise.all([page.waitForEvent('load'), page.keyboard.press('Escape')]);
  expect(loads()).toBe(2);
});
