import { expect, test } from 'vitest';
import { newTunnelId, workerOf } from '../../../src/protocol/rtmpt/tunnel-id.ts';

test('an id names its worker, fits the clients, and is another one each time', () => {
  const ids = Array.from({ length: 1000 }, () => newTunnelId(63));
  expect(new Set(ids).size).toBe(1000);
  for (const id of ids) expect([workerOf(id), id.length]).toEqual([63, 25]);
});

test.each([
  '',
  '0',
  '0.',
  '.abcdefghijklmnopqrstuv',
  '0.short',
  'x.abcdefghijklmnopqrstuv',
  '0.abcdefghijklmnopqrstu/',
])('%j was not given here', (id) => {
  expect(workerOf(id)).toBeUndefined();
});
