import { expect, test } from 'vitest';
import { readListWish, sessionParameters, streamParameters } from '../../../src/service/admin/list-wish.ts';

const query = (text: string): URLSearchParams => new URLSearchParams(text);

test.each([
  ['', { limit: 100 }],
  ['limit=1', { limit: 1 }],
  ['limit=1000&after=live%2Fa%20b', { limit: 1000, after: 'live/a b' }],
  ['stream=live/**', { limit: 100, stream: 'live/**' }],
])('streams: %s is understood', (text, wish) => {
  expect(readListWish(query(text), streamParameters)).toEqual(wish);
});

test.each([
  ['after=w3c12&role=player', { limit: 100, after: 'w3c12', role: 'player' }],
  ['protocol=ws-flv&stream=a', { limit: 100, protocol: 'ws-flv', stream: 'a' }],
])('sessions: %s is understood', (text, wish) => {
  expect(readListWish(query(text), sessionParameters)).toEqual(wish);
});

test.each([
  ['limit=0', 'limit: expected a whole number from 1 to 1000'],
  ['limit=1001', 'limit: expected a whole number from 1 to 1000'],
  ['limit=1e2', 'limit: expected a whole number from 1 to 1000'],
  ['limit=', 'limit: expected a whole number from 1 to 1000'],
  ['limit=-1', 'limit: expected a whole number from 1 to 1000'],
  ['limit=1&limit=2', 'limit: expected once'],
  ['after=', 'after: expected the id of a session, such as c12'],
  ['after=live/a', 'after: expected the id of a session, such as c12'],
  ['after=c99999999999999', 'after: expected the id of a session, such as c12'],
  ['role=boss', 'role: expected one of pending, waiting, player, relay, publisher'],
  ['role=', 'role: expected one of pending, waiting, player, relay, publisher'],
  ['protocol=RTMP', 'protocol: expected one of rtmp, http-flv, ws-flv'],
  ['stream=', 'stream: expected a pattern of stream keys, such as live/**'],
  ['stream=a**', 'stream: expected ** as a segment of its own'],
  ['streams=a', 'unknown parameter streams: expected after, limit, protocol, role, stream'],
  ['__proto__=a', 'unknown parameter __proto__: expected after, limit, protocol, role, stream'],
  ['constructor=a', 'unknown parameter constructor: expected after, limit, protocol, role, stream'],
  ['a%1b[31m=', 'unknown parameter a\\x1b[31m: expected after, limit, protocol, role, stream'],
])('sessions: of %s it is said what is wrong', (text, problem) => {
  expect(readListWish(query(text), sessionParameters)).toEqual({ problem });
});

test('streams have no role', () => {
  expect(readListWish(query('role=player'), streamParameters)).toEqual({
    problem: 'unknown parameter role: expected after, limit, stream',
  });
});
