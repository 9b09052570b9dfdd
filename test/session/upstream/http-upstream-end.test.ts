import type { IncomingMessage } from 'node:http';
import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { endOf } from '../../../src/session/upstream/http-upstream-end.ts';
import { FakeClock } from '../../support/fake-clock.ts';

/** An answer of a server whose body the test writes. */
function answer(statusCode: number, headers: Record<string, string> = { 'content-type': 'text/plain' }) {
  const body = new PassThrough();
  return { body, response: Object.assign(body, { statusCode, headers }) as unknown as IncomingMessage };
}

test('a server that does not come to the end of its sentence is waited for two seconds', async () => {
  const clock = new FakeClock();
  const { body, response } = answer(403);
  body.write('not for');
  const end = endOf(response, 'http://first/live/a.flv', clock);
  await new Promise(setImmediate);
  clock.advance(2000);
  expect(await end).toEqual({ kind: 'refused', description: '403 Forbidden', said: 'not for' });
});

test('a sentence that has come leaves no timer', async () => {
  const clock = new FakeClock();
  const { body, response } = answer(404);
  const end = endOf(response, 'http://first/live/a.flv', clock);
  body.end('no such stream\nsecond line');
  expect(await end).toEqual({ kind: 'not-found', description: '404 Not Found', said: 'no such stream' });
  await new Promise(setImmediate);
  expect(clock.pending).toBe(0);
});
