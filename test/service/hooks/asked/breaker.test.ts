import { expect, test } from 'vitest';
import { Breaker } from '../../../../src/service/hooks/asked/breaker.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

function brokenBreaker() {
  const clock = new FakeClock();
  const changes: boolean[] = [];
  const breaker = new Breaker(clock, (isOpen) => changes.push(isOpen));
  for (let i = 0; i < 5; i++) breaker.attempt()?.fail();
  return { clock, changes, breaker };
}

test('opens after five failures in a row, and says so once', () => {
  const changes: boolean[] = [];
  const breaker = new Breaker(new FakeClock(), (isOpen) => changes.push(isOpen));
  const late = [breaker.attempt(), breaker.attempt()];
  for (let i = 0; i < 4; i++) breaker.attempt()?.fail();
  breaker.attempt()?.succeed();
  for (let i = 0; i < 4; i++) breaker.attempt()?.fail();
  expect([breaker.state, changes]).toEqual(['closed', []]);
  for (const attempt of late) attempt?.fail();
  expect([breaker.state, changes]).toEqual(['open', [true]]);
  expect(breaker.attempt()).toBeUndefined();
});

test('lets one through after a while, longer each time, until the server is back', () => {
  const { clock, changes, breaker } = brokenBreaker();
  const pauses: number[] = [];
  for (let i = 0; i < 8; i++) {
    const since = clock.now();
    let attempt = breaker.attempt();
    for (; attempt === undefined; attempt = breaker.attempt()) clock.advance(10);
    pauses.push(clock.now() - since);
    expect([breaker.state, breaker.attempt()]).toEqual(['half-open', undefined]);
    if (i < 7) attempt.fail();
    else attempt.succeed();
  }
  for (const [index, most] of [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000].entries()) {
    expect(pauses[index]).toBeGreaterThanOrEqual(most / 2);
    expect(pauses[index]).toBeLessThanOrEqual(most + 10);
  }
  expect([breaker.state, changes]).toEqual(['closed', [true, false]]);
});

test('one that was let through and has left lets the next one through', () => {
  const { clock, breaker, changes } = brokenBreaker();
  clock.advance(1000);
  breaker.attempt()?.abandon();
  expect(breaker.state).toBe('open');
  breaker.attempt()?.succeed();
  expect([breaker.state, changes]).toEqual(['closed', [true, false]]);
});
