import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { expect, test } from 'vitest';
import { LoopClock } from '../../../support/loop-clock.ts';
import { startHouse, type TestHouse } from '../../../support/start-house.ts';

/** An answer, its body perhaps not yet. */
async function ask(
  house: TestHouse,
  path: string,
  headers: Record<string, string> = {},
  localAddress = '127.0.0.1',
): Promise<IncomingMessage> {
  const request = get(house.url(path), { headers, localAddress, agent: false });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return response;
}

async function statusOf(...asked: Parameters<typeof ask>): Promise<number | undefined> {
  const response = await ask(...asked);
  response.destroy();
  return response.statusCode;
}

test('who proves to be an operator may stay for long, and nobody else may', async () => {
  const clock = new LoopClock(1000);
  await using house = await startHouse({ clock, config: { access: { failures: { delayMs: 0 } } } });
  const events = await ask(house, '/api/v1/events', house.token);
  const idle = await ask(house, '/api/v1/config');
  expect([events.statusCode, idle.statusCode]).toEqual([200, 401]);
  const ended = once(idle.socket, 'close');
  clock.advance(120_000); // far longer than anybody may be pending
  await ended;
  expect(events.socket.destroyed).toBe(false);
  events.destroy();
});

test('a proxy that is trusted says who guesses, and only that one is kept from guessing', async () => {
  const failures = { delayMs: 0, attempts: 3 };
  const config = { access: { failures }, trustedProxies: ['127.0.0.9/32'] };
  await using house = await startHouse({ config });
  const guess = (address: string) =>
    statusOf(
      house,
      '/api/v1/config',
      { authorization: 'Bearer guessed', 'x-forwarded-for': address },
      '127.0.0.9',
    );
  for (const _ of [1, 2, 3]) expect(await guess('198.51.100.1')).toBe(401);
  expect(await guess('198.51.100.1')).toBe(429);
  expect(await guess('198.51.100.2')).toBe(401);
});

test('neither a name nor a page of another site helps where something has to be shown', async () => {
  await using house = await startHouse();
  expect(await statusOf(house, '/api/v1/config', { ...house.token, host: 'any.example' })).toBe(200);
  const post = await fetch(house.url('/api/v1/reload'), {
    method: 'POST',
    headers: { ...house.token, origin: 'https://evil.example' },
  });
  expect([post.status, await post.json()]).toEqual([
    403,
    { error: 'forbidden', message: 'no page of another site may change anything here' },
  ]);
});

test('a path that is neither page nor API is a stream’s, or nothing', async () => {
  await using house = await startHouse();
  expect(await statusOf(house, '/metrics', house.token)).toBe(404);
  expect(await statusOf(house, '/healthz')).toBe(404);
});
