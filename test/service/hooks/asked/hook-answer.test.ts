import { expect, test } from 'vitest';
import { readHookAnswer } from '../../../../src/service/hooks/asked/hook-answer.ts';

function read(value: unknown, unknown: string[] = []) {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return readHookAnswer(text, (field) => unknown.push(field));
}

test('reads everything that an answer can say', () => {
  const answer = {
    allow: true,
    message: 'welcome',
    rename: 'live/cam1',
    identity: 'user 7',
    until: '2026-01-01T00:00:00+01:00',
    playForMs: 60_000,
    limits: { players: 2, bitsPerSecond: 0 },
    cacheForMs: 1000,
    recheckMs: 1000,
  };
  expect(read(answer)).toEqual({ ...answer, until: Date.UTC(2025, 11, 31, 23) });
});

test('whoever is sent elsewhere is not let in here', () => {
  expect(read({ allow: true, redirect: 'rtmps://other.example/live/a' })).toEqual({
    allow: false,
    redirect: 'rtmps://other.example:443/live/a',
  });
});

test('what it does not know is left out and told', () => {
  const unknown: string[] = [];
  expect(read({ allow: true, alow: false, __proto__: null, limits: { colour: 1 } }, unknown)).toEqual({
    allow: true,
    limits: {},
  });
  expect(unknown).toEqual(['alow']);
});

test.each([
  ['', 'answers what is no JSON'],
  ['yes', 'answers what is no JSON'],
  ['true', 'answers no object'],
  ['[]', 'answers no object'],
  ['null', 'answers no object'],
  [{}, 'answers what is wrong in its field allow'],
  [{ allow: 'true' }, 'answers what is wrong in its field allow'],
  [{ allow: 1 }, 'answers what is wrong in its field allow'],
  [{ allow: null }, 'answers what is wrong in its field allow'],
  [{ allow: false, message: 7 }, 'answers what is wrong in its field message'],
  [{ allow: false, message: 'x'.repeat(1001) }, 'answers what is wrong in its field message'],
  [{ allow: false, redirect: '/live/a' }, 'answers what is wrong in its field redirect'],
  [{ allow: false, redirect: 'javascript:alert(1)' }, 'answers what is wrong in its field redirect'],
  [{ allow: false, redirect: 'http://a/\r\nx: y' }, 'answers what is wrong in its field redirect'],
  [{ allow: false, redirect: 'http://a/ü' }, 'answers what is wrong in its field redirect'],
  [{ allow: true, rename: '' }, 'answers what is wrong in its field rename'],
  [{ allow: true, rename: '../live/a' }, 'answers what is wrong in its field rename'],
  [{ allow: true, rename: 'watch/a' }, 'answers what is wrong in its field rename'],
  [{ allow: true, rename: 'live/a?b' }, 'answers what is wrong in its field rename'],
  [{ allow: true, rename: '/live/a' }, 'answers what is wrong in its field rename'],
  [{ allow: true, identity: '' }, 'answers what is wrong in its field identity'],
  [{ allow: true, identity: 'a\nb' }, 'answers what is wrong in its field identity'],
  [{ allow: true, until: 5 }, 'answers what is wrong in its field until'],
  [{ allow: true, until: 'tomorrow' }, 'answers what is wrong in its field until'],
  [{ allow: true, playForMs: -1 }, 'answers what is wrong in its field playForMs'],
  [{ allow: true, limits: { players: '2' } }, 'answers what is wrong in its field limits.players'],
  [{ allow: true, cacheForMs: 1e300 }, 'answers what is wrong in its field cacheForMs'],
  [{ allow: true, recheckMs: 10 }, 'answers what is wrong in its field recheckMs'],
])('%j is of no use', (value, unusable) => {
  expect(read(value)).toEqual({ unusable });
});

test('depth costs nothing', () => {
  expect(read('['.repeat(500_000))).toEqual({ unusable: 'answers what is no JSON' });
  expect(read(`${'['.repeat(400_000)}${']'.repeat(400_000)}`)).toEqual({ unusable: 'answers no object' });
});
