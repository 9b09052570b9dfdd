import { expect, test } from 'vitest';
import { Succession } from '../../../../src/service/relay/pulling/succession.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { endlessBudget } from '../../../support/fake-studio.ts';
import { LinkScene } from '../../../support/link-scene.ts';

/** A search whose links lead to upstreams that do what the test wants. */
class Search {
  readonly clock = new FakeClock(1000);
  readonly opened: number[] = [];
  readonly links: LinkScene[] = [];
  readonly succession = new Succession(this.clock, endlessBudget, (index) => {
    this.opened.push(index);
    return this.link(index).link;
  });

  link(index = 0): LinkScene {
    const link = new LinkScene({ index }, this.clock);
    this.links.push(link);
    return link;
  }

  /** Whether each link that was made is closed. */
  get closed(): (boolean | undefined)[] {
    return this.links.map(({ upstream }) => upstream?.isClosed);
  }
}

test('looks for preferred URLs one after the other, ever more rarely, until it is to look soon again', () => {
  const search = new Search();
  const waits: number[] = [];
  for (let probe = 0; probe < 5; probe++) {
    if (probe === 4) search.succession.probeSoonAgain();
    const since = search.clock.now();
    search.succession.probeLater([0, 1]);
    while (search.succession.candidate === undefined) search.clock.advance(1);
    waits.push(search.clock.now() - since);
    expect([search.succession.candidate.reason, search.succession.isMoving]).toEqual(['preferred', false]);
    search.succession.takeOut();
  }
  expect(search.opened).toEqual([0, 1, 0, 1, 0]);
  for (const [probe, most] of [2000, 4000, 8000, 16_000, 2000].entries()) {
    expect(waits[probe]).toBeGreaterThanOrEqual(most / 2);
    expect(waits[probe]).toBeLessThanOrEqual(most);
  }
});

test('nothing is preferred to the first URL', () => {
  const search = new Search();
  search.succession.probeLater([]);
  expect(search.clock.pending).toBe(0);
});

test('moves after a while, and says so from the beginning', () => {
  const search = new Search();
  search.succession.moveLater(1, 500);
  expect([search.succession.isMoving, search.succession.candidate]).toEqual([true, undefined]);
  search.clock.advance(500);
  expect([search.opened, search.succession.isMoving]).toEqual([[1], true]);
  expect(search.succession.takeOut()?.reason).toBe('move');
  expect([search.succession.isMoving, search.succession.takeOut()]).toEqual([false, undefined]);
});

test('does one thing at a time: a new search takes the place of the one before', () => {
  const search = new Search();
  search.succession.try(search.link().link, 'preferred');
  search.succession.try(search.link(1).link, 'move');
  expect([search.closed, search.succession.isMoving]).toEqual([[true, false], true]);
  search.succession.probeLater([0]);
  expect(search.closed).toEqual([true, true]);
  search.succession.moveLater(1, 100);
  search.clock.advance(10_000);
  expect(search.opened).toEqual([1]);
});

test.each(['probeLater', 'moveLater'] as const)('stopped, leaves no timer of %s and no link', (method) => {
  const search = new Search();
  if (method === 'probeLater') search.succession.probeLater([0]);
  else search.succession.moveLater(1, 100);
  search.succession.stop();
  expect(search.clock.pending).toBe(0);
  search.succession.try(search.link().link, 'move');
  search.succession.stop();
  expect([search.closed, search.succession.candidate, search.clock.pending]).toEqual([[true], undefined, 0]);
});

test('a link that was taken out stays open', () => {
  const search = new Search();
  search.succession.try(search.link().link, 'move');
  search.succession.takeOut();
  search.succession.stop();
  expect(search.closed).toEqual([false]);
});
