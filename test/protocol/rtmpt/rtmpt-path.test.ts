import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isRtmptPath, readRtmptPath, rtmptPath } from '../../../src/protocol/rtmpt/rtmpt-path.ts';

test.each([
  { path: '/fcs/ident2', read: { is: 'ident' } },
  { path: '/open/1', read: { is: 'open' } },
  { path: '/send/0.abc/17', read: { is: 'send', tunnel: '0.abc', number: 17 } },
  { path: '/idle/0.abc/0', read: { is: 'idle', tunnel: '0.abc', number: 0 } },
  { path: '/close/A-_b/4294967296', read: { is: 'close', tunnel: 'A-_b', number: 2 ** 32 } },
])('reads $path', ({ path, read }) => {
  expect([isRtmptPath(path), readRtmptPath(path)]).toEqual([true, read]);
});

test.each([
  '/open/x',
  '/open/',
  '/send/1',
  '/send//1',
  '/send/a/-1',
  '/send/a/1/2',
  '/send/a/12345678901',
  '/send/a%2e/1',
  `/send/${'a'.repeat(63)}/1`,
  '/idle/../1/2',
  '/fcs/other',
])('%s is none, though it begins like one', (path) => {
  expect([isRtmptPath(path), readRtmptPath(path)]).toEqual([true, { is: 'malformed' }]);
});

test.each(['/', '/open', '/live/a.flv', '/openly/1', '/streams/open/1'])('%s is somebody else’s', (path) => {
  expect(isRtmptPath(path)).toBe(false);
});

test('what is written is read', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('send' as const, 'idle' as const, 'close' as const),
      fc.stringMatching(/^[\w.-]{1,62}$/),
      fc.nat(),
      (verb, tunnel, number) => {
        expect(readRtmptPath(rtmptPath(verb, tunnel, number))).toEqual({ is: verb, tunnel, number });
      },
    ),
  );
});
