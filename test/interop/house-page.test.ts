import axe from 'axe-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestBrowser } from '../support/browser.ts';
import { PageFleet } from '../support/fleet/page-fleet.ts';
import { fleetPlayer, rosterEntry } from '../support/fleet-scene.ts';

let browser: TestBrowser;
beforeAll(async () => {
  browser = await TestBrowser.launch();
});
afterAll(() => browser[Symbol.asyncDispose]());

test('the page shows the tree of relays with live numbers, finds players, and drains and kicks for whoever has the token', async () => {
  using fleet = new PageFleet();
  const { desk } = fleet;
  desk.token = 'alices-own-token';
  const ms = { isFixed: false, roundTripMs: 90, proposedRoundTripMs: 9 };
  desk.routes = [{ relay: 'quebec', parent: 'montreal', proposed: 'ottawa', ...ms }];
  desk.rollout = { at: 'rolled-back', relay: 'quebec', why: 'it is offline', since: desk.wallMs };
  await using served = await desk.serve();
  await using shown = await browser.page({ viewport: { width: 1280, height: 2600 } });
  const { page } = shown;
  await page.goto(served.url);
  const titles = page.locator('#relays .body .key');
  await page.locator('#relays-count').getByText('7 relays').waitFor();
  expect(await titles.allInnerTexts()).toEqual([
    ...['Montréal', 'Halifax', 'Ottawa', 'Gatineau', 'Kingston', 'Québec', 'Spare'],
  ]);
  await page.locator('#now-relays').getByText('5 of 7').waitFor();
  await page.locator('#notes').getByText('Shorter ways are known: quebec below ottawa.').waitFor();
  await page.locator('#notes').getByText('as relay quebec did worse: it is offline').waitFor();
  fleet.players['ottawa'] = 3990; // and the wave goes on
  await page.locator('#relays .row', { hasText: 'Ottawa' }).locator('[data-is="near"]').waitFor();
  await page.getByRole('button', { name: '2 relays below Ottawa' }).click();
  await expect
    .poll(() => titles.allInnerTexts())
    .toEqual(['Montréal', 'Halifax', 'Ottawa', 'Québec', 'Spare']);
  await page.getByLabel('Search relays').fill('king');
  await page.locator('#relays-count').getByText('1 of 7 relays').waitFor();
  await page.getByLabel('Search relays').fill('');
  await page.getByLabel('Search players').fill('quebec viewer-303 ');
  await page.locator('#players-count').getByText('1 player like that').waitFor();
  await page.getByRole('button', { name: /^Kick 10\.3\.3\.4,/ }).click();
  await page.getByLabel('Keep them out').selectOption('For an hour');
  await page.getByRole('button', { name: 'Kick', exact: true }).click();
  await page.getByLabel('Token of this house').fill('alices-own-token');
  await page.keyboard.press('Enter');
  await page.locator('#bans .value').getByText('10.3.3.4').waitFor();
  expect(desk.links.orders).toMatchObject([{ relay: 'quebec', order: { type: 'kick', session: 'c3' } }]);
  await page.getByRole('button', { name: /^Drain: send no new players to Québec/ }).click();
  await page.locator('#relays .row', { hasText: 'Québec' }).getByText('Draining').waitFor();
  expect(desk.store.decisions.draining).toEqual(['quebec']);
  await page.getByLabel('Key of a stream').fill('live/cam1');
  await page.getByLabel('Address of a player').fill('10.1.1.1');
  await page.locator('#why-form').getByRole('button').click();
  await page.locator('#why-verdict').getByText('10.1.1.1 is sent to').waitFor();
  expect(await page.locator('#why-findings li').count()).toBe(7);
  expect(shown.hosts).toEqual([new URL(served.url).host]);
  expect(shown.problems.filter((problem) => !problem.includes('401'))).toEqual([]);
});

test('axe finds nothing serious: light, dark and on a phone, where nothing is wider than the screen', async () => {
  using fleet = new PageFleet();
  await using served = await fleet.desk.serve();
  await using shown = await browser.page({ colorScheme: 'light', bypassCSP: true, reducedMotion: 'reduce' });
  const { page } = shown;
  await page.goto(served.url);
  await page.locator('#players .body .row').first().waitFor();
  await page.evaluate(axe.source);
  const faults = async (): Promise<string[]> => {
    const { violations } = await page.evaluate<axe.AxeResults>('axe.run({ resultTypes: ["violations"] })');
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target}`));
  };
  expect(await faults()).toEqual([]);
  await page.emulateMedia({ colorScheme: 'dark' });
  expect(await faults()).toEqual([]);
  await page.setViewportSize({ width: 390, height: 844 });
  await page.locator('#relays .row').nth(1).waitFor();
  expect(await faults()).toEqual([]);
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390);
});

test('a thousand relays and a hundred thousand players do not make it slow', async () => {
  using fleet = new PageFleet();
  const { desk } = fleet;
  const edges = Array.from({ length: 1000 }, (_, at) => rosterEntry(`edge${at}`, { parent: 'montreal' }));
  desk.roster.write([...desk.roster.entries.values(), ...edges]);
  for (let at = 0; at < 100_000; at++)
    desk.fleet.seat(
      fleetPlayer(`edge${at % 1000}`, `c${at}`, {
        uid: `u${at}`,
        address: `10.${at >> 16}.${(at >> 8) & 255}.${at & 255}`,
      }),
    );
  await using served = await desk.serve();
  await using shown = await browser.page({ viewport: { width: 1280, height: 2000 } });
  const { page } = shown;
  await page.goto(served.url);
  await page.locator('#relays-count').getByText('1,007 relays').waitFor();
  expect(await page.locator('#relays .body .row').count()).toBeLessThan(60);
  await page.getByLabel('Search players').fill('u99999');
  await page.locator('#players-count').getByText('1 player like that').waitFor({ timeout: 5000 });
  const busy = await page.evaluate<number>(
    `new Promise((resolve) => {
      let longest = 0;
      new PerformanceObserver((list) => {
        for (const { duration } of list.getEntries()) longest = Math.max(longest, duration);
      }).observe({ type: 'longtask' });
      setTimeout(() => resolve(longest), 1500);
    })`,
  );
  expect(busy).toBeLessThan(1000);
});
