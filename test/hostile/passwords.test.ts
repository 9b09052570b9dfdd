import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { expect, test } from 'vitest';
import { hashPassword } from '../../src/credentials/password-verifiers.ts';
import { startRelay } from '../support/start-relay.ts';

const GUESSES = 600;
const GUESSER = '127.0.66.1';
const HONEST = '127.0.77.1';

/** Asks what a GET would answer, on a connection of its own. @returns the status */
async function look(port: number, localAddress: string, login: string): Promise<number> {
  const asked = request({
    port,
    path: '/vip/a.flv',
    method: 'HEAD',
    localAddress,
    auth: login,
    agent: false,
  });
  asked.end();
  const [{ statusCode = 0 }]: [IncomingMessage] = (await once(asked, 'response')) as [IncomingMessage];
  return statusCode;
}

test('of wrong passwords from one address most are not looked at, and those of others are', async () => {
  const users = await Promise.all(['alice', 'bob'].map((user) => hashPassword(user, `s3cret of ${user}`)));
  const rules = [{ match: 'vip/**', verbs: ['play'], require: [{ type: 'password', users }] }];
  const failures = { delayMs: 0, attempts: GUESSES };
  await using relay = await startRelay({ access: { rules, failures } });
  const port = relay.port('http');
  expect(await look(port, HONEST, 'alice:s3cret of alice')).toBe(404); // let in; nobody publishes

  const guesses = Array.from({ length: GUESSES }, (_, i) => look(port, GUESSER, `alice:guess ${i}`));
  await relay.log.waitFor('refused', { reason: 'password-limit' });
  const known = Array.from({ length: 20 }, () => look(port, HONEST, 'alice:s3cret of alice'));
  expect(new Set(await Promise.all(known))).toEqual(new Set([404]));
  expect(await look(port, HONEST, 'bob:s3cret of bob')).toBe(404);

  const statuses = Object.groupBy(await Promise.all(guesses), (status) => status);
  const { 401: wrong = [], 503: unseen = [] } = statuses;
  expect(Object.keys(statuses)).toEqual(['401', '503']);
  expect(wrong.length).toBeGreaterThanOrEqual(8);
  expect(unseen.length).toBeGreaterThan(GUESSES / 2);
}, 60_000);
